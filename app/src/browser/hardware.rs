//! What the machine has.

use leptos::prelude::window;

/// Threads that the machine runs at once, as far as the browser says.
pub fn hardware_threads() -> u32 {
    let threads = window().navigator().hardware_concurrency().clamp(1.0, 1024.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between the bounds"
    )]
    let threads = threads as u32;
    threads
}
