//! The tables: those of the lake, and those opened from files.

use std::sync::Arc;

use ::catalog::{TableEntry, TableManifest};
use leptos::prelude::*;
use protocol::Slice;

use crate::browser;
use crate::format;
use crate::parts::{ErrorPanel, Glyph, Icon, OpenFileButton, OpenUrlDialog, TopBar};
use crate::state::{FreeSql, Lake, Session, View};

/// Tables from which on a search pays.
const SEARCH_FROM: usize = 9;

/// A table as the list shows it, wherever it comes from.
#[derive(Debug, Clone, PartialEq)]
struct Listed {
    name: String,
    description: Option<String>,
    rows: u64,
    bytes: u64,
    columns: usize,
    /// When it was published; none for files of this tab.
    updated_at: Option<String>,
}

impl Listed {
    fn of_entry(entry: &TableEntry) -> Self {
        Self {
            name: entry.name.clone(),
            description: entry.description.clone(),
            rows: entry.rows,
            bytes: entry.bytes,
            columns: entry.columns as usize,
            updated_at: Some(entry.updated_at.clone()),
        }
    }

    fn of_manifest(manifest: &Arc<TableManifest>) -> Self {
        Self {
            name: manifest.table.clone(),
            description: None,
            rows: manifest.rows,
            bytes: manifest.bytes,
            columns: manifest.columns.len(),
            updated_at: None,
        }
    }

    fn matches(&self, wanted: &str) -> bool {
        let in_description = self
            .description
            .as_ref()
            .is_some_and(|text| text.to_lowercase().contains(wanted));
        self.name.to_lowercase().contains(wanted) || in_description
    }
}

/// The list of tables.
#[component]
pub fn CatalogPage(
    /// Whether the list of keys is open.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let url_dialog = RwSignal::new(false);
    let search = RwSignal::new(String::new());
    let ad_hoc = move || {
        session
            .ad_hoc()
            .iter()
            .map(Listed::of_manifest)
            .collect::<Vec<_>>()
    };
    let of_lake = move || match session.lake() {
        Lake::Open(catalog) => catalog.tables.iter().map(Listed::of_entry).collect(),
        _ => Vec::new(),
    };
    let total = Memo::new(move |_| ad_hoc().len() + of_lake().len());
    let has_many = move || total.get() >= SEARCH_FROM;
    let found = move |tables: Vec<Listed>| {
        let wanted = search.get().to_lowercase();
        tables
            .into_iter()
            .filter(|table| table.matches(&wanted))
            .collect::<Vec<_>>()
    };
    let write_sql = move |_| {
        session.view(View::Sql(FreeSql {
            sql: String::new(),
            table: None,
        }));
    };
    view! {
        <TopBar shortcuts=shortcuts bench=None />
        <main class="page catalog">
            <div class="page-head">
                <LakeTitle />
                <div class="page-actions">
                    <Show when=has_many>
                        <input
                            type="search"
                            class="input"
                            placeholder="Search tables"
                            aria-label="Search tables"
                            prop:value=move || search.get()
                            on:input=move |event| search.set(event_target_value(&event))
                        />
                    </Show>
                    <Show when=move || total.get() != 0>
                        <button type="button" class="button" on:click=write_sql>
                            <Icon glyph=Glyph::Code />
                            "Write SQL"
                        </button>
                    </Show>
                    <button type="button" class="button" on:click=move |_| url_dialog.set(true)>
                        <Icon glyph=Glyph::Link />
                        "Open URL"
                    </button>
                    <OpenFileButton is_primary=true />
                </div>
            </div>
            {move || match session.lake() {
                Lake::Failed(failure) => {
                    view! { <ErrorPanel failure=failure on_retry=move |()| session.open_lake() /> }.into_any()
                }
                Lake::Opening => view! { <Skeletons /> }.into_any(),
                Lake::None | Lake::Open(_) => ().into_any(),
            }}
            <Show when=move || !ad_hoc().is_empty()>
                <h2 class="section-title">"Opened in this tab"</h2>
                <Cards tables=Signal::derive(move || found(ad_hoc())) />
            </Show>
            <Show when=move || !ad_hoc().is_empty() && !of_lake().is_empty()>
                <h2 class="section-title">"In the lake"</h2>
            </Show>
            <div data-testid="table-list">
                <Cards tables=Signal::derive(move || found(of_lake())) />
            </div>
            <Show when=move || total.get() == 0 && matches!(session.lake(), Lake::None | Lake::Open(_))>
                <Welcome />
            </Show>
        </main>
        <OpenUrlDialog is_open=url_dialog />
    }
}

