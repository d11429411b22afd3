//! The body of an answer, read as it arrives, so that one that has stopped arriving is noticed.

use gloo_net::http::Response;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStreamDefaultReader;

/// An exchange in which nothing arrives for so long has stalled.
pub(super) const STALL_MS: f64 = 15_000.0;
const LOOKS: u32 = 3;
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive constant"
)]
const LOOK_MS: u32 = STALL_MS as u32 / LOOKS;

/// What a server announces is believed up to here before it arrives.
const MOST_RESERVED_BYTES: u64 = 64 * 1024 * 1024;

/// How far an exchange is.
#[derive(Default)]
pub(super) struct Progress {
    steps: Cell<u32>,
    last_ms: Cell<f64>,
}

impl Progress {
    /// Notes that something arrived.
    pub(super) fn step(&self, now_ms: f64) {
        self.steps.set(self.steps.get().wrapping_add(1));
        self.last_ms.set(now_ms);
    }

    /// Time since something arrived.
    pub(super) fn lost_ms(&self, now_ms: f64) -> f64 {
        now_ms - self.last_ms.get()
    }

    /// Resolves when nothing has arrived for [`STALL_MS`]. Counts looks and not time: an event loop that was busy has a
    /// backlog of arrivals.
    pub(super) async fn stalled(&self) {
        let mut seen = self.steps.get();
        let mut idle_looks = 0;
        while idle_looks < LOOKS {
            TimeoutFuture::new(LOOK_MS).await;
            idle_looks += 1;
            if self.steps.get() != seen {
                seen = self.steps.get();
                idle_looks = 0;
            }
        }
    }
}

/// Reads to the end. An error is a connection that broke.
pub(super) async fn read(
    response: &Response,
    announced_bytes: Option<u64>,
    arrived: impl Fn(),
) -> Result<Vec<u8>, JsValue> {
    let reserved = announced_bytes.unwrap_or_default().min(MOST_RESERVED_BYTES);
    let mut body = Vec::with_capacity(usize::try_from(reserved).unwrap_or_default());
    let Some(stream) = response.body() else {
        return Ok(body);
    };
    let reader = ReadableStreamDefaultReader::new(&stream)?;
    loop {
        let step = JsFuture::from(reader.read()).await?;
        arrived();
        if Reflect::get(&step, &"done".into())?.is_truthy() {
            return Ok(body);
        }
        let part: Uint8Array = Reflect::get(&step, &"value".into())?.dyn_into()?;
        let start = body.len();
        body.resize(start + part.length() as usize, 0);
        part.copy_to(&mut body[start..]);
    }
}
