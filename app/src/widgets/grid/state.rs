//! What the parts of a grid share.

use std::ops::Range;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use protocol::slice::Order;

use super::selection::{Extent, Position, Selection};
use super::viewport::{ROW_PX, Viewport};
use super::{CellPick, cell_id, columns};
use crate::result::{ColumnKind, ColumnStyle, ResultTable};
use crate::widgets::dom;

/// The header's height, as the token in `result-grid.css` states it.
const HEADER_PX: f64 = 40.0;

/// Signals of one grid; copied into its parts.
#[derive(Clone, Copy)]
pub struct GridState {
    pub table: Signal<Arc<ResultTable>>,
    pub sort: Signal<Option<Order>>,
    pub widths: RwSignal<Vec<f64>>,
    pub selection: RwSignal<Selection>,
    pub viewport: Memo<Viewport>,
    /// Result rows that exist as elements.
    pub rendered: Memo<Range<usize>>,
    /// Columns that exist as elements.
    pub shown_columns: Memo<Range<usize>>,
    /// How each column's values are shown.
    pub styles: Memo<Vec<ColumnStyle>>,
    /// Told to screen readers and shown for a while.
    pub notice: RwSignal<String>,
    /// The scroller's inner width and height.
    size_px: RwSignal<(f64, f64)>,
    /// The scroller's `scrollLeft` and `scrollTop`.
    scroll_px: RwSignal<(f64, f64)>,
    scroller: NodeRef<html::Div>,
    on_sort: Callback<Option<Order>>,
    on_filter: Callback<CellPick>,
    id_prefix: StoredValue<String>,
}

impl GridState {
    pub fn new(
        table: Signal<Arc<ResultTable>>,
        sort: Signal<Option<Order>>,
        on_sort: Callback<Option<Order>>,
        on_filter: Callback<CellPick>,
        scroller: NodeRef<html::Div>,
    ) -> Self {
        let size_px = RwSignal::new((0.0, 0.0));
        let scroll_px = RwSignal::new((0.0, 0.0));
        let widths = RwSignal::new(table.with_untracked(|table| columns::fitted(table)));
        let viewport = Memo::new(move |_| Viewport {
            row_count: table.with(|table| table.row_count()),
            height_px: (size_px.get().1 - HEADER_PX).max(ROW_PX),
            scroll_px: scroll_px.get().1,
        });
        Self {
            table,
            sort,
            widths,
            selection: RwSignal::new(Selection::default()),
            viewport,
            rendered: Memo::new(move |_| viewport.get().rendered()),
            shown_columns: Memo::new(move |_| {
                let (left, width) = (scroll_px.get().0, size_px.get().0);
                widths.with(|widths| columns::window(widths, left, left + width))
            }),
            styles: Memo::new(move |_| {
                table.with(|table| {
                    (0..table.columns().len())
                        .map(|column| ColumnStyle::of(table, column))
                        .collect()
                })
            }),
            notice: RwSignal::new(String::new()),
            size_px,
            scroll_px,
            scroller,
            on_sort,
            on_filter,
            id_prefix: StoredValue::new(dom::unique_id("result-cell")),
        }
    }

    pub fn cell_id(&self, position: Position) -> String {
        self.id_prefix.with_value(|prefix| cell_id(prefix, position))
    }

    pub fn extent(&self) -> Extent {
        let (rows, columns) = self
            .table
            .with_untracked(|table| (table.row_count(), table.columns().len()));
        Extent {
            rows,
            columns,
            page: self.viewport.get_untracked().page(),
        }
    }

    /// Selects, and scrolls the focused cell into view.
    pub fn select(&self, selection: Selection) {
        self.selection.set(selection);
        self.notice.set(String::new());
        self.reveal(selection.focus);
    }

    /// Notes where the scroller is.
    pub fn note_scroll(&self) {
        if let Some(element) = self.scroller.get_untracked() {
            self.scroll_px
                .set((f64::from(element.scroll_left()), f64::from(element.scroll_top())));
        }
    }

