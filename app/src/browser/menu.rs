//! `<select>` elements that act at once.

use web_sys::{Event, HtmlSelectElement};

/// Shows the first entry again: a menu that adds something has no value of its own.
pub fn choose_first(event: &Event) {
    let menu: HtmlSelectElement = leptos::prelude::event_target(event);
    menu.set_selected_index(0);
}
