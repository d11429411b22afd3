//! The page's address and its history.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The query string with its `?`.
pub fn query_string() -> String {
    window().location().search().unwrap_or_default()
}

/// The address against which relative URLs are resolved.
pub fn base_url() -> String {
    document()
        .and_then(|document| document.base_uri().ok().flatten())
        .unwrap_or_default()
}

/// Makes a new entry in the history: Back undoes it.
pub fn push_query(query: &str) {
    if let Ok(history) = window().history() {
        // A browser refuses after hundreds of entries in seconds; the page goes on without the entry.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address_of(query)));
    }
}

/// Calls back for the life of the page whenever the person goes back or forward.
pub fn on_back(act: impl FnMut() + 'static) {
    let closure = Closure::<dyn FnMut()>::new(act);
    window().set_onpopstate(Some(closure.as_ref().unchecked_ref()));
    closure.forget();
}

/// What the tab is called.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Loads the page anew.
pub fn reload() {
    // A page can always be reloaded; if not, it stays as it is.
    let _ = window().location().reload();
}

/// Takes away what `index.html` shows until the page is up.
pub fn remove_splash() {
    if let Some(splash) = document().and_then(|document| document.get_element_by_id("splash")) {
        splash.remove();
    }
}

/// An empty query takes the `?` away too.
fn address_of(query: &str) -> String {
    if query.is_empty() {
        window().location().pathname().unwrap_or_else(|_| "./".to_owned())
    } else {
        query.to_owned()
    }
}

fn document() -> Option<web_sys::Document> {
    window().document()
}

fn window() -> web_sys::Window {
    leptos::prelude::window()
}
