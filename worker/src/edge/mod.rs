//! The browser's edge of the engine: messages, fetch, files and the event loop.
//!
//! Invariant: signed URLs live in [`locator`] only. Nothing outside this module knows `web_sys`.
//!
//! Entry points: the classes that `worker.js` makes: [`worker_engine::WorkerEngine`] (`Engine`, the lead of a pool, which the
//! page talks to) and [`peer::Peer`].

mod address;
mod answer;
mod crew;
mod disk;
mod http;
mod local_files;
mod locator;
mod messages;
mod peer;
mod pump;
mod storage;
mod worker_engine;

pub use peer::Peer;
pub use worker_engine::WorkerEngine;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// The worker that this runs in.
fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
