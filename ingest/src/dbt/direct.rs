//! Files that a model's SQL names itself: `read_parquet('s3://…')`, `from 'trips.parquet'`.
//!
//! Invariant: such a file is a source like any other, so that a table is made anew when it changes; what is more than one path
//! in quotes is refused, with its line.
//!
//! Entry point: [`Direct::take`].

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::sql;
use crate::names::table;
use crate::project::{SourceConfig, SourceFormat};

/// DuckDB's readers, and the formats that they stand for.
const READERS: [(&str, Option<SourceFormat>); 9] = [
    ("read_parquet", Some(SourceFormat::Parquet)),
    ("parquet_scan", Some(SourceFormat::Parquet)),
    ("read_csv", Some(SourceFormat::Csv)),
    ("read_csv_auto", Some(SourceFormat::Csv)),
    ("read_json", Some(SourceFormat::Json)),
    ("read_json_auto", Some(SourceFormat::Json)),
    ("read_ndjson", Some(SourceFormat::Json)),
    ("read_ndjson_auto", Some(SourceFormat::Json)),
    ("read_json_objects", None),
];

/// Functions that take text behind FROM.
const FROM_INSIDE: [&str; 4] = ["extract", "trim", "substring", "overlay"];

/// Sources that were found in SQL, by their names.
#[derive(Debug, Default)]
pub(super) struct Direct {
    /// The sources.
    pub found: BTreeMap<String, SourceConfig>,
    /// Names of others.
    others: BTreeSet<String>,
}

impl Direct {
    /// None yet, beside sources that are declared.
    pub fn beside(declared: &BTreeMap<String, SourceConfig>) -> Self {
        Self {
            others: declared.keys().cloned().collect(),
            ..Self::default()
        }
    }

    /// The SQL with sources in place of files.
    pub fn take(&mut self, sql: &str) -> Result<String, String> {
        let mut taken = String::with_capacity(sql.len());
        let mut at = 0;
        let (mut before, mut earlier) = (String::new(), String::new());
        // Whether each open parenthesis is that of such a function.
        let mut open = Vec::new();
        while at < sql.len() {
            let end = at + token(&sql[at..]);
            let text = &sql[at..end];
            let word = text.to_ascii_lowercase();
            let reader = READERS.iter().find(|(name, _)| *name == word);
            if let Some((_, format)) = reader.filter(|_| sql[end..].trim_start().starts_with('(')) {
                let (path, behind) = only_argument(&sql[end..]).filter(|_| format.is_some()).ok_or_else(|| {
                    format!(
                        "line {}: {word} is called with more than a path in quotes: declare the files as a source with meta: \
                         {{external_location: …}}, a path or a glob, and read {{{{ source(…) }}}}",
                        sql[..at].matches('\n').count() + 1
                    )
                })?;
                let end = end + behind;
                taken.push_str(&self.source(&path, *format));
                // So that lines of errors stay.
                taken.extend(sql[at..end].chars().filter(|&c| c == '\n'));
                at = end;
                before.clear();
                continue;
            }
            match text {
                "(" => open.push(FROM_INSIDE.contains(&before.as_str())),
                ")" => drop(open.pop()),
                _ => {}
            }
            let names_table = match before.as_str() {
                "from" => earlier != "distinct" && open.last() != Some(&true),
                "join" => true,
                _ => false,
            };
            match literal(text).filter(|path| names_table && is_path(path)) {
                Some(path) => taken.push_str(&self.source(&path, None)),
                None => taken.push_str(text),
            }
            if !is_space(text) {
                earlier = std::mem::replace(&mut before, word);
            }
            at = end;
        }
        Ok(taken)
    }

    fn source(&mut self, path: &str, format: Option<SourceFormat>) -> String {
        let mut name = table(&format!("file_{path}"));
        let config = SourceConfig::of_files(path, format);
        let is_other = |known: &SourceConfig| known.path != config.path || known.format != config.format;
        // Another path may read the same.
        while self.others.contains(&name) || self.found.get(&name).is_some_and(is_other) {
            name.push('_');
        }
        let named = format!("source.{name}");
        self.found.insert(name, config);
        named
    }
}

/// Whether a text in quotes behind FROM may be a file; a name in double quotes may be a table.
fn is_path(text: &str) -> bool {
    text.contains(['/', '.'])
}

/// `('path')`: the path, and how long all of it is.
fn only_argument(text: &str) -> Option<(String, usize)> {
    let inner = text.trim_start().strip_prefix('(')?.trim_start();
    let length = token(inner);
    let path = literal(&inner[..length]).filter(|_| inner.starts_with('\''))?;
    let rest = inner[length..].trim_start().strip_prefix(')')?;
    Some((path, text.len() - rest.len()))
}