#[component]
fn LakeTitle() -> impl IntoView {
    let session = expect_context::<Session>();
    move || match session.lake() {
        Lake::Open(catalog) => {
            let age = format::age(&catalog.published_at, browser::unix_now_ms());
            let tables = format::plural(catalog.tables.len() as u64, "table");
            view! {
                <div class="page-title">
                    <h1>{catalog.name.clone()}</h1>
                    <p class="note">
                        {tables} {age.map(|age| format!(" · snapshot {age}"))}
                        <span class="snapshot-id" title="Snapshot">
                            {catalog.snapshot_id.chars().take(8).collect::<String>()}
                        </span>
                    </p>
                </div>
            }
            .into_any()
        }
        Lake::None => view! {
            <div class="page-title">
                <h1>"Your files"</h1>
                <p class="note">"This site names no lake. Parquet files open straight from your disk."</p>
            </div>
        }
        .into_any(),
        Lake::Opening | Lake::Failed(_) => view! {
            <div class="page-title">
                <h1>"Catalog"</h1>
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Cards(tables: Signal<Vec<Listed>>) -> impl IntoView {
    view! {
        <ul class="cards">
            <For each=move || tables.get() key=|table| (table.name.clone(), table.rows, table.updated_at.clone()) let(table)>
                <Card table=table />
            </For>
        </ul>
    }
}

#[component]
fn Card(table: Listed) -> impl IntoView {
    let session = expect_context::<Session>();
    let name = table.name.clone();
    let link = crate::state::Location::of(View::Slice(Slice::of(&name))).query_string();
    let age = table
        .updated_at
        .as_deref()
        .and_then(|at| format::age(at, browser::unix_now_ms()));
    let open = {
        let name = name.clone();
        move |event: leptos::ev::MouseEvent| {
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                session.view(View::Slice(session.last_slice(&name)));
            }
        }
    };
    let test_id = format!("table-{name}");
    view! {
        <li>
            <a
                class="card"
                href=link
                data-testid=test_id
                on:click=open
            >
                <span class="card-name">
                    <Icon glyph=Glyph::Table />
                    {name}
                </span>
                <span class="card-description">{table.description}</span>
                <span class="card-figures">
                    <span>{format::plural(table.rows, "row")}</span>
                    <span>{format::bytes(table.bytes)}</span>
                    <span>{format::plural(table.columns as u64, "field")}</span>
                    <span>{age}</span>
                </span>
            </a>
        </li>
    }
}

#[component]
fn Skeletons() -> impl IntoView {
    view! {
        <div class="cards" role="status" aria-label="Loading the catalog">
            {(0..3).map(|_| view! { <div class="card skeleton"></div> }).collect_view()}
        </div>
    }
}

#[component]
fn Welcome() -> impl IntoView {
    view! {
        <section class="welcome">
            <div class="welcome-mark" aria-hidden="true">
                <Icon glyph=Glyph::File />
            </div>
            <h2>"Drop Parquet files here"</h2>
            <p>
                "Slice them in this tab: filter, group, chart, write SQL. Several files of one schema become one table. "
                "Nothing is uploaded, and it works without a network."
            </p>
            <OpenFileButton />
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_by_name_and_description() {
        let table = Listed {
            name: "airport_days".to_owned(),
            description: Some("Delays per airport and Day".to_owned()),
            rows: 1,
            bytes: 1,
            columns: 1,
            updated_at: None,
        };
        assert!(table.matches("airport"));
        assert!(table.matches("per airport and day"));
        assert!(!table.matches("bird"));
    }
}
