//! The list of keys.

use leptos::prelude::*;

use super::dialog::Dialog;

const SHORTCUTS: [(&str, &str); 12] = [
    ("Ctrl Enter", "Run the statement"),
    ("Esc", "Cancel what runs, close what is open"),
    ("/", "Search fields or tables"),
    ("e", "Show or hide the SQL"),
    ("c", "Go to the catalog"),
    ("Alt ←", "Undo the last gesture (the browser's Back)"),
    ("Click", "Keep a value"),
    ("Alt Click", "Exclude a value"),
    (
        "← →",
        "In a histogram: choose a bin; with Shift a range; Enter filters, Delete clears",
    ),
    (
        "Arrows, Page, Home, End",
        "In the grid: move; with Shift extend the selection",
    ),
    ("Ctrl C", "In the grid: copy the selection, tab-separated"),
    ("?", "Show this list"),
];

/// The list of keys, in a dialog.
#[component]
pub fn ShortcutsDialog(
    /// Whether it is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog is_open=is_open title="Keyboard and mouse">
            <dl class="shortcuts">
                {SHORTCUTS
                    .map(|(keys, meaning)| {
                        view! {
                            <div>
                                <dt>
                                    <kbd>{keys}</kbd>
                                </dt>
                                <dd>{meaning}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
        </Dialog>
    }
}
