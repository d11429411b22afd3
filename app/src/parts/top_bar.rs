//! The bar at the top: where one is, how large and how fresh it is, and what works everywhere.

use leptos::prelude::*;

use super::keep_offline::KeepOffline;
use super::storage_dialog::StorageButton;
use super::{Glyph, Icon};
use crate::browser::{self, Theme};
use crate::format;
use crate::state::{Lake, Session, View, Workbench};

/// The bar of every page. `bench` is the table's on the workbench page.
#[component]
pub fn TopBar(
    /// Whether the list of keys is open.
    shortcuts: RwSignal<bool>,
    /// The table at work.
    #[prop(optional_no_strip)]
    bench: Option<Workbench>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <header class="top-bar">
            <a
                class="brand"
                href="./"
                on:click=move |event| {
                    event.prevent_default();
                    session.view(View::Catalog);
                }
            >
                <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M2.5 9.5h19l-3.2 7.2a3 3 0 01-2.7 1.8H8.4a3 3 0 01-2.7-1.8z"></path>
                    <circle cx="9" cy="13.6" r="1.2"></circle>
                    <circle cx="12.6" cy="15" r="1.5"></circle>
                    <circle cx="15.4" cy="12.8" r="0.9"></circle>
                </svg>
                <span class="brand-name">"Goldpan"</span>
            </a>
            {bench.map(|bench| view! { <Crumbs bench=bench /> })}
            <div class="top-bar-end">
                <OfflineBadge />
                {bench.is_some().then(|| view! { <ShareButton /> })}
                <StorageButton />
                <ThemeButton />
                <button
                    type="button"
                    class="button is-bare"
                    aria-label="Keyboard shortcuts"
                    title="Keyboard shortcuts (?)"
                    on:click=move |_| shortcuts.set(true)
                >
                    <Icon glyph=Glyph::Keyboard />
                </button>
            </div>
        </header>
    }
}

#[component]
fn Crumbs(bench: Workbench) -> impl IntoView {
    let session = bench.session;
    let place = move || match session.location().view {
        View::Slice(slice) => slice.table,
        View::Sql(free) => free.table.unwrap_or_else(|| "SQL".to_owned()),
        View::Catalog | View::Broken(_) => String::new(),
    };
    view! {
        <nav class="crumbs" aria-label="Where you are">
            <a
                href="./"
                on:click=move |event| {
                    event.prevent_default();
                    session.view(View::Catalog);
                }
            >
                "Catalog"
            </a>
            <Icon glyph=Glyph::ChevronRight />
            <h1 class="crumb-here">{place}</h1>
        </nav>
        <KeepOffline />
        <Figures bench=bench />
    }
}

/// Rows, bytes and age of the table.
#[component]
fn Figures(bench: Workbench) -> impl IntoView {
    let session = bench.session;
    let age = move |table: &str| match session.lake() {
        Lake::Open(catalog) => {
            let entry = catalog.table(table)?;
            Some((
                format::age(&entry.updated_at, browser::unix_now_ms())?,
                entry.updated_at.clone(),
            ))
        }
        _ => None,
    };
    move || {
        bench.manifest().map(|manifest| {
            let age = age(&manifest.table);
            view! {
                <ul class="figures" aria-label="Size and freshness">
                    <li data-testid="row-count">{format::plural(manifest.rows, "row")}</li>
                    <li>{format::bytes(manifest.bytes)}</li>
                    {match age {
                        Some((age, at)) => view! { <li title=at>"snapshot "{age}</li> }.into_any(),
                        None => view! { <li>"opened in this tab"</li> }.into_any(),
                    }}
                </ul>
            }
        })
    }
}

/// Says that there is no network: what is cached or opened from the disk still answers.
#[component]
fn OfflineBadge() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <span role="status">
            <Show when=move || session.network.is_gone()>
                <span
                    class="offline-badge"
                    title="The browser has no network. What is cached, kept or opened from the disk still answers."
                    data-testid="offline-badge"
                >
                    "offline"
                </span>
            </Show>
        </span>
    }
}

#[component]
fn ShareButton() -> impl IntoView {
    let session = expect_context::<Session>();
    let share = move |_| {
        let of_files = session.is_ad_hoc_untracked();
        leptos::task::spawn_local(async move {
            let copied = browser::copy_text(&browser::share_url()).await;
            session.notify(Some(match (copied, of_files) {
                (true, false) => "Link copied. It restores this view; it holds no access to the data.",
                (true, true) => {
                    "Link copied. It does not carry the file: whoever opens it has to open the file again."
                }
                (false, _) => "The browser does not allow copying: copy the address of the page instead.",
            }));
        });
    };
    view! {
        <button
            type="button"
            class="button is-bare has-text"
            title="Copy a link to this view"
            data-testid="share-link"
            on:click=share
        >
            <Icon glyph=Glyph::Link />
            <span class="wide-only">"Copy link"</span>
        </button>
    }
}

#[component]
fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(browser::stored_theme());
    Effect::new(move || browser::apply_theme(theme.get()));
    let glyph = Signal::derive(move || match theme.get() {
        Theme::System => Glyph::Monitor,
        Theme::Light => Glyph::Sun,
        Theme::Dark => Glyph::Moon,
    });
    let label = move || format!("Theme: {}", theme.get().name());
    view! {
        <button
            type="button"
            class="button is-bare"
            aria-label=label
            title=label
            data-testid="theme"
            on:click=move |_| theme.update(|theme| *theme = theme.next())
        >
            <Icon glyph=glyph />
        </button>
    }
}
