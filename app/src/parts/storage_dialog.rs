//! What is kept in this browser, how much a query may fetch, and how many workers compute.

use leptos::prelude::*;

use super::budget_setting::BudgetSetting;
use super::dialog::Dialog;
use super::storage_caches::StorageCaches;
use super::storage_pins::StoragePins;
use super::workers_setting::WorkersSetting;
use super::{ErrorPanel, Glyph, Icon};
use crate::state::Keeping;

/// Opens the dialog.
#[component]
pub fn StorageButton() -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    view! {
        <button
            type="button"
            class="button is-bare has-text"
            aria-label="Storage"
            title="Storage: what is kept in this browser"
            data-testid="open-storage"
            on:click=move |_| keeping.is_open.set(true)
        >
            <Icon glyph=Glyph::Storage />
            <span class="wide-only">"Storage"</span>
        </button>
    }
}

/// Caches, tables that are kept for use without a network, the byte budget, and the workers.
#[component]
pub fn StorageDialog() -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    view! {
        <Dialog is_open=keeping.is_open title="Storage">
            <StorageReport />
        </Dialog>
    }
}

#[component]
fn StorageReport() -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    keeping.follow();
    let is_here = Memo::new(move |_| keeping.report().is_some());
    let disk_problem = Memo::new(move |_| keeping.report().and_then(|report| report.disk_problem));
    view! {
        <div class="storage" data-testid="storage">
            {move || keeping.failure.get().map(|failure| view! { <ErrorPanel failure=failure on_dismiss=move |()| keeping.failure.set(None) /> })}
            {move || {
                disk_problem
                    .get()
                    .map(|problem| {
                        view! {
                            <p class="storage-problem" role="alert" data-testid="disk-problem">
                                <Icon glyph=Glyph::Alert />
                                <span>{format!("Nothing can be kept on disk: {problem}.")}</span>
                            </p>
                        }
                    })
            }}
            <Show
                when=move || is_here.get()
                fallback=move || {
                    view! {
                        <div class="skeleton-list" role="status" aria-label="Reading what is kept">
                            <div class="skeleton"></div>
                            <div class="skeleton"></div>
                            <div class="skeleton"></div>
                        </div>
                    }
                }
            >
                <StorageCaches />
                <StoragePins />
            </Show>
            <BudgetSetting />
            <WorkersSetting />
        </div>
    }
}
