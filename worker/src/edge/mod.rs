//! The browser's edge of the engine: messages, fetch, files and the event loop.
//!
//! Invariant: signed URLs live in [`locator`] only. Nothing outside this module knows `web_sys`.
//!
//! Entry point: [`worker_engine::WorkerEngine`], the class `Engine` that `worker.js` makes.

mod address;
mod answer;
mod disk;
mod http;
mod local_files;
mod locator;
mod pump;
mod storage;
mod worker_engine;

pub use worker_engine::WorkerEngine;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// The worker that this runs in.
fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
