//! What the widgets need of the DOM and Leptos does not offer.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;
use leptos::web_sys::{self, Element, HtmlElement};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// A prefix for element ids that no other widget on the page has.
pub fn unique_id(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Calls back with the element's inner width and height, now and whenever they change, as long as the component lives.
pub fn watch_size(element: &HtmlElement, mut changed: impl FnMut(f64, f64) + 'static) {
    let watched = element.clone();
    let callback = Closure::<dyn FnMut()>::new(move || {
        changed(
            f64::from(watched.client_width()),
            f64::from(watched.client_height()),
        );
    });
    let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) else {
        return;
    };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, callback));
    on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
}

/// The element at or above the event's target that a selector matches.
pub fn target_matching(event: &web_sys::Event, selector: &str) -> Option<HtmlElement> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(selector).ok()??.dyn_into().ok()
}

/// A whole-number attribute.
pub fn attribute(element: &Element, name: &str) -> Option<usize> {
    element.get_attribute(name)?.parse().ok()
}

/// Puts text on the clipboard in answer to a `copy` event: needs no permission. False when the browser refuses.
pub fn answer_copy(event: &web_sys::ClipboardEvent, text: &str) -> bool {
    let Some(clipboard) = event.clipboard_data() else {
        return false;
    };
    event.prevent_default();
    clipboard.set_data("text/plain", text).is_ok()
}

/// Whether an element has the keyboard focus.
pub fn has_focus(element: &Element) -> bool {
    document()
        .active_element()
        .is_some_and(|active| &active == element)
}
