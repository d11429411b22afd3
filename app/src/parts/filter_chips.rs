//! The filters that hold, each with a way to take it away.

use catalog::{Column, ColumnType};
use leptos::prelude::*;
use protocol::slice::Filter;

use super::{Glyph, Icon};
use crate::format;
use crate::state::{Load, Workbench, matching_rows};

/// Values that a chip names before it counts the rest.
const NAMED_VALUES: usize = 3;

/// A filter in words: `is ATL, ORD`, `2001-03-01 until 2001-05-01`.
fn in_words(filter: &Filter, column_type: &ColumnType) -> String {
    match filter {
        Filter::Values { values, exclude, .. } => {
            let mut named: Vec<String> = values
                .iter()
                .take(NAMED_VALUES)
                .map(|value| format::value(value, column_type))
                .collect();
            if values.len() > NAMED_VALUES {
                named.push(format!("{} more", values.len() - NAMED_VALUES));
            }
            format!("{} {}", if *exclude { "is not" } else { "is" }, named.join(", "))
        }
        Filter::Range { from, to, closed, .. } => {
            let text = |bound: &catalog::Scalar| format::bound(bound, column_type);
            match (from, to) {
                (Some(from), Some(to)) if *closed => format!("{} to {}", text(from), text(to)),
                (Some(from), Some(to)) => format!("{} until {}", text(from), text(to)),
                (Some(from), None) => format!("from {}", text(from)),
                (None, Some(to)) if *closed => format!("up to {}", text(to)),
                (None, Some(to)) => format!("below {}", text(to)),
                (None, None) => "anything".to_owned(),
            }
        }
        Filter::Contains { text, .. } => format!("contains “{text}”"),
    }
}

/// The filters as chips.
#[component]
pub fn FilterChips() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let filters = Memo::new(move |_| bench.filters());
    let matching = matching_rows(bench);
    let matching_in_words = move || match matching.load.get() {
        Load::Ready(Some(1)) => Some("1 row matches".to_owned()),
        Load::Ready(Some(rows)) => Some(format!("{} match", format::plural(rows, "row"))),
        _ => None,
    };
    let type_of = move |name: &str| {
        let column = bench
            .columns()
            .into_iter()
            .find(|column: &Column| column.name == name);
        column.map_or(ColumnType::String, |column| column.column_type)
    };
    view! {
        <Show when=move || !filters.with(Vec::is_empty)>
            <ul class="chips" aria-label="Filters">
                {move || {
                    filters
                        .get()
                        .into_iter()
                        .map(|filter| {
                            let column = filter.column().to_owned();
                            let words = in_words(&filter, &type_of(&column));
                            let label = format!("Remove filter: {column} {words}");
                            view! {
                                <li class="chip" data-testid="filter-chip">
                                    <span class="chip-field">{column.clone()}</span>
                                    <span class="chip-words">{words}</span>
                                    <button
                                        type="button"
                                        class="chip-remove"
                                        aria-label=label.clone()
                                        title=label
                                        on:click=move |_| bench.gesture(|slice| slice.clear_filter(&column))
                                    >
                                        <Icon glyph=Glyph::Close />
                                    </button>
                                </li>
                            }
                        })
                        .collect_view()
                }}
                <li>
                    <button
                        type="button"
                        class="link-button"
                        data-testid="clear-filters"
                        on:click=move |_| bench.gesture(|slice| slice.filters.clear())
                    >
                        "Clear all"
                    </button>
                </li>
                <li class="chips-note" class:is-busy=move || matching.is_busy.get() data-testid="matching-rows">
                    {matching_in_words}
                </li>
            </ul>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use catalog::Scalar;

    use super::*;

    #[test]
    fn chips_say_what_holds() {
        let values = |values: &[&str], exclude| Filter::Values {
            column: "origin".to_owned(),
            values: values.iter().copied().map(Scalar::from).collect(),
            exclude,
        };
        let range = |from: Option<i64>, to: Option<i64>, closed| Filter::Range {
            column: "delay".to_owned(),
            from: from.map(Scalar::Integer),
            to: to.map(Scalar::Integer),
            closed,
        };
        let int = ColumnType::Int { bits: 16 };
        assert_eq!(in_words(&values(&["ATL"], false), &ColumnType::String), "is ATL");
        assert_eq!(
            in_words(&values(&["A", "B", "C", "D", "E"], true), &ColumnType::String),
            "is not A, B, C, 2 more"
        );
        assert_eq!(in_words(&range(Some(5), Some(10), false), &int), "5 until 10");
        assert_eq!(in_words(&range(None, Some(10), true), &int), "up to 10");
    }
}
