//! How many workers compute: as the engine thinks best, or as a person chose.
//!
//! Invariant: a choice is kept in this browser and told to each engine that starts; no question waits for it.

use leptos::prelude::*;
use protocol::{Failure, SetWorkers, Workers};

use super::Latest;
use crate::browser;
use crate::engine::PageEngine;

const STORED_AS: &str = "goldpan.workers";

/// How the engine's own choice is stored.
const AUTOMATIC: &str = "automatic";

/// Workers that may be asked for at most.
pub const MAX_WORKERS: u32 = 32;

/// As many as an engine starts at most while nobody has chosen; it has the same figure.
const MOST_UNASKED: u32 = 8;

/// How often the size is read anew while somebody looks at it.
const REFRESH_MS: i32 = 1_000;

/// The workers of the engine. A handle; copies share it.
#[derive(Clone, Copy)]
pub struct Pool {
    choice: RwSignal<Option<u32>>,
    size: RwSignal<Option<Workers>>,
    refreshing: StoredValue<Latest>,
}

impl Pool {
    /// Numbers that are offered.
    pub const CHOICES: [u32; 5] = [1, 2, 4, 8, 16];

    /// As the person chose before.
    pub fn stored() -> Self {
        let text = browser::stored_text(STORED_AS);
        Self {
            choice: RwSignal::new(parse(text.as_deref())),
            size: RwSignal::default(),
            refreshing: StoredValue::default(),
        }
    }

    /// How many the person chose; none leaves it to the engine.
    pub fn choice(self) -> Option<u32> {
        self.choice.get()
    }

    /// How many work, as the engine reported last.
    pub fn size(self) -> Option<Workers> {
        self.size.get()
    }

    /// Tells the engine what was chosen before, if anything was.
    pub fn tell(self, engine: &PageEngine) {
        if let Some(count) = self.choice.get_untracked() {
            engine.choose_workers(count);
        }
    }

    /// Chooses what [`Pool::value_of`] wrote, and keeps that in this browser.
    pub fn choose_value(self, engine: &PageEngine, value: &str) {
        let choice = parse(Some(value));
        self.choice.set(choice);
        browser::store_text(STORED_AS, Some(&print(choice)));
        engine.choose_workers(choice.unwrap_or_else(automatic));
    }

    /// Computes with so many workers for the life of this page, and waits until they are there; without a number it
    /// only reports.
    pub async fn resize(self, engine: &PageEngine, count: Option<u32>) -> Result<Workers, Failure> {
        if let Some(count) = count {
            engine.choose_workers(count);
        }
        let size = engine.ask(SetWorkers { count }).end().await?;
        self.size.set(Some(size));
        Ok(size)
    }

    /// Reads the size again and again, as long as the current owner lives.
    pub fn follow(self, engine: PageEngine) {
        let refresh = async move {
            loop {
                // What keeps the engine from answering is said where something was asked of it.
                let _ = self.resize(&engine, None).await;
                browser::sleep_ms(REFRESH_MS).await;
            }
        };
        self.refreshing
            .update_value(|latest| latest.replace(refresh, leptos::task::spawn_local));
        on_cleanup(move || {
            self.refreshing.try_update_value(Latest::abort);
        });
    }

    /// A choice as a value of a menu.
    pub fn value_of(choice: Option<u32>) -> String {
        print(choice)
    }
}

/// As many as the machine has threads: the page's own is mostly idle.
fn automatic() -> u32 {
    browser::hardware_threads().clamp(1, MOST_UNASKED)
}

fn print(choice: Option<u32>) -> String {
    choice.map_or_else(|| AUTOMATIC.to_owned(), |count| count.to_string())
}

/// What was stored. What cannot be read is no choice.
fn parse(text: Option<&str>) -> Option<u32> {
    let count = text?.parse().ok()?;
    (1..=MAX_WORKERS).contains(&count).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_was_stored() {
        for choice in [None, Some(1), Some(MAX_WORKERS)] {
            assert_eq!(parse(Some(&print(choice))), choice);
        }
    }

    #[test]
    fn what_cannot_be_chosen_leaves_it_to_the_engine() {
        for text in [None, Some(""), Some("0"), Some("33"), Some("-1"), Some("many")] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