    /// Notes how much the scroller shows.
    pub fn note_size(&self, width: f64, height: f64) {
        self.size_px.set((width, height));
    }

    pub fn scroll_to_top(&self) {
        if let Some(element) = self.scroller.get_untracked() {
            element.set_scroll_top(0);
        }
        self.note_scroll();
    }

    /// Takes over rows that continue those before: columns become wider where they need to, never narrower.
    pub fn keep_place(&self, table: &ResultTable) {
        let needed = columns::fitted(table);
        let is_wider = |widths: &Vec<f64>| needed.iter().zip(widths).any(|(needed, width)| needed > width);
        if self.widths.with_untracked(is_wider) {
            self.widths.update(|widths| {
                for (width, needed) in widths.iter_mut().zip(&needed) {
                    *width = width.max(*needed);
                }
            });
        }
        if self.selection.get_untracked().focus.row > table.row_count() {
            self.selection.set(Selection::default());
        }
    }

    pub fn scroll_by(&self, pixels: f64) {
        if let Some(element) = self.scroller.get_untracked() {
            element.scroll_by_with_x_and_y(0.0, pixels);
        }
    }

    fn reveal(&self, Position { row, column }: Position) {
        let Some(element) = self.scroller.get_untracked() else {
            return;
        };
        if let Some(row) = row.checked_sub(1)
            && let Some(top) = self.viewport.get_untracked().scroll_to(row)
        {
            element.scroll_to_with_x_and_y(f64::from(element.scroll_left()), top);
        }
        let (left, right) = self.widths.with_untracked(|widths| columns::span(widths, column));
        let (seen_left, width) = (
            f64::from(element.scroll_left()),
            f64::from(element.client_width()),
        );
        if left < seen_left {
            element.scroll_to_with_x_and_y(left, f64::from(element.scroll_top()));
        } else if right > seen_left + width {
            element.scroll_to_with_x_and_y((right - width).min(left), f64::from(element.scroll_top()));
        }
        self.note_scroll();
    }

    /// Filters by a cell, or sorts by a header.
    pub fn pick(&self, Position { row, column }: Position, exclude: bool) {
        let Some(row) = row.checked_sub(1) else {
            self.sort_by(column);
            return;
        };
        let found = self.table.with_untracked(|table| {
            let name = table.columns().get(column)?.name.clone();
            Some((name, table.scalar(row, column)))
        });
        match found {
            Some((column, Some(value))) => self.on_filter.run(CellPick {
                column,
                value,
                exclude,
            }),
            Some((column, None)) => self.notice.set(format!(
                "A value of {column} cannot be made a filter: its type has no literal."
            )),
            None => {}
        }
    }

    /// Numbers and times begin with the largest, text with the smallest; then the other way round; then unsorted.
    pub fn sort_by(&self, column: usize) {
        let Some((name, kind)) = self
            .table
            .with_untracked(|table| Some((table.columns().get(column)?.name.clone(), table.kind(column))))
        else {
            return;
        };
        let largest_first = matches!(kind, ColumnKind::Number | ColumnKind::Time);
        let next = match self.sort.get_untracked() {
            Some(order) if order.column == name && order.descending == largest_first => Some(!largest_first),
            Some(order) if order.column == name => None,
            _ => Some(largest_first),
        };
        self.on_sort.run(next.map(|descending| Order {
            column: name,
            descending,
        }));
    }

    /// Sets one column's width.
    pub fn resize(&self, column: usize, width: f64) {
        self.widths.update(|widths| {
            if let Some(known) = widths.get_mut(column) {
                *known = columns::clamped(width);
            }
        });
    }

    /// Makes a column as wide as what is visible in it.
    pub fn fit(&self, column: usize) {
        let rows = self.rendered.get_untracked();
        let width = self
            .table
            .with_untracked(|table| columns::fitted_column(table, column, rows));
        self.resize(column, width);
    }
}
