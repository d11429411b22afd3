//! The whole page takes files that are dropped on it.

use leptos::prelude::*;

use super::open_file::open_local;
use crate::browser;
use crate::state::Session;

/// Shows where to drop while files are dragged over the page.
#[component]
pub fn DropZone() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_over = RwSignal::new(false);
    let over = window_event_listener(leptos::ev::dragover, move |event| {
        if browser::holds_files(&event) {
            event.prevent_default();
            is_over.set(true);
        }
    });
    let leave = window_event_listener(leptos::ev::dragleave, move |event| {
        // Leaving the window has no element that is entered.
        if event.related_target().is_none() {
            is_over.set(false);
        }
    });
    let drop = window_event_listener(leptos::ev::drop, move |event| {
        if browser::holds_files(&event) {
            event.prevent_default();
            is_over.set(false);
            open_local(session, browser::dropped_files(&event));
        }
    });
    on_cleanup(move || {
        over.remove();
        leave.remove();
        drop.remove();
    });
    view! {
        <Show when=move || is_over.get()>
            <div class="drop-zone" aria-hidden="true">
                <div class="drop-hint">
                    <strong>"Drop to open"</strong>
                    <span>"Parquet files of one schema become one table. Nothing leaves this computer."</span>
                </div>
            </div>
        </Show>
    }
}
