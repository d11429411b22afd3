//! Keys that work anywhere on the page.

use leptos::prelude::{document, window_event_listener};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// Calls back for each key pressed on the page, until the component that asked is gone.
pub fn on_key(act: impl Fn(KeyboardEvent) + 'static) {
    let listener = window_event_listener(leptos::ev::keydown, act);
    leptos::prelude::on_cleanup(move || listener.remove());
}

/// Whether the person is writing somewhere, so that single letters are text and no commands.
pub fn is_typing() -> bool {
    let Some(focused) = document().active_element() else {
        return false;
    };
    matches!(focused.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
        || focused
            .dyn_ref::<HtmlElement>()
            .is_some_and(HtmlElement::is_content_editable)
}

/// Whether a dialog is open: keys belong to it then.
pub fn is_in_dialog() -> bool {
    // The selector is valid.
    document()
        .query_selector("dialog[open]")
        .is_ok_and(|open| open.is_some())
}
