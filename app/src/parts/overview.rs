//! The first picture of a table: how its rows spread over time, straight from the manifest.

use catalog::Column;
use leptos::prelude::*;

use super::histogram::HistogramView;
use crate::state::{Workbench, histogram_counts};

/// A large histogram of one column, which follows the filters on others.
#[component]
pub fn Overview(column: Column) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let counts = histogram_counts(bench, &column);
    let title = format!("Rows by {}", column.name);
    view! {
        <figure class="overview" data-testid="chart" data-picture="overview">
            <figcaption>
                <span>{title}</span>
                <span class="note">"drag to filter"</span>
            </figcaption>
            <HistogramView column=column counts=counts />
        </figure>
    }
}
