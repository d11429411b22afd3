//! The groups and the measures of a slice, each with menus in its place.

use leptos::prelude::*;
use protocol::slice::{Function, Grain, Grouping, Measure};

use super::{Glyph, Icon};
use crate::browser;
use crate::state::{Workbench, edit};

/// The columns to group by.
#[component]
pub fn Groups() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    // A link's groups are known before the columns are.
    let has_columns = Memo::new(move |_| bench.manifest().is_some());
    let groups = Memo::new(move |_| bench.slice().map(|slice| slice.group_by).unwrap_or_default());
    let add = move |event: leptos::ev::Event| {
        let name = event_target_value(&event);
        let column = bench.column_untracked(&name);
        browser::choose_first(&event);
        if let Some(column) = column {
            bench.gesture(|slice| edit::add_grouping(slice, &column));
        }
    };
    view! {
        <div class="shelf-group">
            <span class="shelf-label">"Rows"</span>
            {move || {
                has_columns.get();
                groups
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(index, grouping)| view! { <Group index=index grouping=grouping /> })
                    .collect_view()
            }}
            <select class="select is-add" aria-label="Group by a field" data-testid="add-group" on:change=add>
                <option value="">"+ field"</option>
                {move || bench.columns().into_iter().map(|column| option(&column.name, false)).collect_view()}
            </select>
        </div>
    }
}

#[component]
fn Group(index: usize, grouping: Grouping) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let set =
        move |grouping: Option<Grouping>| bench.gesture(|slice| edit::set_grouping(slice, index, grouping));
    let column = grouping.column.clone();
    let is_temporal = bench
        .column_untracked(&column)
        .is_some_and(|column| column.column_type.is_temporal());
    let grain = grouping.grain;
    let change = {
        let column = column.clone();
        move |event: leptos::ev::Event| {
            let name = event_target_value(&event);
            let grain = Grain::ALL.into_iter().find(|grain| grain.name() == name);
            set(Some(Grouping {
                column: column.clone(),
                grain,
            }));
        }
    };
    let remove_label = format!("Do not group by {column}");
    view! {
        <span class="pill">
            <span class="pill-name">{column.clone()}</span>
            {is_temporal
                .then(|| {
                    view! {
                        <select class="select is-inline" aria-label=format!("Grain of {column}") on:change=change>
                            {Grain::ALL.map(|known| option(known.name(), Some(known) == grain)).collect_view()}
                            <option value="" selected=grain.is_none()>
                                "exact"
                            </option>
                        </select>
                    }
                })}
            <button
                type="button"
                class="chip-remove"
                aria-label=remove_label.clone()
                title=remove_label
                on:click=move |_| set(None)
            >
                <Icon glyph=Glyph::Close />
            </button>
        </span>
    }
}

/// What is computed for each group.
#[component]
pub fn Measures() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let has_columns = Memo::new(move |_| bench.manifest().is_some());
    let measures = Memo::new(move |_| bench.slice().map(|slice| slice.measures).unwrap_or_default());
    let add = move |event: leptos::ev::Event| {
        let name = event_target_value(&event);
        browser::choose_first(&event);
        let measure = match name.as_str() {
            "" => return,
            ROWS => Measure::count(),
            _ => {
                let is_numeric = bench
                    .column_untracked(&name)
                    .is_some_and(|column| column.column_type.is_numeric());
                let function = if is_numeric {
                    Function::Avg
                } else {
                    Function::Distinct
                };
                Measure {
                    function,
                    column: Some(name),
                }
            }
        };
        bench.gesture(|slice| edit::add_measure(slice, measure));
    };
    view! {
        <div class="shelf-group">
            <span class="shelf-label">"Measures"</span>
            {move || {
                has_columns.get();
                measures
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(index, measure)| view! { <MeasurePill index=index measure=measure /> })
                    .collect_view()
            }}
            <select class="select is-add" aria-label="Add a measure" data-testid="add-measure" on:change=add>
                <option value="">"+ measure"</option>
                <option value=ROWS>"count of rows"</option>
                {move || bench.columns().into_iter().map(|column| option(&column.name, false)).collect_view()}
            </select>
        </div>
    }
}

/// Stands for the count of rows in a menu of columns.
const ROWS: &str = "*";

#[component]
fn MeasurePill(index: usize, measure: Measure) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let set = move |measure: Option<Measure>| bench.gesture(|slice| edit::set_measure(slice, index, measure));
    let label = measure.label();
    let function = measure.function;
    let menu = measure.column.map(|name| {
        let functions = bench
            .column_untracked(&name)
            .map(|column| edit::functions_for(&column))
            .unwrap_or_default();
        let column = Some(name.clone());
        let change = move |event: leptos::ev::Event| {
            let chosen = event_target_value(&event);
            if let Some(function) = Function::ALL.into_iter().find(|known| known.name() == chosen) {
                set(Some(Measure {
                    function,
                    column: column.clone(),
                }));
            }
        };
        view! {
            <select class="select is-inline" aria-label=format!("Function of {name}") on:change=change>
                {functions.into_iter().map(|known| option(known.name(), known == function)).collect_view()}
            </select>
            <span class="pill-name">{name}</span>
        }
    });
    let is_plain = menu.is_none();
    let remove_label = format!("Do not measure {label}");
    view! {
        <span class="pill is-measure">
            {menu} {is_plain.then(|| view! { <span class="pill-name">{label}</span> })}
            <button
                type="button"
                class="chip-remove"
                aria-label=remove_label.clone()
                title=remove_label
                on:click=move |_| set(None)
            >
                <Icon glyph=Glyph::Close />
            </button>
        </span>
    }
}

fn option(name: &str, is_selected: bool) -> impl IntoView + use<> {
    view! {
        <option value=name.to_owned() selected=is_selected>
            {name.to_owned()}
        </option>
    }
}
