//! Whether the browser has a network.

use leptos::prelude::{window, window_event_listener};

/// Whether the browser knows of a network. It may be wrong when it says yes.
pub fn is_online() -> bool {
    window().navigator().on_line()
}

/// Calls back for the life of the page whenever the network comes (true) or goes.
pub fn on_network(act: impl Fn(bool) + Clone + 'static) {
    let came = act.clone();
    // A handle that is dropped leaves its listener in place.
    let _ = window_event_listener(leptos::ev::online, move |_| came(true));
    let _ = window_event_listener(leptos::ev::offline, move |_| act(false));
}
