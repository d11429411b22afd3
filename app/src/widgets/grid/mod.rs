//! The result as a grid of cells.
//!
//! Invariant: only visible rows exist as elements and are formatted; sorting is the caller's, in SQL.
//!
//! Entry point: [`ResultGrid`].

mod body;
mod columns;
mod header;
mod keys;
mod selection;
mod state;
mod viewport;

use std::sync::Arc;

use catalog::Scalar;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys;
use protocol::slice::Order;

use self::body::GridBody;
use self::header::GridHeader;
use self::selection::Position;
use self::state::GridState;
use super::dom;
use crate::result::ResultTable;

/// More cells than this are exported, not copied: the clipboard holds them as one string.
const MAX_COPIED_CELLS: usize = 2_000_000;

/// A cell whose value is to become a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct CellPick {
    /// The result column's name.
    pub column: String,
    /// The value.
    pub value: Scalar,
    /// Whether rows with it are to be kept out.
    pub exclude: bool,
}

/// The rows of a grid.
#[derive(Debug, Clone)]
pub struct GridRows {
    /// The rows.
    pub table: Arc<ResultTable>,
    /// What they answer: other rows in answer to the same question continue those before them.
    pub question: u32,
    /// Whether they are the answer, and not one of a part of the data: those are not to be taken along.
    pub is_final: bool,
}

impl Default for GridRows {
    /// No rows.
    fn default() -> Self {
        Self {
            table: Arc::default(),
            question: 0,
            is_final: true,
        }
    }
}

impl PartialEq for GridRows {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
            && self.question == other.question
            && self.is_final == other.is_final
    }
}

/// Shows a result of any size. Keys: arrows, Ctrl+arrows, Home/End, PageUp/PageDown, Shift extends, Ctrl+A,
/// Ctrl+C copies as TSV; Enter on a cell filters (with Alt excludes), on a header sorts; Shift+arrows on a header resize.
#[component]
pub fn ResultGrid(
    /// The rows.
    #[prop(into)]
    rows: Signal<GridRows>,
    /// How the rows are sorted, to show it in the header.
    #[prop(into)]
    sort: Signal<Option<Order>>,
    /// Asks for another order.
    on_sort: Callback<Option<Order>>,
    /// Asks for a filter by a cell's value.
    on_filter: Callback<CellPick>,
) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let table = Signal::derive(move || rows.with(|rows| Arc::clone(&rows.table)));
    let is_final = move || rows.with(|rows| rows.is_final);
    let grid = GridState::new(table, sort, on_sort, on_filter, scroller);

    Effect::new(move |_| {
        if let Some(element) = scroller.get() {
            dom::watch_size(&element, move |width, height| grid.note_size(width, height));
        }
    });
    // Another result begins at its first row; the same columns keep the widths that a person gave them.
    Effect::new(move |before: Option<(Vec<String>, u32)>| {
        let table = table.get();
        let names: Vec<String> = table.columns().iter().map(|column| column.name.clone()).collect();
        let question = rows.with_untracked(|rows| rows.question);
        let is_same_shape = before.as_ref().is_some_and(|(known, _)| *known == names);
        if !is_same_shape {
            grid.widths.set(columns::fitted(&table));
        } else if before.is_some_and(|(_, asked)| asked == question) {
            grid.keep_place(&table);
            return (names, question);
        }
        // Sorting by a header leaves the focus on it.
        let stays_in_header = is_same_shape && grid.selection.get_untracked().focus.row == 0;
        if !stays_in_header {
            grid.selection.set(selection::Selection::default());
        }
        grid.scroll_to_top();
        (names, question)
    });

    let on_wheel = move |event: web_sys::WheelEvent| {
        let scale = grid.viewport.get_untracked().scale();
        if scale > 1.0 && event.delta_y() != 0.0 && !event.ctrl_key() {
            // On a squeezed canvas a wheel step would jump over rows.
            event.prevent_default();
            grid.scroll_by(event.delta_y() / scale);
        }
    };
    let on_copy = move |event: web_sys::ClipboardEvent| {
        let selection = grid.selection.get_untracked();
        let (rows, columns) = (selection.rows(), selection.columns());
        let cells = rows.len() * columns.len();
        if cells == 0 {
            return;
        }
        if !untrack(is_final) {
            event.prevent_default();
            grid.notice.set(
                "These rows are of a part of the data: copy them when the answer is complete.".to_owned(),
            );
            return;
        }
        if cells > MAX_COPIED_CELLS {
            event.prevent_default();
            grid.notice.set(format!(
                "{} cells are too many to copy: export the result instead.",
                crate::result::group_digits(&cells.to_string())
            ));
            return;
        }
        let tsv = table.with_untracked(|table| table.to_tsv(rows, columns));
        if dom::answer_copy(&event, &tsv) {
            let plural = if cells == 1 { "" } else { "s" };
            grid.notice.set(format!("Copied {cells} cell{plural}."));
        }
    };
    let on_double_click = move |event: web_sys::MouseEvent| {
        if let Some(position) = body::position_of(&event) {
            grid.pick(position, event.alt_key());
        }
    };

    view! {
        <div class="result-grid" data-testid="result-grid">
            <div
                class="result-grid-scroller"
                node_ref=scroller
                role="grid"
                tabindex="0"
                aria-label=move || if is_final() { "Result" } else { "Partial result" }
                aria-multiselectable="true"
                aria-rowcount=move || table.with(|table| table.row_count() + 1)
                aria-colcount=move || table.with(|table| table.columns().len())
                aria-activedescendant=move || grid.cell_id(grid.selection.get().focus)
                style=("--grid-columns", move || grid.widths.with(|widths| columns::template(widths)))
                on:scroll=move |_| grid.note_scroll()
                on:wheel=on_wheel
                on:keydown=move |event| keys::handle(grid, &event)
                on:copy=on_copy
                on:dblclick=on_double_click
            >
                <GridHeader grid/>
                <GridBody grid/>
            </div>
            <Show when=move || table.with(|table| table.is_empty())>
                <p class="result-grid-empty">"No rows."</p>
            </Show>
            <p class="result-grid-notice" role="status">{grid.notice}</p>
        </div>
    }
}

/// The id of a cell's element.
fn cell_id(prefix: &str, Position { row, column }: Position) -> String {
    format!("{prefix}-{row}-{column}")
}
