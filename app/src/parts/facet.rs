//! A field's most frequent values: click keeps one, alt-click or the button beside it excludes one.

use catalog::{Column, Scalar, ValueCount};
use leptos::prelude::*;
use protocol::slice::Filter;

use super::{ErrorPanel, Glyph, Icon};
use crate::format;
use crate::state::{DEFAULT_VALUES, Load, Workbench, facet_values};

/// Values that "more" shows.
const MORE_VALUES: u32 = 100;

/// Whether a value is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    Free,
    Kept,
    Excluded,
}

impl Pick {
    fn of(filter: Option<&Filter>, value: &Scalar) -> Self {
        match filter {
            Some(Filter::Values { values, exclude, .. }) if values.contains(value) => {
                if *exclude {
                    Self::Excluded
                } else {
                    Self::Kept
                }
            }
            _ => Self::Free,
        }
    }
}

/// A row of the list; values that are filtered are shown also when they are not among the most frequent.
#[derive(Debug, Clone, PartialEq)]
struct FacetRow {
    value: Scalar,
    count: Option<u64>,
    share_of_largest: f64,
}

fn facet_rows(values: &[ValueCount], filter: Option<&Filter>, limit: usize) -> Vec<FacetRow> {
    let largest = values.iter().map(|value| value.count).max().unwrap_or(0).max(1);
    #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
    let row = |known: &ValueCount| FacetRow {
        value: known.value.clone(),
        count: Some(known.count),
        share_of_largest: known.count as f64 / largest as f64,
    };
    let mut rows: Vec<FacetRow> = values.iter().take(limit).map(row).collect();
    if let Some(Filter::Values { values: picked, .. }) = filter {
        for value in picked {
            if !rows.iter().any(|row| row.value == *value) {
                let known = values.iter().find(|known| known.value == *value);
                let unknown = FacetRow {
                    value: value.clone(),
                    count: None,
                    share_of_largest: 0.0,
                };
                rows.push(known.map_or(unknown, row));
            }
        }
    }
    rows
}

/// The most frequent values of a field, under the filters on other fields.
#[component]
pub fn Facet(column: Column) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let limit = RwSignal::new(u32::try_from(DEFAULT_VALUES).unwrap_or(u32::MAX));
    let counts = facet_values(bench, &column, limit.into());
    let column = StoredValue::new(column);
    let filter = Memo::new(move |_| {
        let slice = bench.slice()?;
        column.with_value(|column| slice.filter(&column.name).cloned())
    });
    let rows = move || {
        counts.load.with(|load| match load {
            Load::Ready(values) => facet_rows(values, filter.get().as_ref(), limit.get() as usize),
            _ => Vec::new(),
        })
    };
    let is_loading = move || counts.load.with(|load| *load == Load::Loading);
    let is_empty = move || {
        counts
            .load
            .with(|load| matches!(load, Load::Ready(values) if values.is_empty()))
    };
    let has_more = move || {
        counts
            .load
            .with(|load| matches!(load, Load::Ready(values) if values.len() >= limit.get() as usize))
            && limit.get() < MORE_VALUES
    };
    let failure = move || {
        counts.load.with(|load| match load {
            Load::Failed(failure) => Some(failure.clone()),
            _ => None,
        })
    };
    view! {
        <div class="facet" class:is-busy=move || counts.is_busy.get()>
            <ul class="facet-values">
                <For each=rows key=|row| (row.value.to_string(), row.count) let(row)>
                    <FacetValue column=column row=row filter=filter />
                </For>
            </ul>
            <Show when=is_loading>
                <div class="skeleton-list is-short" role="status" aria-label="Loading values">
                    <div class="skeleton"></div>
                    <div class="skeleton"></div>
                    <div class="skeleton"></div>
                </div>
            </Show>
            <Show when=is_empty>
                <p class="note">"No values under these filters."</p>
            </Show>
            {move || failure().map(|failure| view! { <ErrorPanel failure=failure on_retry=move |()| counts.retry() /> })}
            <Show when=has_more>
                <button type="button" class="link-button" on:click=move |_| limit.set(MORE_VALUES)>
                    "More values"
                </button>
            </Show>
            {column.with_value(|column| column.column_type == catalog::ColumnType::String)
                .then(|| view! { <ContainsInput column=column filter=filter /> })}
        </div>
    }
}

