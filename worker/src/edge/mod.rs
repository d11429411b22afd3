//! The browser's edge of the engine: messages, fetch, files and the event loop.
//!
//! Invariant: signed URLs live in [`locator`] only. Nothing outside this module knows `web_sys`.
//!
//! Entry point: [`worker_engine::WorkerEngine`], the class `Engine` that `worker.js` makes.

mod answer;
mod http;
mod local_files;
mod locator;
mod pump;
mod worker_engine;

pub use worker_engine::WorkerEngine;
