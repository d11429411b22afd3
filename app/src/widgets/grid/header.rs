//! The header row: names, types, sort marks, resizing.

use leptos::prelude::*;
use leptos::web_sys::{self, HtmlElement, PointerEvent};
use wasm_bindgen::JsCast;

use super::selection::{Position, Selection};
use super::state::GridState;
use crate::result::ColumnKind;

/// One header cell for each column.
#[component]
pub fn GridHeader(grid: GridState) -> impl IntoView {
    let cells = move || {
        let table = grid.table.get();
        table
            .columns()
            .iter()
            .enumerate()
            .map(|(column, described)| {
                let is_number = table.kind(column) == ColumnKind::Number;
                view! {
                    <HeaderCell
                        grid
                        column
                        name=described.name.clone()
                        type_name=described.column_type.clone()
                        is_number
                    />
                }
            })
            .collect_view()
    };
    view! {
        <div class="result-grid-header" role="row" aria-rowindex="1">
            {cells}
        </div>
    }
}

#[component]
fn HeaderCell(
    grid: GridState,
    column: usize,
    name: String,
    type_name: String,
    is_number: bool,
) -> impl IntoView {
    let position = Position { row: 0, column };
    let direction = {
        let name = name.clone();
        Memo::new(move |_| {
            grid.sort.with(|order| {
                order
                    .as_ref()
                    .filter(|order| order.column == name)
                    .map(|order| order.descending)
            })
        })
    };
    let aria_sort = move || match direction.get() {
        Some(true) => "descending",
        Some(false) => "ascending",
        None => "none",
    };
    let mark = move || match direction.get() {
        Some(true) => "▼",
        Some(false) => "▲",
        None => "",
    };
    let title = format!("{name} ({type_name}): click to sort");
    view! {
        <div
            id=grid.cell_id(position)
            class="result-grid-head"
            class:is-number=is_number
            class:is-focused=move || grid.selection.with(|selection| selection.focus == position)
            role="columnheader"
            aria-colindex=column + 1
            aria-sort=aria_sort
            title=title
            on:click=move |_| {
                grid.selection.set(Selection::at(position));
                grid.sort_by(column);
            }
        >
            <span class="result-grid-name">
                <span class="result-grid-name-text">{name}</span>
                <span class="result-grid-sort" aria-hidden="true">{mark}</span>
            </span>
            <span class="result-grid-type">{type_name}</span>
            <ResizeHandle grid column/>
        </div>
    }
}

/// Drags a column's right edge; a double click fits the column. By key: Shift+arrows on the header.
#[component]
fn ResizeHandle(grid: GridState, column: usize) -> impl IntoView {
    // Pointer position and width at the start of the drag.
    let start = RwSignal::new(None::<(f64, f64)>);
    let on_down = move |event: PointerEvent| {
        event.prevent_default();
        event.stop_propagation();
        if let Some(handle) = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        {
            // Without capture the drag still works as long as the pointer stays on the handle.
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
        let width = grid.widths.with_untracked(|widths| widths.get(column).copied());
        start.set(width.map(|width| (f64::from(event.client_x()), width)));
    };
    let on_move = move |event: PointerEvent| {
        if let Some((x, width)) = start.get_untracked() {
            grid.resize(column, width + f64::from(event.client_x()) - x);
        }
    };
    view! {
        <span
            class="result-grid-resize"
            class:is-dragged=move || start.get().is_some()
            aria-hidden="true"
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=move |_| start.set(None)
            on:pointercancel=move |_| start.set(None)
            on:click=|event: web_sys::MouseEvent| event.stop_propagation()
            on:dblclick=move |event: web_sys::MouseEvent| {
                event.stop_propagation();
                grid.fit(column);
            }
        ></span>
    }
}
