//! Where in a file something stands, for complaints about what has no place any more once it was read.
//!
//! Entry point: [`line_of`].

/// The line of the last of these words, each looked for behind the one before it; none where one is missing. A word may stand
/// with `_` for `-`.
pub(super) fn line_of(text: &str, words: &[&str]) -> Option<usize> {
    let mut at = 0;
    let mut found = None;
    for word in words {
        let begin = position(&text[at..], word)? + at;
        at = begin + word.len();
        found = Some(text[..begin].matches('\n').count() + 1);
    }
    found
}

/// A prefix for a complaint; nothing where the line is not known.
pub(super) fn prefix(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

/// Where a word stands by itself, and is no part of another.
fn position(text: &str, word: &str) -> Option<usize> {
    // Both are one byte, so that places stay.
    let (plain, word) = (text.replace('-', "_"), word.replace('-', "_"));
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    plain.match_indices(&word).map(|(at, _)| at).find(|&at| {
        // A minus in front of a word begins an item of a list.
        let is_begun = text[..at].chars().next_back().is_some_and(is_part);
        let goes_on = text[at + word.len()..]
            .chars()
            .next()
            .is_some_and(|c| is_part(c) || c == '-');
        !is_begun && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "models:\n  - name: unique_orders\n  - name: orders\n    columns:\n      - name: id\n        tests: [not_null,\n          \
                        unique]\n    config: {pre-hook: x}\n";

    #[test]
    fn a_word_is_found_behind_those_before_it_and_by_itself() {
        assert_eq!(line_of(TEXT, &["orders"]), Some(3));
        assert_eq!(line_of(TEXT, &["orders", "id", "unique"]), Some(7));
        assert_eq!(
            line_of(TEXT, &["unique"]),
            Some(7),
            "unique_orders is another word"
        );
        assert_eq!(line_of("a: is_unique\nb: unique", &["unique"]), Some(2));
        assert_eq!(line_of(TEXT, &["orders", "pre_hook"]), Some(8));
        assert_eq!(line_of(TEXT, &["id", "models"]), None);
        assert_eq!(line_of(TEXT, &[]), None);
    }

    #[test]
    fn an_item_of_a_list_is_a_word() {
        assert_eq!(line_of("tests:\n  -unique\n", &["unique"]), Some(2));
    }
}
