//! What the text of the tree says, and must not say.
//!
//! Entry point: [`check`].

use super::Finding;
use super::tree::SourceFile;

/// Marks of unfinished work, written so that this file has none.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("db", "g!("),
];

/// Each module says what it is for (tests say it by their names); nothing checked in is marked as unfinished.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    undocumented(file).into_iter().chain(unfinished(file)).collect()
}

fn undocumented(file: &SourceFile) -> Option<Finding> {
    let mut lines = file
        .text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("#!["));
    let documented = lines.next().is_some_and(|line| line.starts_with("//!"));
    let is_module =
        file.path.contains("/src/") && file.extension() == "rs" && !file.path.ends_with("/tests.rs");
    (is_module && !documented).then(|| Finding {
        place: file.path.clone(),
        rule: "the module has no documentation".to_owned(),
        fix: "start it with `//!`: its purpose, its invariant, its entry point",
    })
}

fn unfinished(file: &SourceFile) -> Vec<Finding> {
    let found = file.text.lines().enumerate().filter_map(|(index, line)| {
        let mark = UNFINISHED.iter().find(|mark| has_word(line, mark))?;
        Some(Finding {
            place: format!("{}:{}", file.path, index + 1),
            rule: format!("`{mark}` marks unfinished work"),
            fix: "finish it, or open an issue and remove the mark",
        })
    });
    found.collect()
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(is_part) && (word.ends_with('(') || !after.is_some_and(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::tree::SourceFile;

    fn places(path: &str, text: &str) -> Vec<String> {
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&file).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_documented_module_is_fine() {
        assert!(places("app/src/a.rs", "#![no_std]\n\n//! A module.\nfn mastodon() {}\n").is_empty());
    }

    #[test]
    fn a_module_without_documentation_is_found() {
        assert_eq!(
            places("app/src/a.rs", "// A comment.\nfn f() {}\n"),
            ["app/src/a.rs"]
        );
        assert!(places("a.js", "f();\n").is_empty());
        assert!(places("ingest/tests/run.rs", "fn f() {}\n").is_empty());
        assert!(places("ingest/src/plan/tests.rs", "use super::plan;\n").is_empty());
    }

    #[test]
    fn marks_of_unfinished_work_are_found_in_any_text() {
        assert_eq!(
            places("README.md", concat!("Fine.\nTO", "DO: write this\n")),
            ["README.md:2"]
        );
        assert_eq!(places("a.js", concat!("f(); // FIX", "ME\n")), ["a.js:1"]);
        assert_eq!(
            places("a.rs", concat!("//! A.\nfn f() { to", "do!() }\n")),
            ["a.rs:2"]
        );
    }

    #[test]
    fn a_mark_inside_a_word_is_none() {
        assert!(places("a.txt", concat!("integrity sha512-xTO", "DOx")).is_empty());
    }
}