#[component]
fn FacetValue(column: StoredValue<Column>, row: FacetRow, filter: Memo<Option<Filter>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let value = StoredValue::new(row.value.clone());
    let pick = Memo::new(move |_| value.with_value(|value| Pick::of(filter.get().as_ref(), value)));
    let (field, label) = column.with_value(|column| {
        (
            column.name.clone(),
            format::value(&row.value, &column.column_type),
        )
    });
    let toggle = move |exclude: bool| {
        let (field, value) = (column.with_value(|column| column.name.clone()), value.get_value());
        bench.gesture(|slice| slice.toggle_value(&field, &value, exclude));
    };
    let state_in_words = move || match pick.get() {
        Pick::Free => "",
        Pick::Kept => "kept",
        Pick::Excluded => "excluded",
    };
    let exclude_label = format!("Exclude {label}");
    let title = format!("{label}\nClick: keep · Alt-click: exclude");
    view! {
        <li
            class="facet-row"
            class:is-kept=move || pick.get() == Pick::Kept
            class:is-excluded=move || pick.get() == Pick::Excluded
        >
            <button
                type="button"
                class="facet-value"
                data-testid=format!("facet-{field}-{}", row.value)
                aria-pressed=move || (pick.get() != Pick::Free).to_string()
                title=title
                on:click=move |event| toggle(event.alt_key() || pick.get_untracked() == Pick::Excluded)
            >
                <span class="facet-bar" style=("--share", format!("{:.4}", row.share_of_largest))></span>
                <span class="facet-label" class:is-null=row.value.is_null()>
                    {label}
                </span>
                <span class="visually-hidden">{state_in_words}</span>
                <span class="facet-count">{row.count.map_or_else(|| "–".to_owned(), format::count)}</span>
            </button>
            <button
                type="button"
                class="button is-bare facet-exclude"
                aria-label=exclude_label.clone()
                title=exclude_label
                on:click=move |_| toggle(true)
            >
                <Icon glyph=Glyph::Exclude />
            </button>
        </li>
    }
}

/// Filters by a part of the text.
#[component]
fn ContainsInput(column: StoredValue<Column>, filter: Memo<Option<Filter>>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let text = move || match filter.get() {
        Some(Filter::Contains { text, .. }) => text,
        _ => String::new(),
    };
    let apply = move |event: leptos::ev::Event| {
        let column = column.with_value(|column| column.name.clone());
        let text = event_target_value(&event).trim().to_owned();
        bench.gesture(|slice| slice.set_filter(Filter::Contains { column, text }));
    };
    view! {
        <input
            type="search"
            class="input facet-contains"
            placeholder="contains…"
            aria-label=column.with_value(|column| format!("{} contains", column.name))
            prop:value=text
            on:change=apply
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filtered_value_stays_in_sight() {
        let values = [("a", 4), ("b", 2), ("c", 1)].map(|(value, count)| ValueCount {
            value: Scalar::from(value),
            count,
        });
        let filter = Filter::Values {
            column: "f".to_owned(),
            values: vec![Scalar::from("c"), Scalar::from("z")],
            exclude: false,
        };
        let rows = facet_rows(&values, Some(&filter), 2);
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.value.to_string(), row.count))
            .collect();
        let expected = [("a", Some(4)), ("b", Some(2)), ("c", Some(1)), ("z", None)];
        assert_eq!(shown, expected.map(|(value, count)| (value.to_owned(), count)));
        assert!((rows[1].share_of_largest - 0.5).abs() < f64::EPSILON);
        assert_eq!(Pick::of(Some(&filter), &Scalar::from("c")), Pick::Kept);
        assert_eq!(Pick::of(Some(&filter), &Scalar::from("a")), Pick::Free);
    }
}
