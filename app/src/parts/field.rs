//! One field: its name and type, and when it is open its values or histogram.

use catalog::{Column, ColumnType, Role};
use leptos::prelude::*;
use protocol::slice::{Function, Measure};

use super::facet::Facet;
use super::histogram::FieldHistogram;
use super::{Glyph, Icon};
use crate::format;
use crate::state::{Workbench, edit, input_kind};

/// How a field's values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Picture {
    Values,
    Histogram,
    None,
}

impl Picture {
    fn of(column: &Column) -> Self {
        match (&column.column_type, column.role) {
            (ColumnType::Other(_) | ColumnType::Binary, _) => Self::None,
            (_, Role::Dimension) => Self::Values,
            (column_type, _) if input_kind(column_type).is_some() => Self::Histogram,
            _ => Self::Values,
        }
    }
}

/// A field of the list.
#[component]
pub fn Field(column: Column) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let name = column.name.clone();
    let is_open = Memo::new({
        let name = name.clone();
        move |_| bench.expanded.with(|expanded| expanded.contains(&name))
    });
    let is_filtered = Memo::new({
        let name = name.clone();
        move |_| bench.filters().iter().any(|filter| filter.column() == name)
    });
    let toggle = {
        let name = name.clone();
        move |_| {
            bench.expanded.update(|expanded| {
                if !expanded.remove(&name) {
                    expanded.insert(name.clone());
                }
            });
        }
    };
    let picture = Picture::of(&column);
    let chevron = Signal::derive(move || {
        if is_open.get() {
            Glyph::ChevronDown
        } else {
            Glyph::ChevronRight
        }
    });
    let title = column
        .description
        .clone()
        .unwrap_or_else(|| column.column_type.to_string());
    let body_id = format!("field-body-{}", column.field_id);
    view! {
        <li class="field" class:is-open=is_open class:is-filtered=is_filtered>
            <div class="field-head">
                <button
                    type="button"
                    class="field-name"
                    data-testid=format!("field-{name}")
                    aria-expanded=move || is_open.get().to_string()
                    aria-controls=body_id.clone()
                    title=title
                    on:click=toggle
                >
                    <Icon glyph=chevron />
                    <span class="field-type" title=column.column_type.to_string()>
                        <Icon glyph=Glyph::of_type(&column.column_type) />
                    </span>
                    <span class="field-label">{name.clone()}</span>
                    <span class="field-hint">{summary(&column)}</span>
                </button>
                <FieldActions column=column.clone() />
            </div>
            <Show when=move || is_open.get()>
                <div class="field-body" id=body_id.clone()>
                    {match picture {
                        Picture::Values => view! { <Facet column=column.clone() /> }.into_any(),
                        Picture::Histogram => view! { <FieldHistogram column=column.clone() /> }.into_any(),
                        Picture::None => {
                            view! {
                                <p class="note">{format!("Values of type {} are shown in rows only.", column.column_type)}</p>
                            }
                                .into_any()
                        }
                    }}
                </div>
            </Show>
        </li>
    }
}

/// What is known of a field in a word or two: its distinct values, or its type.
fn summary(column: &Column) -> String {
    match (column.role, column.statistics.distinct_count) {
        (Role::Dimension, Some(distinct)) => format::compact(distinct),
        _ => column.column_type.to_string(),
    }
}

/// Puts the field into the rows or the measures.
#[component]
fn FieldActions(column: Column) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let is_measurable = column.column_type.is_numeric();
    let measure = Measure {
        function: Function::Avg,
        column: Some(column.name.clone()),
    };
    let group_label = format!("Group by {}", column.name);
    let measure_label = format!("Average {}", column.name);
    let group = move |_| bench.gesture(|slice| edit::add_grouping(slice, &column));
    let add_measure = move |_| bench.gesture(|slice| edit::add_measure(slice, measure.clone()));
    view! {
        <span class="field-actions">
            <button type="button" class="button is-bare" title=group_label.clone() aria-label=group_label on:click=group>
                <Icon glyph=Glyph::Group />
            </button>
            {is_measurable
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button is-bare"
                            title=measure_label.clone()
                            aria-label=measure_label
                            on:click=add_measure
                        >
                            <Icon glyph=Glyph::Sigma />
                        </button>
                    }
                })}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use catalog::ColumnStatistics;

    use super::*;

    #[test]
    fn identifiers_have_values_and_measures_a_histogram() {
        let column = |column_type: ColumnType, role: Role| Column {
            field_id: 1,
            name: "c".to_owned(),
            original_name: None,
            column_type,
            nullable: false,
            role,
            description: None,
            statistics: ColumnStatistics::default(),
        };
        let int = ColumnType::Int { bits: 64 };
        assert_eq!(
            Picture::of(&column(int.clone(), Role::Dimension)),
            Picture::Values
        );
        assert_eq!(Picture::of(&column(int, Role::Measure)), Picture::Histogram);
        assert_eq!(
            Picture::of(&column(ColumnType::Date, Role::Time)),
            Picture::Histogram
        );
        assert_eq!(
            Picture::of(&column(ColumnType::Time, Role::Measure)),
            Picture::Values
        );
        let list = ColumnType::Other("List(Int64)".to_owned());
        assert_eq!(Picture::of(&column(list, Role::Dimension)), Picture::None);
    }
}
