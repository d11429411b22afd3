//! Drags.

use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

/// Sends all further events of this pointer to the element whose handler runs.
pub fn capture_pointer(event: &PointerEvent) {
    if let Some(element) = handler_element(event) {
        // Fails for a pointer that has gone already: then there is no drag either.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Where the pointer is in the element whose handler runs: 0 at its left edge, 1 at its right.
pub fn place_in_target(event: &PointerEvent) -> f64 {
    let Some(element) = handler_element(event) else {
        return 0.0;
    };
    let frame = element.get_bounding_client_rect();
    if frame.width() > 0.0 {
        (f64::from(event.client_x()) - frame.left()) / frame.width()
    } else {
        0.0
    }
}

fn handler_element(event: &PointerEvent) -> Option<Element> {
    event.current_target()?.dyn_into().ok()
}