/// What stands in quotes.
fn literal(token: &str) -> Option<String> {
    let quote = token.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = token.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

fn is_space(token: &str) -> bool {
    token.trim().is_empty() || token.starts_with("--") || token.starts_with("/*")
}

/// The length of the word, text in quotes, comment, space or sign that a text begins with.
fn token(text: &str) -> usize {
    if let Some(length) = sql::comment(text) {
        return length;
    }
    let mut end = sql::quoted(text);
    if end > 0 {
        // A quote that stands twice is one of the text.
        while text.starts_with(['\'', '"']) && text[end..].starts_with(&text[..1]) {
            end += sql::quoted(&text[end..]);
        }
        return end;
    }
    let while_ = |is_part: &dyn Fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    match text.chars().next() {
        None => 0,
        Some(c) if c.is_whitespace() => while_(&char::is_whitespace),
        Some(c) if sql::is_word(c) => while_(&sql::is_word),
        Some(c) => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path and how it is read.
    type Found = (String, Option<SourceFormat>);

    fn take(sql: &str) -> Result<(String, Vec<Found>), String> {
        let mut direct = Direct::default();
        let taken = direct.take(sql)?;
        let found = direct
            .found
            .into_values()
            .map(|config| (config.path, config.format));
        Ok((taken, found.collect()))
    }

    #[test]
    fn files_become_sources() {
        let parquet = Some(SourceFormat::Parquet);
        for (sql, taken, path, format) in [
            (
                "select * from read_parquet('s3://lake/raw/*.parquet') t",
                "select * from source.file_s3_lake_raw_parquet t",
                "s3://lake/raw/*.parquet",
                parquet,
            ),
            (
                "select 1 from\n READ_PARQUET (\n 'a/b.parquet'\n)\nwhere x",
                "select 1 from\n source.file_a_b_parquet\n\n\nwhere x",
                "a/b.parquet",
                parquet,
            ),
            (
                "FROM 'raw/it''s.csv' a JOIN b",
                "FROM source.file_raw_it_s_csv a JOIN b",
                "raw/it's.csv",
                None,
            ),
            (
                "select * from a join -- that\n \"b.json\" using (x)",
                "select * from a join -- that\n source.file_b_json using (x)",
                "b.json",
                None,
            ),
            (
                "select extract(day from (select max(d) from 'a.csv'))",
                "select extract(day from (select max(d) from source.file_a_csv))",
                "a.csv",
                None,
            ),
        ] {
            assert_eq!(take(sql), Ok((taken.to_owned(), vec![(path.to_owned(), format)])));
        }
        let twice = "from 'a.csv' join 'a.csv' on true join 'a-csv.x/' on true join 'a_csv.x/' on true";
        let (taken, found) = take(twice).expect("taken");
        assert_eq!(
            taken,
            "from source.file_a_csv join source.file_a_csv on true join source.file_a_csv_x on true join source.file_a_csv_x_ on true"
        );
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for sql in [
            "select 'from ''a.csv''' as t from b",
            "select 1 -- from 'a.csv'\nfrom b",
            "select /* read_parquet('a') */ 1",
            "select $$ from 'a.csv' $$ from \"Orders\"",
            "select read_parquet from t where x = 'a.csv'",
            "select extract(year from d), 'ä' || '/', 1.5e3 from t",
            "select x is distinct from 'n/a', y IS NOT DISTINCT /* ? */ FROM 'a.csv' from t",
            "select extract(day from '2024-01-01 00:00:00.5'::timestamp) from t",
            "select trim(both from 'a.b'), trim(leading '.' from '.a/b'), substring((t.a) from 'x/(.)') from t",
            "select $q$ from 'a.csv' $q$ from t",
            "select /* /* */ from 'a.csv' */ 1",
            "select e'\\' from ''a.csv''' from t",
            "from 'open",
        ] {
            assert_eq!(take(sql), Ok((sql.to_owned(), Vec::new())));
        }
    }

    #[test]
    fn more_than_a_path_is_refused_with_its_line() {
        for sql in [
            "select *\nfrom read_parquet('a', union_by_name = true)",
            "select *\nfrom read_csv(['a', 'b'])",
            "select *\nfrom read_json_objects('a')",
            "select *\nfrom read_parquet(x)",
        ] {
            let told = take(sql).expect_err("refused");
            assert!(
                told.starts_with("line 2: read_") && told.contains("external_location"),
                "{told}"
            );
        }
    }
}
