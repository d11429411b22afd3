//! The page's end of the engine: a worker that is replaced when it dies, and what was open in it.
//!
//! Purpose: components ask for tables and answers and need not know that a worker can die.
//!
//! Invariant: what is repeated silently in a new worker is opening the lake and the ad-hoc files, and each call of
//! which nothing had come yet, once; any other call whose worker died fails as `WorkerLost`. A worker that asks to be
//! replaced loses no call. Files and signed URLs are kept in memory only.
//!
//! Entry points: [`Engine`], [`link::spawn`] (the browser's worker), [`answer::collect`] (a whole result).

pub mod answer;
mod asking;
mod connection;
pub mod link;
mod reopen;
pub mod site;

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

pub use answer::{Answer, News, Partial};
pub use connection::{Engine, Inbox, Sender};
pub use reopen::Source;

/// The engine of the page, whose local files are the browser's.
pub type PageEngine = Engine<crate::browser::File>;
