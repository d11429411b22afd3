//! What is grouped, measured, sorted and drawn.

use leptos::prelude::*;
use protocol::slice::Order;

use super::shelf_lists::{Groups, Measures};
use super::{Glyph, Icon};
use crate::state::{Picture, Workbench, edit};

/// Most rows that the page asks for at once.
const MAX_LIMIT: u32 = 100_000;

/// The builder of a slice.
#[component]
pub fn Shelf() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    view! {
        <div class="shelf" role="group" aria-label="Group, measure and sort">
            <Groups />
            <Measures />
            <Sort bench=bench />
            <Limit bench=bench />
            <PictureMenu bench=bench />
        </div>
    }
}

#[component]
fn Sort(bench: Workbench) -> impl IntoView {
    let labels = Memo::new(move |_| match bench.slice() {
        Some(slice) if slice.group_by.is_empty() && slice.measures.is_empty() => {
            bench.columns().into_iter().map(|column| column.name).collect()
        }
        Some(slice) => edit::labels(&slice),
        None => Vec::new(),
    });
    let order = Memo::new(move |_| bench.slice().and_then(|slice| slice.order));
    let choose = move |event: leptos::ev::Event| {
        let label = event_target_value(&event);
        bench.gesture(|slice| {
            slice.order = None;
            if !label.is_empty() {
                edit::toggle_order(slice, &label);
            }
        });
    };
    let is_chosen =
        move |label: &str| order.with(|order| order.as_ref().is_some_and(|order| order.column == label));
    let is_descending = move || order.with(|order| matches!(order, Some(Order { descending: true, .. })));
    let glyph = Signal::derive(move || {
        if is_descending() {
            Glyph::Descending
        } else {
            Glyph::Ascending
        }
    });
    view! {
        <div class="shelf-group">
            <label class="shelf-label" for="shelf-sort">
                "Sort"
            </label>
            <select id="shelf-sort" class="select" on:change=choose>
                <option value="" selected=move || order.with(Option::is_none)>
                    "default"
                </option>
                {move || {
                    labels
                        .get()
                        .into_iter()
                        .map(|label| {
                            let chosen = is_chosen(&label);
                            let shown = label.clone();
                            view! {
                                <option value=label selected=chosen>
                                    {shown}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
            <Show when=move || order.with(Option::is_some)>
                <button
                    type="button"
                    class="button is-bare"
                    aria-label=move || if is_descending() { "Sorted descending" } else { "Sorted ascending" }
                    title=move || if is_descending() { "Largest first" } else { "Smallest first" }
                    on:click=move |_| {
                        bench
                            .gesture(|slice| {
                                if let Some(order) = &mut slice.order {
                                    order.descending = !order.descending;
                                }
                            });
                    }
                >
                    <Icon glyph=glyph />
                </button>
            </Show>
        </div>
    }
}

#[component]
fn Limit(bench: Workbench) -> impl IntoView {
    let limit = move || {
        bench
            .slice()
            .map(|slice| slice.limit.to_string())
            .unwrap_or_default()
    };
    let change = move |event: leptos::ev::Event| {
        if let Ok(limit) = event_target_value(&event).parse::<u32>() {
            bench.gesture(|slice| slice.limit = limit.clamp(1, MAX_LIMIT));
        }
    };
    view! {
        <div class="shelf-group">
            <label class="shelf-label" for="shelf-limit">
                "Limit"
            </label>
            <input
                id="shelf-limit"
                class="input is-number"
                type="number"
                min="1"
                max=MAX_LIMIT.to_string()
                prop:value=limit
                on:change=change
            />
        </div>
    }
}

/// How the result is drawn; also beside a free statement.
#[component]
pub fn PictureMenu(bench: Workbench) -> impl IntoView {
    view! {
        <div class="shelf-group">
            <label class="shelf-label" for="shelf-picture">
                "Chart"
            </label>
            <select
                id="shelf-picture"
                class="select"
                on:change=move |event| bench.session.set_picture(Picture::of_name(&event_target_value(&event)))
            >
                {Picture::ALL
                    .map(|picture| {
                        view! {
                            <option value=picture.name() selected=move || bench.picture() == picture>
                                {picture.name()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}
