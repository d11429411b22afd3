//! Rows that have the largest value, which are recognised when they come again.
//!
//! Entry point: [`Alike`].

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::state::Position;

/// Hashes that a position has at most: a state document is read by every run.
const MOST: usize = 50_000;

/// Rows by their hashes, each as often as it is there.
#[derive(Debug, Clone, Default)]
pub(in crate::source) struct Alike {
    counts: BTreeMap<String, usize>,
    all: usize,
}

impl Alike {
    /// Those of a position.
    pub fn of(position: &Position) -> Self {
        let mut alike = Self {
            all: position.rows.len(),
            ..Self::default()
        };
        for hash in &position.rows {
            *alike.counts.entry(hash.clone()).or_default() += 1;
        }
        alike
    }

    /// Whether a row is one of those, each of which is it once.
    pub fn take(&mut self, hash: &str) -> bool {
        match self.counts.get_mut(hash) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Adds a row. Fails where there are too many to be kept.
    pub fn add(&mut self, hash: String) -> Result<(), String> {
        *self.counts.entry(hash).or_default() += 1;
        self.all += 1;
        match self.all > MOST {
            true => Err(format!(
                "more than {MOST} rows have the largest value of the column that is the cursor, so that they cannot be told \
                 from later ones: choose a column that is finer"
            )),
            false => Ok(()),
        }
    }

    /// The hashes, in order.
    pub fn into_rows(self) -> Vec<String> {
        self.counts
            .into_iter()
            .flat_map(|(hash, count)| std::iter::repeat_n(hash, count))
            .collect()
    }
}

/// The hash of a row as it is kept.
pub(in crate::source) fn hash_text(hash: Sha256) -> String {
    hex::encode(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_recognised_as_often_as_it_was_there() {
        let mut alike = Alike::default();
        for hash in ["b", "a", "b"] {
            alike.add(hash.to_owned()).expect("room");
        }
        let rows = alike.into_rows();
        assert_eq!(rows, ["a", "b", "b"]);
        let mut alike = Alike::of(&Position {
            value: String::new(),
            columns: Vec::new(),
            rows,
        });
        let taken: Vec<bool> = ["b", "c", "b", "b", "a"]
            .iter()
            .map(|hash| alike.take(hash))
            .collect();
        assert_eq!(taken, [true, false, true, false, true]);
    }

    #[test]
    fn more_than_can_be_kept_is_refused() {
        let mut alike = Alike::default();
        let mut add = || alike.add("a".to_owned());
        assert!((0..MOST).all(|_| add().is_ok()));
        assert!(add().is_err_and(|problem| problem.contains("choose a column that is finer")));
        let mut alike = Alike::of(&Position {
            value: String::new(),
            columns: Vec::new(),
            rows: vec!["a".to_owned(); MOST],
        });
        let added = alike.add("a".to_owned());
        assert!(added.is_err(), "those of the position are among them");
    }
}
