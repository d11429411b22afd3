//! Messages to whoever started this worker.

use js_sys::{Array, Object, Reflect, Uint8Array, WebAssembly};
use protocol::{Failure, FailureKind, FromEngine};
use wasm_bindgen::JsCast;

use super::scope;

/// How often a running call reports how far it is.
pub(super) const PROGRESS_MS: u32 = 150;

/// Sends a message; bytes are transferred, not copied.
pub(super) fn post(message: FromEngine) {
    let envelope = Object::new();
    let transfer = Array::new();
    // Setting properties of a fresh object and posting plain data cannot fail.
    let Ok(head) = serde_json::to_string(&message.head) else {
        return;
    };
    let _ = Reflect::set(&envelope, &"head".into(), &head.into());
    if let Some(payload) = message.payload {
        let buffer = Uint8Array::from(payload.as_slice()).buffer();
        transfer.push(&buffer);
        let _ = Reflect::set(&envelope, &"payload".into(), &buffer);
    }
    let _ = scope().post_message_with_transfer(&envelope, &transfer);
}

/// What this worker's WebAssembly memory holds. It never shrinks.
pub(super) fn memory_bytes() -> u64 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    u64::from(buffer.byte_length())
}

/// The failure of a task that was stopped from elsewhere.
pub(super) fn stopped() -> Failure {
    Failure::new(FailureKind::Internal, "The engine's task was stopped.")
}
