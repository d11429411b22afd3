//! One group: its measures as big figures.

use std::sync::Arc;

use leptos::prelude::*;

use super::ChartSpec;
use crate::result::{ColumnStyle, ResultTable};

/// The measures of the first row.
#[component]
pub fn Figures(table: Signal<Arc<ResultTable>>, spec: Signal<ChartSpec>) -> impl IntoView {
    let figures = move || {
        let (table, spec) = (table.get(), spec.get());
        spec.measures
            .into_iter()
            .filter_map(|measure| {
                let name = table.columns().get(measure.column)?.name.clone();
                let cell = table.cell(0, measure.column);
                let text = ColumnStyle::of(&table, measure.column)
                    .text(&cell)
                    .unwrap_or_else(|| "–".to_owned());
                Some(view! {
                    <div class="chart-figure">
                        <dt>{name}</dt>
                        <dd title=cell.exact()>{text}</dd>
                    </div>
                })
            })
            .collect_view()
    };
    view! { <dl class="chart-figures">{figures}</dl> }
}
