//! The workbench: fields on one side; filters, groups, picture, rows and SQL on the other.

use leptos::prelude::*;

use crate::browser;
use crate::parts::{
    FieldList, FilterChips, Glyph, Icon, ResultPanel, Shelf, SqlPanel, StatusLine, TableNav, TopBar,
};
use crate::state::{Session, Workbench};

/// A table or a statement at work.
#[component]
pub fn BenchPage(
    /// Whether the list of keys is open.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let bench = Workbench::new(session);
    provide_context(bench);
    let fields_are_open = RwSignal::new(false);
    let has_fields =
        Memo::new(move |_| session.location().view.table().is_some() && bench.manifest_failure().is_none());
    browser::on_key(move |event| match event.key().as_str() {
        // The dialog closes.
        "Escape" if browser::is_in_dialog() => {}
        "Escape" if fields_are_open.get_untracked() => fields_are_open.set(false),
        "Escape" => bench.run.cancel(),
        "Enter" if (event.ctrl_key() || event.meta_key()) && !event.default_prevented() => bench.run_draft(),
        "e" if !browser::is_typing()
            && !browser::is_in_dialog()
            && !event.ctrl_key()
            && !event.meta_key() =>
        {
            bench.sql_is_open.update(|is_open| *is_open = !*is_open);
        }
        _ => {}
    });
    view! {
        <TopBar shortcuts=shortcuts bench=Some(bench) />
        <main class="bench" class:has-open-fields=move || fields_are_open.get()>
            <aside class="side" aria-label="Fields">
                <Show when=move || has_fields.get() fallback=|| view! { <TableNav /> }>
                    <FieldList />
                </Show>
            </aside>
            <div class="side-backdrop" on:click=move |_| fields_are_open.set(false)></div>
            <div class="work">
                <div class="work-head">
                    <button
                        type="button"
                        class="button narrow-only"
                        aria-expanded=move || fields_are_open.get().to_string()
                        on:click=move |_| fields_are_open.update(|is_open| *is_open = !*is_open)
                    >
                        <Icon glyph=Glyph::Fields />
                        "Fields"
                    </button>
                    <Show when=move || !bench.is_free_sql() && bench.manifest_failure().is_none()>
                        <Shelf />
                        <button
                            type="button"
                            class="button"
                            class:is-on=move || bench.sql_is_open.get()
                            aria-pressed=move || bench.sql_is_open.get().to_string()
                            title="Show or hide the SQL (e)"
                            data-testid="toggle-sql"
                            on:click=move |_| bench.sql_is_open.update(|is_open| *is_open = !*is_open)
                        >
                            <Icon glyph=Glyph::Code />
                            "SQL"
                        </button>
                    </Show>
                </div>
                <FilterChips />
                <Show when=move || bench.sql_is_open.get() || bench.is_free_sql()>
                    <SqlPanel />
                </Show>
                <ResultPanel />
                <StatusLine />
            </div>
        </main>
    }
}
