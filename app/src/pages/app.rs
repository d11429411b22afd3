//! The whole page.

use leptos::prelude::*;

use super::bench::BenchPage;
use super::broken::BrokenPage;
use super::catalog::CatalogPage;
use crate::browser;
use crate::parts::{DropZone, ErrorPanel, ShortcutsDialog, StorageDialog, Toast};
use crate::state::{Keeping, Opened, Session, View};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Catalog,
    Bench,
    Broken,
}

impl Page {
    fn of(view: &View) -> Self {
        match view {
            View::Catalog => Self::Catalog,
            View::Slice(_) | View::Sql(_) => Self::Bench,
            View::Broken(_) => Self::Broken,
        }
    }
}

/// The page that the location asks for, and what is the same on all of them.
#[component]
pub fn App(
    /// What is open.
    session: Session,
) -> impl IntoView {
    provide_context(session);
    provide_context(Keeping::new(session));
    let shortcuts = RwSignal::new(false);
    let page = Memo::new(move |_| Page::of(&session.location().view));
    Effect::new(move || {
        let place = session.location().view.table().map(str::to_owned);
        browser::set_title(&place.map_or_else(|| "Goldpan".to_owned(), |table| format!("{table} · Goldpan")));
    });
    browser::on_key(move |event| {
        if browser::is_typing() || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "?" => shortcuts.update(|is_open| *is_open = !*is_open),
            "c" if !browser::is_in_dialog() => session.view(View::Catalog),
            _ => {}
        }
    });
    view! {
        <div class="app">
            {move || match page.get() {
                Page::Catalog => view! { <CatalogPage shortcuts=shortcuts /> }.into_any(),
                Page::Bench => view! { <BenchPage shortcuts=shortcuts /> }.into_any(),
                Page::Broken => view! { <BrokenPage shortcuts=shortcuts /> }.into_any(),
            }}
        </div>
        <OpeningReport />
        <DropZone />
        <ShortcutsDialog is_open=shortcuts />
        <StorageDialog />
        <Toast />
    }
}

/// Files on their way, or why they cannot be opened.
#[component]
fn OpeningReport() -> impl IntoView {
    let session = expect_context::<Session>();
    move || match session.opened() {
        Opened::Quiet => ().into_any(),
        Opened::Busy(name) => view! {
            <div class="report is-busy" role="status">
                <span class="spinner" aria-hidden="true"></span>
                {format!("Opening {name}…")}
            </div>
        }
        .into_any(),
        Opened::Failed(failure) => view! {
            <div class="report">
                <ErrorPanel failure=failure on_dismiss=move |()| session.dismiss_opened() />
            </div>
        }
        .into_any(),
    }
}
