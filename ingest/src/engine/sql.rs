//! Names and values written into SQL, and where words, comments and texts of SQL end.

use std::collections::HashSet;
use std::path::Path;

/// An identifier in double quotes.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name as a person writes it: in quotes only where SQL needs them, as for a keyword of [`super::Engine::keywords`].
pub fn written(name: &str, keywords: &HashSet<String>) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain && !keywords.contains(name) {
        name.to_owned()
    } else {
        identifier(name)
    }
}

/// A string literal.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A list literal of strings.
pub fn texts<S: AsRef<str>>(values: &[S]) -> String {
    let items: Vec<String> = values.iter().map(|value| text(value.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A list literal of the paths of files, each of which stands for itself: DuckDB's readers take paths for globs.
pub fn paths<P: AsRef<Path>>(paths: &[P]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| literal_glob(&path.as_ref().to_string_lossy()))
        .collect();
    texts(&paths)
}

/// The path of a file, which stands for itself.
pub fn path(path: &Path) -> String {
    text(&literal_glob(&path.to_string_lossy()))
}

/// A glob that matches this path only. What has no wildcards is no glob, so that its folder need not be listed.
fn literal_glob(path: &str) -> String {
    let mut glob = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[') {
            glob.extend(['[', c, ']']);
        } else {
            glob.push(c);
        }
    }
    glob
}

/// A floating-point literal. With an exponent, because DuckDB reads `0.1` as a DECIMAL, whose cast to DOUBLE
/// may miss the nearest one.
pub fn double(value: f64) -> String {
    format!("{value:e}::DOUBLE")
}

/// A TOML value as a literal: tables are structs, arrays are lists.
pub fn toml_value(value: &toml::Value) -> String {
    match value {
        toml::Value::String(string) => text(string),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => double(*number),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Datetime(instant) => text(&instant.to_string()),
        toml::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml_value).collect();
            format!("[{}]", items.join(", "))
        }
        toml::Value::Table(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", text(name), toml_value(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// Whether a letter is one of words that need no quotes.
pub(crate) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of the comment that the text begins with. Comments in `/* */` nest.
pub(crate) fn comment(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let (length, change) = match text.get(at..)? {
            rest if rest.starts_with("/*") => (2, 1),
            rest if rest.starts_with("*/") => (2, -1),
            rest => (rest.chars().next().map_or(1, char::len_utf8), 0),
        };
        if at >= text.len() {
            return Some(text.len());
        }
        at += length;
        depth += change;
    }
    Some(at)
}

/// The length of the string or quoted name that the text begins with, 0 where there is none.
pub(crate) fn quoted(text: &str) -> usize {
    let end = |from: usize, mark: &str| {
        text[from..]
            .find(mark)
            .map_or(text.len(), |found| from + found + mark.len())
    };
    // A doubled quote ends one string and begins the next, which comes to the same.
    if text.starts_with('\'') {
        return end(1, "'");
    }
    if text.starts_with('"') {
        return end(1, "\"");
    }
    if text.starts_with("e'") || text.starts_with("E'") {
        let mut is_escaped = false;
        for (at, letter) in text.char_indices().skip(2) {
            match letter {
                '\'' if !is_escaped => return at + 1,
                _ => is_escaped = letter == '\\' && !is_escaped,
            }
        }
        return text.len();
    }
    let Some(tagged) = text.strip_prefix('$') else {
        return 0;
    };
    let tag = tagged.find(|each| !is_word(each)).unwrap_or(tagged.len());
    let is_tag = tagged[tag..].starts_with('$') && !tagged.starts_with(|each: char| each.is_ascii_digit());
    if is_tag { end(tag + 2, &text[..tag + 2]) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(texts(&["it's", "b"]), "['it''s', 'b']");
    }

    #[test]
    fn names_have_quotes_only_where_they_need_them() {
        let keywords = HashSet::from(["order".to_owned()]);
        for (name, text) in [
            ("order_id", "order_id"),
            ("_2", "_2"),
            ("order", "\"order\""),
            ("Order_id", "\"Order_id\""),
            ("2024", "\"2024\""),
            ("a b", "\"a b\""),
            ("", "\"\""),
        ] {
            assert_eq!(written(name, &keywords), text);
        }
    }

    #[test]
    fn paths_stand_for_themselves() {
        assert_eq!(
            paths(&["raw/a[1]*?.csv", "it's.csv"]),
            "['raw/a[[]1][*][?].csv', 'it''s.csv']"
        );
    }

    #[test]
    fn toml_values_become_literals() {
        let value: toml::Value = toml::from_str::<toml::Table>("a = { x = ['1', 2, true], y = 0.5 }")
            .expect("parses")["a"]
            .clone();
        assert_eq!(toml_value(&value), "{'x': ['1', 2, true], 'y': 5e-1::DOUBLE}");
    }
}
