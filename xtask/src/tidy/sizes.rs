//! Files stay small enough to read at one sitting.
//!
//! Entry points: [`check`], [`check_median`].

use super::Finding;
use super::tree::SourceFile;

const LONGEST_LINES: usize = 400;
const MEDIAN_LINES: usize = 150;
const EXTENSIONS: [&str; 4] = ["rs", "js", "mjs", "css"];

/// No source file is longer than can be read at one sitting.
pub fn check(file: &SourceFile) -> Option<Finding> {
    let lines = file.text.lines().count();
    (EXTENSIONS.contains(&file.extension()) && lines > LONGEST_LINES).then(|| Finding {
        place: file.path.clone(),
        rule: format!("{lines} lines, at most {LONGEST_LINES} are allowed"),
        fix: "split it by concern, each part with one job that its name says",
    })
}

/// Half of the Rust files are short.
pub fn check_median(files: &[SourceFile]) -> Option<Finding> {
    let mut lines: Vec<usize> = files
        .iter()
        .filter(|file| file.extension() == "rs")
        .map(|file| file.text.lines().count())
        .collect();
    lines.sort_unstable();
    let median = lines.get(lines.len() / 2).copied().unwrap_or_default();
    (median > MEDIAN_LINES).then(|| Finding {
        place: "all Rust files".to_owned(),
        rule: format!("the median length is {median} lines, at most {MEDIAN_LINES} is the aim"),
        fix: "split the longest ones by concern",
    })
}

#[cfg(test)]
mod tests {
    use super::{check, check_median};
    use crate::tidy::tree::SourceFile;

    fn of_lines(path: &str, lines: usize) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: "x\n".repeat(lines),
        }
    }

    #[test]
    fn a_long_source_file_is_found_and_a_long_lock_file_is_not() {
        assert!(check(&of_lines("app/styles/main.css", 401)).is_some());
        assert!(check(&of_lines("app/styles/main.css", 400)).is_none());
        assert!(check(&of_lines("Cargo.lock", 9_000)).is_none());
    }

    #[test]
    fn the_median_is_of_rust_files() {
        let long = [
            of_lines("a.rs", 151),
            of_lines("b.rs", 151),
            of_lines("c.rs", 1),
            of_lines("d.js", 1),
        ];
        assert!(check_median(&long).is_some());
        assert!(check_median(&long[1..]).is_some());
        assert!(check_median(&[of_lines("a.rs", 150)]).is_none());
        assert!(check_median(&[]).is_none());
    }
}
