//! A dialog over the page: native `<dialog>`, so that focus stays inside and Esc closes it.

use leptos::html;
use leptos::prelude::*;

/// A titled dialog that is open while the signal says so.
#[component]
pub fn Dialog(
    /// Whether it is open.
    is_open: RwSignal<bool>,
    /// Its headline.
    title: &'static str,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        match (is_open.get(), dialog.open()) {
            (true, false) => {
                // Fails only for a dialog that is open or not on the page.
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog
            node_ref=dialog
            class="dialog"
            aria-label=title
            on:close=move |_| is_open.set(false)
            on:click=move |event| {
                // A click on the backdrop has the dialog itself as its target.
                if event.target() == event.current_target() {
                    is_open.set(false);
                }
            }
        >
            <Show when=move || is_open.get()>
                <div class="dialog-body">
                    <header class="dialog-head">
                        <h2>{title}</h2>
                        <button
                            type="button"
                            class="button is-bare"
                            aria-label="Close"
                            on:click=move |_| is_open.set(false)
                        >
                            <super::Icon glyph=super::Glyph::Close />
                        </button>
                    </header>
                    {children()}
                </div>
            </Show>
        </dialog>
    }
}
