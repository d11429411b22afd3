//! A drawing by ECharts, which loads when the first is wanted.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::event::{self, ChartEvent};
use super::form::Form;
use super::input::chart_input;
use super::{ChartBrush, ChartPick, ChartSpec};
use crate::result::ResultTable;
use crate::widgets::lazy::{ChartHandle, create_chart};

/// Whether there is something to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loading {
    Pending,
    Done,
    Failed,
}

/// Bars, columns, lines or areas.
#[component]
pub fn Plot(
    table: Signal<Arc<ResultTable>>,
    spec: Signal<ChartSpec>,
    form: Memo<Form>,
    on_pick: Callback<ChartPick>,
    on_brush: Callback<ChartBrush>,
) -> impl IntoView {
    let container = NodeRef::<html::Div>::new();
    let loading = RwSignal::new(Loading::Pending);
    let note = RwSignal::new(String::new());
    let attempt = RwSignal::new(0_u32);
    let handle = StoredValue::new_local(None::<ChartHandle>);
    let on_event = StoredValue::new_local(Closure::<dyn Fn(JsValue)>::new(move |value: JsValue| {
        match serde_wasm_bindgen::from_value(value) {
            Ok(ChartEvent::Pick {
                row,
                axis_only,
                exclude,
            }) => {
                let picked = table.with_untracked(|table| {
                    spec.with_untracked(|spec| event::pick(table, spec, row, axis_only, exclude))
                });
                picked.into_iter().for_each(|pick| on_pick.run(pick));
            }
            Ok(ChartEvent::Brush { from, to }) => {
                let brushed = table
                    .with_untracked(|table| spec.with_untracked(|spec| event::brush(table, spec, from, to)));
                brushed.into_iter().for_each(|brush| on_brush.run(brush));
            }
            Ok(ChartEvent::Note { text }) => note.set(text),
            Err(error) => leptos::logging::error!("chart event: {error}"),
        }
    }));
    let draw = move || {
        let input = table.with(|table| spec.with(|spec| chart_input(table, spec, form.get())));
        handle.with_value(|handle| {
            if let (Some(handle), Some(input)) = (handle, input) {
                handle.update(&input);
            }
        });
    };

    Effect::new(move |_| {
        attempt.track();
        let Some(element) = container.get() else { return };
        loading.set(Loading::Pending);
        let callback = on_event.with_value(|closure| closure.as_ref().clone());
        spawn_local(async move {
            match create_chart(&element, &callback).await {
                Ok(created) => {
                    let created: ChartHandle = created.unchecked_into();
                    // The component may have gone while the bundle loaded.
                    if handle.try_with_value(Option::is_some) == Some(false) {
                        handle.set_value(Some(created));
                        loading.set(Loading::Done);
                    } else {
                        created.dispose();
                    }
                }
                Err(error) => {
                    leptos::logging::warn!("The chart bundle did not load: {error:?}");
                    let _ = loading.try_set(Loading::Failed);
                }
            }
        });
    });
    Effect::new(move |_| {
        if loading.get() == Loading::Done {
            draw();
        }
    });
    on_cleanup(move || {
        handle.with_value(|handle| {
            if let Some(handle) = handle {
                handle.dispose();
            }
        });
    });

    view! {
        <div class="chart-plot" role="img" node_ref=container></div>
        <p class="chart-note" role="note">{note}</p>
        <Show when=move || loading.get() == Loading::Failed>
            <div class="chart-message" role="alert">
                <p>"The charts could not be loaded. The result below is complete; the table view works too."</p>
                <button type="button" class="chart-retry" on:click=move |_| attempt.update(|count| *count += 1)>
                    "Try again"
                </button>
            </div>
        </Show>
    }
}
