//! The engine: reads exactly the needed ranges of Parquet files and runs SQL over them with DataFusion, inside a
//! dedicated web worker.
//!
//! Invariants: no HEAD, no listing and no probe for tables of a catalog; a signed URL never leaves [`edge`];
//! every object that is read is compared with the ETag that planning saw. Nothing here knows the page.
//!
//! Entry points: [`engine::Engine`] (what a call does, testable natively) and, in the browser, the
//! `Engine` class of [`edge`], which `worker.js` starts.

mod cache;
pub mod column;
pub mod engine;
pub mod failure;
pub mod io;
pub mod memory;
pub mod query;
pub mod scan;
pub mod table;

#[cfg(target_arch = "wasm32")]
pub mod edge;
