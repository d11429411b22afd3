//! The result as a picture.
//!
//! Purpose: chooses a form for the result's shape (line over time, bars by category, big figures, a pivot table) and
//! turns clicks and brushes into values to filter by.
//!
//! Invariant: whatever is drawn can also be read as a table ([`ChartKind::Table`]), by keyboard and screen reader.
//!
//! Entry points: [`Chart`], [`ChartSpec`].

mod event;
mod figures;
mod form;
mod infer;
mod input;
mod pivot;
mod plot;
mod table_view;

use std::sync::Arc;

use catalog::Scalar;
use leptos::prelude::*;

use self::figures::Figures;
use self::form::Form;
use self::plot::Plot;
use self::table_view::TableView;
use crate::result::ResultTable;

/// What to draw of a result. Columns are given by their position in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChartSpec {
    /// The form, or leave it to the widget.
    pub kind: ChartKind,
    /// What the marks are about; the first (or the first time) is the axis, the others make series.
    pub dimensions: Vec<usize>,
    /// How large they are; each has its own panel.
    pub measures: Vec<ChartMeasure>,
}

/// A measure of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartMeasure {
    /// The result column.
    pub column: usize,
    /// Whether values of several groups may be summed (counts and sums) and so stacked.
    pub is_additive: bool,
}

/// The form of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChartKind {
    /// What suits the result's shape.
    #[default]
    Auto,
    /// Bars.
    Bar,
    /// Lines.
    Line,
    /// Filled lines, stacked where that makes sense.
    Area,
    /// A table: a pivot table with two dimensions.
    Table,
}

/// A mark was clicked.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartPick {
    /// Result columns and their values.
    pub values: Vec<(usize, Scalar)>,
    /// Whether rows with them are to be kept out (Alt-click).
    pub exclude: bool,
}

/// A stretch of the axis was brushed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartBrush {
    /// The result column on the axis.
    pub column: usize,
    /// The first value in the stretch. It occurs in the result.
    pub from: Scalar,
    /// The last value in the stretch. It occurs in the result; of a calendar grain it is the beginning of the last unit.
    pub to: Scalar,
}

/// Draws a result.
#[component]
pub fn Chart(
    /// The rows.
    #[prop(into)]
    table: Signal<Arc<ResultTable>>,
    /// What to draw of them. Set together with the rows: positions refer to them.
    #[prop(into)]
    spec: Signal<ChartSpec>,
    /// A mark was clicked.
    on_pick: Callback<ChartPick>,
    /// A stretch of the axis was brushed.
    on_brush: Callback<ChartBrush>,
    /// Why the rows are not all there is, if so: a picture of a part looks whole.
    #[prop(optional, into)]
    caveat: Signal<String>,
) -> impl IntoView {
    let form = Memo::new(move |_| table.with(|table| spec.with(|spec| Form::of(table, spec))));
    // What is drawn within a form changes often, the form itself seldom: only then is a widget replaced.
    let widget = Memo::new(move |_| form.get().widget());
    view! {
        <div class="chart" data-testid="chart" data-form=move || form.get().name()>
            <p class="chart-caveat" role="note">{caveat}</p>
            {move || match widget.get() {
                Form::Nothing(reason) => view! { <p class="chart-message">{reason}</p> }.into_any(),
                Form::Figures => view! { <Figures table spec/> }.into_any(),
                Form::Table => view! { <TableView table spec on_pick/> }.into_any(),
                _ => view! { <Plot table spec form on_pick on_brush/> }.into_any(),
            }}
        </div>
    }
}
