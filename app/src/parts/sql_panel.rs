//! The statement: of the slice, or one's own.

use leptos::prelude::*;

use super::shelf::PictureMenu;
use super::{Glyph, Icon};
use crate::state::free_sql::place_of_mistake;
use crate::state::{View, Workbench};
use crate::widgets::{EditorError, EditorSchema, SqlEditor};

/// The SQL with its editor. What is edited and run becomes a free statement.
#[component]
pub fn SqlPanel() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let is_edited = Memo::new(move |_| {
        let draft = bench.draft.get();
        bench.statement().is_none_or(|statement| statement.sql != draft)
    });
    let schema = Signal::derive(move || {
        let columns: Vec<String> = bench.columns().into_iter().map(|column| column.name).collect();
        let table = bench.manifest().map(|manifest| manifest.table.clone());
        let names = bench.session.table_names().into_iter();
        names
            .map(|name| {
                let known = if Some(&name) == table.as_ref() {
                    columns.clone()
                } else {
                    Vec::new()
                };
                (name, known)
            })
            .collect::<EditorSchema>()
    });
    // A mistake is in the statement that ran: it is not where it was once the text has changed.
    let mistake = Signal::derive(move || {
        let failure = bench.run.failure().filter(|_| !is_edited.get())?;
        let (line, column) = place_of_mistake(&failure)?;
        Some(EditorError {
            message: failure.message,
            line,
            column,
        })
    });
    let origin = move || match (bench.is_free_sql(), is_edited.get()) {
        (false, false) => "SQL of this slice",
        (false, true) => "edited: running it leaves the slice",
        (true, false) => "your SQL",
        (true, true) => "your SQL, edited",
    };
    view! {
        <section class="sql-panel" aria-label="SQL">
            <div class="sql-head">
                <span class="sql-origin">{origin}</span>
                {move || {
                    bench
                        .slice_before()
                        .map(|slice| {
                            view! {
                                <button
                                    type="button"
                                    class="button is-small"
                                    data-testid="back-to-slice"
                                    on:click=move |_| bench.session.view(View::Slice(slice.clone()))
                                >
                                    <Icon glyph=Glyph::Back />
                                    "Back to slice"
                                </button>
                            }
                        })
                }}
                <div class="sql-actions">
                    <Show when=move || bench.is_free_sql()>
                        <PictureMenu bench=bench />
                    </Show>
                    <button
                        type="button"
                        class="button is-small"
                        class:is-on=move || bench.plan_is_open.get()
                        aria-pressed=move || bench.plan_is_open.get().to_string()
                        title="Shows what the operators of the plan did, and where the time went"
                        data-testid="toggle-plan"
                        on:click=move |_| bench.toggle_plan()
                    >
                        <Icon glyph=Glyph::Plan />
                        "What each worker did"
                    </button>
                    <button
                        type="button"
                        class="button is-primary is-small"
                        title="Run (Ctrl+Enter)"
                        data-testid="run-query"
                        on:click=move |_| bench.run_draft()
                    >
                        <Icon glyph=Glyph::Play />
                        "Run"
                    </button>
                </div>
            </div>
            <div class="sql-editor-place">
                <SqlEditor
                    value=bench.draft
                    on_change=Callback::new(move |text| bench.draft.set(text))
                    on_run=Callback::new(move |()| bench.run_draft())
                    schema=schema
                    error=mistake
                />
            </div>
        </section>
    }
}
