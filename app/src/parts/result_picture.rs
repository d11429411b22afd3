//! The answer as a chart; clicks and brushes on it filter.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::Slice;
use protocol::slice::Function;

use super::partial_banner::partial_text;
use crate::result::ResultTable;
use crate::state::{OnScreen, Picture, Workbench, pick};
use crate::widgets::{Chart, ChartBrush, ChartKind, ChartMeasure, ChartPick, ChartSpec};

/// Rows and what to draw of them: one value, because positions in the one refer to the other.
#[derive(Debug, Clone, Default)]
struct Drawing {
    table: Arc<ResultTable>,
    spec: ChartSpec,
}

impl PartialEq for Drawing {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table) && self.spec == other.spec
    }
}

fn drawing_of(shown: &OnScreen, picture: Picture) -> Drawing {
    let table = Arc::clone(&shown.table);
    let spec = match &shown.slice {
        Some(slice) => spec_of_slice(slice),
        None => ChartSpec::infer(&table),
    };
    let kind = match picture {
        Picture::Auto | Picture::Hidden => spec.kind,
        Picture::Bar => ChartKind::Bar,
        Picture::Line => ChartKind::Line,
        Picture::Area => ChartKind::Area,
        Picture::Pivot => ChartKind::Table,
    };
    Drawing {
        table,
        spec: ChartSpec { kind, ..spec },
    }
}

/// Groups come first in the result, measures behind them.
fn spec_of_slice(slice: &Slice) -> ChartSpec {
    let groups = slice.group_by.len();
    let measures = slice
        .measures
        .iter()
        .enumerate()
        .map(|(index, measure)| ChartMeasure {
            column: groups + index,
            is_additive: matches!(measure.function, Function::Count | Function::Sum),
        });
    ChartSpec {
        kind: ChartKind::Auto,
        dimensions: (0..groups).collect(),
        measures: measures.collect(),
    }
}

/// The picture of the newest answer; nothing for a listing, or where it is hidden.
#[component]
pub fn ResultPicture(bench: Workbench) -> impl IntoView {
    let drawing = Memo::new(move |_| {
        bench
            .run
            .on_screen()
            .map(|shown| drawing_of(&shown, bench.picture()))
            .unwrap_or_default()
    });
    let is_drawn = Memo::new(move |_| {
        bench.picture() != Picture::Hidden && drawing.with(|drawing| !drawing.spec.measures.is_empty())
    });
    let asked = move || bench.run.on_screen().and_then(|shown| shown.slice);
    let caveat = Signal::derive(move || bench.run.partial().map(partial_text).unwrap_or_default());
    let on_pick = Callback::new(move |picked: ChartPick| {
        let (Some(asked), columns) = (untrack(asked), untrack(move || bench.columns())) else {
            return;
        };
        bench.gesture(|slice| {
            for (position, value) in &picked.values {
                if let Some(grouping) = asked.group_by.get(*position) {
                    pick::pick(slice, &asked, &columns, &grouping.label(), value, picked.exclude);
                }
            }
        });
    });
    let on_brush = Callback::new(move |brushed: ChartBrush| {
        let (Some(asked), columns) = (untrack(asked), untrack(move || bench.columns())) else {
            return;
        };
        if let Some(grouping) = asked.group_by.get(brushed.column) {
            bench.gesture(|slice| pick::brush(slice, &columns, grouping, &brushed.from, &brushed.to));
        }
    });
    view! {
        <Show when=move || is_drawn.get()>
            <div class="result-picture">
                <Chart
                    table=Signal::derive(move || drawing.get().table)
                    spec=Signal::derive(move || drawing.get().spec)
                    on_pick=on_pick
                    on_brush=on_brush
                    caveat=caveat
                />
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use protocol::slice::{Grouping, Measure};

    use super::*;

    #[test]
    fn groups_are_dimensions_and_only_counts_and_sums_may_be_stacked() {
        let mut slice = Slice::of("t");
        slice.group_by.push(Grouping {
            column: "origin".to_owned(),
            grain: None,
        });
        slice.measures.push(Measure::count());
        slice.measures.push(Measure {
            function: Function::Avg,
            column: Some("delay".to_owned()),
        });
        let spec = spec_of_slice(&slice);
        assert_eq!(spec.dimensions, [0]);
        let measures: Vec<_> = spec
            .measures
            .iter()
            .map(|measure| (measure.column, measure.is_additive))
            .collect();
        assert_eq!(measures, [(1, true), (2, false)]);
        assert_eq!(
            spec_of_slice(&Slice::of("t")),
            ChartSpec::default(),
            "a listing is not drawn"
        );
    }
}
