//! The answer's rows, and ways to take them along.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::slice::Order;

use super::{Glyph, Icon};
use crate::browser;
use crate::state::{FreeSql, View, Workbench, free_sql, pick};
use crate::widgets::{CellPick, GridRows, ResultGrid};

/// The grid with its head.
#[component]
pub fn ResultRows(bench: Workbench) -> impl IntoView {
    // Each row that is drawn reads it: what is only derived would be worked out for each.
    let rows = Memo::new(move |_| {
        bench
            .run
            .on_screen()
            .map(|shown| GridRows {
                table: shown.table,
                question: shown.question,
                is_final: shown.seen.is_none(),
            })
            .unwrap_or_default()
    });
    let is_final = Memo::new(move |_| rows.with(|rows| rows.is_final));
    let sort = Signal::derive(move || match bench.session.location().view {
        View::Slice(slice) => slice.order,
        View::Sql(free) => free_sql::order_of(&free.sql),
        View::Catalog | View::Broken(_) => None,
    });
    let on_sort = Callback::new(
        move |order: Option<Order>| match bench.session.location_untracked().view {
            View::Slice(_) => bench.gesture(|slice| slice.order = order),
            View::Sql(free) => {
                let sql = free_sql::sorted(&free.sql, order.as_ref());
                bench.session.view(View::Sql(FreeSql { sql, ..free }));
            }
            View::Catalog | View::Broken(_) => {}
        },
    );
    let on_filter = Callback::new(move |picked: CellPick| {
        let columns = untrack(move || bench.columns());
        let asked = untrack(move || bench.run.on_screen()).and_then(|shown| shown.slice);
        bench.gesture(|slice| {
            // Beside a free statement a column is filtered that is called as the table's is.
            let asked = asked.map_or_else(|| protocol::Slice::of(&slice.table), Arc::unwrap_or_clone);
            pick::pick(
                slice,
                &asked,
                &columns,
                &picked.column,
                &picked.value,
                picked.exclude,
            );
        });
    });
    let download = move |_| {
        let Some(answer) = untrack(move || bench.run.answer()) else {
            return;
        };
        let name = bench
            .session
            .location_untracked()
            .view
            .table()
            .unwrap_or("result")
            .to_owned();
        let csv = answer.table.to_csv();
        if browser::download_text(&format!("{name}.csv"), "text/csv;charset=utf-8", &csv).is_err() {
            bench
                .session
                .notify(Some("The browser does not allow downloads here."));
        }
    };
    view! {
        <section class="result-rows" aria-label="Rows">
            <div class="result-head">
                <span class="result-title">"Rows"</span>
                <button
                    type="button"
                    class="button is-bare has-text is-small"
                    title=move || {
                        if is_final.get() {
                            "Download the rows shown as CSV"
                        } else {
                            "These rows are of a part of the data: wait for the answer"
                        }
                    }
                    disabled=move || !is_final.get()
                    data-testid="download-csv"
                    on:click=download
                >
                    <Icon glyph=Glyph::Download />
                    "Download CSV"
                </button>
            </div>
            <ResultGrid rows=rows sort=sort on_sort=on_sort on_filter=on_filter />
        </section>
    }
}
