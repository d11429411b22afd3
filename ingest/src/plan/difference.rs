//! How the raw files of a source differ from those that were taken in.

use std::collections::{BTreeMap, BTreeSet};

use crate::print;
use crate::source::{RawFile, same_content};
use crate::state::InputFile;

/// How the files of a source differ from those that were taken in.
pub(super) struct Difference {
    /// Files that were not taken in.
    pub new: Vec<String>,
    /// Files that are not as they were.
    pub changed: Vec<String>,
    /// Files that are not there any more.
    pub gone: Vec<String>,
}

impl Difference {
    /// By path and version; a file that was only touched is what it was.
    pub fn of(now: &[RawFile], before: &[InputFile]) -> Self {
        let known: BTreeMap<&str, &InputFile> =
            before.iter().map(|file| (file.path.as_str(), file)).collect();
        let present: BTreeSet<&str> = now.iter().map(|file| file.input.path.as_str()).collect();
        let path = |file: &RawFile| file.input.path.clone();
        let is_changed = |file: &&RawFile| {
            known
                .get(file.input.path.as_str())
                .is_some_and(|old| !same_content(file, old))
        };
        Self {
            new: now
                .iter()
                .filter(|file| !known.contains_key(file.input.path.as_str()))
                .map(path)
                .collect(),
            changed: now.iter().filter(is_changed).map(path).collect(),
            gone: before
                .iter()
                .filter(|file| !present.contains(file.path.as_str()))
                .map(|file| file.path.clone())
                .collect(),
        }
    }

    /// In words, of a source.
    pub fn words(&self, source: &str) -> Vec<String> {
        let count = |files: &[String], what: &str| match files {
            [] => None,
            [one] => Some(format!("{one} {}", if what == "new" { "is new" } else { what })),
            several => Some(format!(
                "{} of source.{source} {}",
                print::counted(several.len() as u64, "file"),
                match what {
                    "new" => "are new",
                    what => what,
                }
            )),
        };
        [
            count(&self.new, "new"),
            count(&self.changed, "changed"),
            count(
                &self.gone,
                if self.gone.len() == 1 {
                    "is gone"
                } else {
                    "are gone"
                },
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
