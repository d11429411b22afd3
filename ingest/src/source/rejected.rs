//! Raw files that cannot be read, beside others that can.
//!
//! Invariant: what a file is rejected for was found by reading it alone; it is never noted as taken in.
//!
//! Entry point: [`Rejected::of`].

use serde::{Deserialize, Serialize};

use super::SourceFile;
use crate::state::InputFile;

/// A file that a run left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The source's name.
    pub source: String,
    /// What the project calls the file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its version, as a listing tells it.
    pub version: String,
    /// Where in it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Why, in DuckDB's words.
    pub reason: String,
}

impl Rejected {
    /// The file with what DuckDB says about it. Size and version are those of the listing.
    pub(super) fn of(source: &str, file: &SourceFile, reason: String) -> Self {
        let InputFile { bytes, version, .. } = file.input.clone();
        Self {
            source: source.to_owned(),
            path: file.origin.clone(),
            bytes,
            version,
            line: line_in(&reason),
            reason,
        }
    }

    /// The file and what is wrong with it.
    pub fn complaint(&self) -> String {
        format!("{}: {}", self.path, self.reason)
    }

    /// `raw/a.csv, line 3: why`.
    pub fn in_full(&self) -> String {
        let line = self.line.map(|line| format!(", line {line}")).unwrap_or_default();
        format!("{}{line}: {}", self.path, self.reason)
    }

    /// Whether the machine is at fault and not the file: it may be a good one.
    pub(super) fn is_of_machine(&self) -> bool {
        ["Out of Memory Error", "No space left", "INTERRUPT"]
            .iter()
            .any(|fault| self.reason.contains(fault))
    }
}

/// The line that a message of DuckDB names: `CSV Error on Line: 3`, `in line 4`.
fn line_in(reason: &str) -> Option<u64> {
    let lower = reason.to_lowercase();
    lower.match_indices("line").find_map(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start_matches([':', ' ']);
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_read_from_the_message() {
        assert_eq!(
            line_in("Invalid Input Error: CSV Error on Line: 3\nOriginal Line: 1"),
            Some(3)
        );
        assert_eq!(
            line_in("Malformed JSON in file \"a\", at byte 4 in line 12: x"),
            Some(12)
        );
        assert_eq!(line_in("No magic bytes found at end of file"), None);
    }
}
