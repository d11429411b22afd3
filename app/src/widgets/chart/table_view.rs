//! The chart's content as a table whose labels filter.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::web_sys::MouseEvent;

use super::pivot::Pivot;
use super::{ChartPick, ChartSpec};
use crate::result::ResultTable;

/// A table; a pivot table with two dimensions.
#[component]
pub fn TableView(
    table: Signal<Arc<ResultTable>>,
    spec: Signal<ChartSpec>,
    on_pick: Callback<ChartPick>,
) -> impl IntoView {
    let pick = move |row: usize, column: usize, click: &MouseEvent| {
        let values = table.with_untracked(|table| Some((column, table.scalar(row, column)?)));
        if let Some(value) = values {
            on_pick.run(ChartPick {
                values: vec![value],
                exclude: click.alt_key(),
            });
        }
    };
    let label = move |text: String, row: usize, column: Option<usize>| match column {
        Some(column) => view! {
            <button
                type="button"
                class="chart-table-label"
                title="Click to filter, Alt-click to exclude"
                on:click=move |click| pick(row, column, &click)
            >
                {text}
            </button>
        }
        .into_any(),
        None => text.into_any(),
    };
    let content = move || {
        let (pivot, dimensions) =
            table.with(|table| spec.with(|spec| (Pivot::of(table, spec), spec.ordered_dimensions(table))));
        let across = dimensions.get(1).copied();
        let headers = pivot
            .value_headers
            .into_iter()
            .map(|(text, row)| {
                let content = match row {
                    Some(row) => label(text, row, across),
                    None => text.into_any(),
                };
                view! { <th scope="col" class="is-number">{content}</th> }
            })
            .collect_view();
        let rows = pivot
            .rows
            .into_iter()
            .map(|row| {
                let labels = row
                    .labels
                    .into_iter()
                    .enumerate()
                    .map(|(index, text)| {
                        view! { <th scope="row">{label(text, row.row, dimensions.get(index).copied())}</th> }
                    })
                    .collect_view();
                let values = row
                    .values
                    .into_iter()
                    .map(|value| view! { <td class="is-number">{value}</td> })
                    .collect_view();
                view! { <tr>{labels}{values}</tr> }
            })
            .collect_view();
        view! {
            <table class="chart-table">
                <thead>
                    <tr>
                        {pivot.row_headers.into_iter().map(|text| view! { <th scope="col">{text}</th> }).collect_view()}
                        {headers}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="chart-note">{pivot.note}</p>
        }
    };
    view! { <div class="chart-table-scroller" tabindex="0" role="region" aria-label="Chart as a table">{content}</div> }
}
