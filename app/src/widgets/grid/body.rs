//! The rows that are visible, and selecting among them with the pointer.

use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::web_sys::{self, PointerEvent};

use super::columns;
use super::selection::{Position, Selection};
use super::state::GridState;
use super::viewport::ROW_PX;
use crate::result::{Cell, ColumnKind, ResultTable};
use crate::widgets::dom;

/// Longer texts are cut for display: a cell shows a few dozen characters, and layout is paid for all.
const MAX_SHOWN_CHARACTERS: usize = 300;

/// The canvas with the rendered rows on it.
#[component]
pub fn GridBody(grid: GridState) -> impl IntoView {
    let place = move || {
        let first = grid.rendered.with(|rows| rows.start);
        format!("translateY({}px)", grid.viewport.get().place_px(first))
    };
    // A row of another result or with other columns is another row, though its number be the same.
    let rows = move || {
        let generation = Arc::as_ptr(&grid.table.get()) as usize;
        let columns = grid.shown_columns.get();
        grid.rendered
            .get()
            .map(move |row| (generation, columns.clone(), row))
    };
    let on_down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        if let Some(position) = position_of(&event) {
            let selection = grid.selection.get_untracked();
            grid.select(if event.shift_key() {
                selection.extended_to(position)
            } else {
                Selection::at(position)
            });
        }
    };
    let on_move = move |event: PointerEvent| {
        let is_dragging = event.buttons() == 1;
        if let Some(position) = position_of(&event).filter(|_| is_dragging) {
            let selection = grid.selection.get_untracked();
            if selection.focus != position {
                grid.select(selection.extended_to(position));
            }
        }
    };
    view! {
        <div
            class="result-grid-canvas"
            role="presentation"
            style:height=move || format!("{}px", grid.viewport.get().canvas_px())
            style:width=move || format!("{}px", grid.widths.with(|widths| widths.iter().sum::<f64>()))
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerover=move |event| show_whole(grid, &event)
        >
            <div class="result-grid-rows" role="rowgroup" style:transform=place>
                <For each=rows key=Clone::clone let((_, columns, row))>
                    {grid.table.with_untracked(|table| row_view(grid, table, columns, row))}
                </For>
                <FocusRing grid/>
            </div>
        </div>
    }
}

fn row_view(
    grid: GridState,
    table: &ResultTable,
    columns: Range<usize>,
    row: usize,
) -> impl IntoView + use<> {
    let mut views = Vec::with_capacity(columns.len());
    table.for_each_row(row..row + 1, columns.clone(), |_, cells| {
        for (column, cell) in columns.clone().zip(cells.iter()) {
            views.push(cell_view(grid, row, column, table.kind(column), cell));
        }
    });
    view! {
        <div class="result-grid-row" class:is-odd=row % 2 == 1 role="row" aria-rowindex=row + 2>
            {views}
        </div>
    }
}

fn cell_view(
    grid: GridState,
    row: usize,
    column: usize,
    kind: ColumnKind,
    cell: &Cell,
) -> impl IntoView + use<> {
    let class = match (cell.is_null(), kind) {
        (true, ColumnKind::Number) => "result-grid-cell is-number is-null",
        (true, _) => "result-grid-cell is-null",
        (false, ColumnKind::Number) => "result-grid-cell is-number",
        (false, ColumnKind::Time) => "result-grid-cell is-time",
        (false, _) => "result-grid-cell",
    };
    let text = grid
        .styles
        .with_untracked(|styles| styles.get(column).and_then(|style| style.text(cell)))
        .unwrap_or_else(|| "null".to_owned());
    view! {
        <div
            id=grid.cell_id(Position { row: row + 1, column })
            class=class
            role="gridcell"
            aria-colindex=column + 1
            style:grid-column=(column + 1).to_string()
            aria-selected=move || {
                if grid.selection.with(|selection| selection.contains(row, column)) { "true" } else { "false" }
            }
        >
            {shortened(text)}
        </div>
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_SHOWN_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// One element that moves, so that no cell has to be told of the focus.
#[component]
fn FocusRing(grid: GridState) -> impl IntoView {
    let style = move || {
        let focus = grid.selection.with(|selection| selection.focus);
        let rows = grid.rendered.get();
        let row = focus.row.checked_sub(1).filter(|row| rows.contains(row))?;
        let (left, right) = grid.widths.with(|widths| columns::span(widths, focus.column));
        #[expect(
            clippy::cast_precision_loss,
            reason = "at most a few hundred rows are rendered"
        )]
        let top = (row - rows.start) as f64 * ROW_PX;
        Some(format!("left:{left}px;top:{top}px;width:{}px", right - left))
    };
    view! {
        <div class="result-grid-focus" aria-hidden="true" hidden=move || style().is_none() style=move || style().unwrap_or_default()></div>
    }
}

/// The cell that an event is about.
pub fn position_of(event: &web_sys::Event) -> Option<Position> {
    let cell = dom::target_matching(event, "[role=gridcell]")?;
    let row = dom::target_matching(event, "[role=row]")?;
    Some(Position {
        row: dom::attribute(&row, "aria-rowindex")?.checked_sub(1)?,
        column: dom::attribute(&cell, "aria-colindex")?.checked_sub(1)?,
    })
}

/// A cell under the pointer gets its exact value as a tooltip: only then, because most are never pointed at.
fn show_whole(grid: GridState, event: &PointerEvent) {
    let Some(cell) = dom::target_matching(event, "[role=gridcell]:not([title])") else {
        return;
    };
    let Some(Position { row, column }) = position_of(event) else {
        return;
    };
    let exact = row
        .checked_sub(1)
        .and_then(|row| grid.table.with_untracked(|table| table.cell(row, column).exact()));
    cell.set_title(exact.as_deref().unwrap_or("null"));
}
