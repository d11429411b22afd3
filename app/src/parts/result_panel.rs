//! The answer: picture and rows, or why there is none.

use leptos::prelude::*;
use protocol::FailureKind;

use super::over_budget::OverBudgetPanel;
use super::overview::Overview;
use super::partial_banner::PartialBanner;
use super::plan_panel::PlanPanel;
use super::result_picture::ResultPicture;
use super::result_rows::ResultRows;
use super::{ErrorPanel, Glyph, Icon, OpenFileButton};
use crate::state::{View, Workbench, overview_column};

/// Picture and rows of the newest answer, or of an intermediate one, which says so.
#[component]
pub fn ResultPanel() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let failure = Memo::new(move |_| bench.manifest_failure().or_else(|| bench.run.failure()));
    let overview = Memo::new(move |_| {
        let slice = bench.slice()?;
        let is_listing = slice.group_by.is_empty() && slice.measures.is_empty();
        is_listing.then_some(())?;
        overview_column(&*bench.manifest()?).cloned()
    });
    let has_rows = Memo::new(move |_| bench.run.on_screen().is_some());
    let is_partial = Memo::new(move |_| bench.run.partial().is_some());
    let is_first_run = move || !has_rows.get() && bench.run.is_running();
    view! {
        <div class="result" class:is-busy=move || bench.run.is_running() class:is-partial=move || is_partial.get()>
            {move || {
                let failure = failure.get()?;
                Some(match failure.kind {
                    FailureKind::OverBudget => view! { <OverBudgetPanel failure=failure /> }.into_any(),
                    _ => view! { <ErrorPanel failure=failure on_retry=move |()| bench.retry() /> }.into_any(),
                })
            }}
            <Show when=move || bench.manifest_failure().is_some()>
                <WayOut bench=bench />
            </Show>
            <Show when=move || bench.plan_is_open.get() && failure.with(Option::is_none)>
                <PlanPanel bench=bench />
            </Show>
            {move || overview.get().map(|column| view! { <Overview column=column /> })}
            <Show when=is_first_run>
                <div class="skeleton-rows" role="status" aria-label="Running the query">
                    {(0..10).map(|_| view! { <div class="skeleton"></div> }).collect_view()}
                </div>
            </Show>
            <PartialBanner bench=bench />
            <Show when=move || has_rows.get()>
                <ResultPicture bench=bench />
                <ResultRows bench=bench />
            </Show>
        </div>
    }
}

/// Where a table cannot be shown: to the others, or to the file that it was made of.
#[component]
fn WayOut(bench: Workbench) -> impl IntoView {
    view! {
        <div class="way-out">
            <button type="button" class="button" on:click=move |_| bench.session.view(View::Catalog)>
                <Icon glyph=Glyph::Back />
                "Go to the catalog"
            </button>
            <OpenFileButton />
        </div>
    }
}
