//! Stands in for the crate `idna_adapter`, by which the crate `url` asks about characters of host names.
//!
//! In a browser a host name goes to `fetch`, which normalises and checks it by the standard. What `url` does before needs
//! no tables of Unicode there, which are a fiftieth of what every visitor would download. Everywhere else it is the
//! same crate.

#![no_std]

#[cfg(not(target_arch = "wasm32"))]
#[expect(missing_docs, deprecated, reason = "as its authors wrote it")]
mod with_tables;
#[cfg(target_arch = "wasm32")]
mod without_tables;

#[cfg(not(target_arch = "wasm32"))]
pub use with_tables::*;
#[cfg(target_arch = "wasm32")]
pub use without_tables::*;
