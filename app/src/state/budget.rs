//! How many bytes a query may fetch before the person is asked.

use leptos::prelude::*;

use crate::browser;

const STORED_AS: &str = "goldpan.budget";

/// The limit while nobody has chosen one.
const DEFAULT_BYTES: u64 = 200_000_000;

/// How the wish not to be asked is stored.
const NEVER: &str = "never";

/// The limit for one query, kept in this browser; none where the person does not want to be asked. A handle; copies
/// share it.
#[derive(Clone, Copy)]
pub struct Budget {
    bytes: RwSignal<Option<u64>>,
}

impl Budget {
    /// Limits that are offered.
    pub const CHOICES: [u64; 5] = [
        10_000_000,
        50_000_000,
        DEFAULT_BYTES,
        1_000_000_000,
        5_000_000_000,
    ];

    /// As the person chose before.
    pub fn stored() -> Self {
        let text = browser::stored_text(STORED_AS);
        Self {
            bytes: RwSignal::new(parse(text.as_deref())),
        }
    }

    /// The limit.
    pub fn bytes(self) -> Option<u64> {
        self.bytes.get()
    }

    /// The limit, without following changes.
    pub fn bytes_untracked(self) -> Option<u64> {
        self.bytes.get_untracked()
    }

    /// Chooses a limit; none never asks.
    pub fn choose(self, bytes: Option<u64>) {
        self.bytes.set(bytes);
        browser::store_text(STORED_AS, Some(&print(bytes)));
    }

    /// Chooses what [`Budget::value_of`] wrote.
    pub fn choose_value(self, value: &str) {
        self.choose(parse(Some(value)));
    }

    /// A limit as a value of a menu.
    pub fn value_of(bytes: Option<u64>) -> String {
        print(bytes)
    }
}

fn print(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| NEVER.to_owned(), |bytes| bytes.to_string())
}

/// What was stored. What cannot be read is no choice.
fn parse(text: Option<&str>) -> Option<u64> {
    match text {
        Some(NEVER) => None,
        Some(text) => Some(text.parse().unwrap_or(DEFAULT_BYTES)),
        None => Some(DEFAULT_BYTES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_was_stored() {
        for bytes in [None, Some(0), Some(u64::MAX)] {
            assert_eq!(parse(Some(&print(bytes))), bytes);
        }
    }

    #[test]
    fn without_a_choice_that_can_be_read_the_limit_is_200_mb() {
        for text in [None, Some(""), Some("a lot"), Some("-1")] {
            assert_eq!(parse(text), Some(200_000_000), "{text:?}");
        }
    }
}
