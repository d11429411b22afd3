//! Settings that outlive the page, in this browser only.

use leptos::prelude::window;

/// What was kept under a name; none where nothing was, or the browser keeps nothing.
pub fn stored_text(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Keeps a text under a name; none takes it away. A browser may refuse (private windows): the setting then lasts as
/// long as the page.
pub fn store_text(name: &str, text: Option<&str>) {
    if let Some(storage) = storage() {
        let _ = match text {
            Some(text) => storage.set_item(name, text),
            None => storage.remove_item(name),
        };
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
