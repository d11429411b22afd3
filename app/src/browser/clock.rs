//! Clocks and pauses.

use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since the page began, for durations.
pub fn now_ms() -> f64 {
    window()
        .performance()
        .map_or_else(unix_now_ms, |performance| performance.now())
}

/// Milliseconds since 1970, for ages.
pub fn unix_now_ms() -> f64 {
    js_sys::Date::now()
}

/// A pause.
pub async fn sleep_ms(milliseconds: i32) {
    let pause = Promise::new(&mut |resolve, _| {
        // A timer can always be set; if not, the pause never ends and its task is dropped with its owner.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(pause).await;
}
