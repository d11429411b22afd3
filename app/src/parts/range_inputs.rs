//! The range of a field as text: exact bounds, and a way without a pointer.

use catalog::{Column, Scalar};
use leptos::prelude::*;
use protocol::slice::Filter;

use crate::state::{Workbench, bound_of_text, input_kind, text_of_bound};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    From,
    To,
}

/// The filter after one end was typed anew. An end typed by a person is part of the range.
fn retyped(column: &Column, current: Option<&Filter>, end: End, typed: Option<Scalar>) -> Filter {
    let (mut from, mut to, mut closed) = match current {
        Some(Filter::Range { from, to, closed, .. }) => (from.clone(), to.clone(), *closed),
        _ => (None, None, true),
    };
    match end {
        End::From => from = typed,
        End::To => {
            to = typed;
            closed = true;
        }
    }
    Filter::Range {
        column: column.name.clone(),
        from,
        to,
        closed,
    }
}

/// Two inputs, from and to.
#[component]
pub fn RangeInputs(column: Column) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let kind = input_kind(&column.column_type);
    let name = column.name.clone();
    let column = StoredValue::new(column);
    let range = Memo::new(move |_| {
        let slice = bench.slice()?;
        column.with_value(|column| slice.filter(&column.name).cloned())
    });
    let text = move |end: End| match (range.get(), end) {
        (Some(Filter::Range { from, .. }), End::From) => text_of_bound(from.as_ref()),
        (Some(Filter::Range { to, .. }), End::To) => text_of_bound(to.as_ref()),
        _ => String::new(),
    };
    let change = move |end: End, typed: &str| {
        let filter = column.with_value(|column| {
            let typed = bound_of_text(typed, &column.column_type);
            retyped(column, range.get_untracked().as_ref(), end, typed)
        });
        bench.gesture(|slice| slice.set_filter(filter));
    };
    kind.map(|kind| {
        let input = move |end: End, label: String, placeholder: &'static str| {
            view! {
                <input
                    class="input"
                    type=kind.attribute()
                    step="any"
                    aria-label=label
                    placeholder=placeholder
                    prop:value=move || text(end)
                    on:change=move |event| change(end, &event_target_value(&event))
                />
            }
        };
        let is_until = move || {
            matches!(
                range.get(),
                Some(Filter::Range {
                    closed: false,
                    to: Some(_),
                    ..
                })
            )
        };
        view! {
            <div class="range-inputs" class:is-wide=kind.attribute() != "number">
                {input(End::From, format!("{name} from"), "from")}
                <span class="range-dash">{move || if is_until() { "until" } else { "to" }}</span>
                {input(End::To, format!("{name} to"), "to")}
            </div>
        }
    })
}

#[cfg(test)]
mod tests {
    use catalog::{ColumnStatistics, ColumnType, Role};

    use super::*;

    #[test]
    fn the_end_that_was_not_typed_stays_as_it_was() {
        let column = Column {
            field_id: 1,
            name: "delay".to_owned(),
            original_name: None,
            column_type: ColumnType::Int { bits: 16 },
            nullable: false,
            role: Role::Measure,
            description: None,
            statistics: ColumnStatistics::default(),
        };
        let range = |from: Option<i64>, to: Option<i64>, closed| Filter::Range {
            column: "delay".to_owned(),
            from: from.map(Scalar::Integer),
            to: to.map(Scalar::Integer),
            closed,
        };
        let brushed = range(Some(0), Some(10), false);
        let from = retyped(&column, Some(&brushed), End::From, Some(Scalar::Integer(5)));
        assert_eq!(from, range(Some(5), Some(10), false));
        let to = retyped(&column, Some(&brushed), End::To, Some(Scalar::Integer(20)));
        assert_eq!(to, range(Some(0), Some(20), true), "20 was typed, so 20 is in");
        assert_eq!(retyped(&column, None, End::To, None), range(None, None, true));
    }
}
