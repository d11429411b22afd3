//! Asks before a query fetches more than the person's budget.

use leptos::prelude::*;
use protocol::{Estimate, Failure};

use super::{Glyph, Icon};
use crate::format;
use crate::state::{Keeping, Workbench};

/// What the statement would fetch, in a sentence.
fn figures(estimate: &Estimate) -> String {
    let cached = if estimate.cached_bytes > 0 {
        format!(" {} more are cached.", format::bytes(estimate.cached_bytes))
    } else {
        String::new()
    };
    format!(
        "It would fetch {} in {}, from {} of {}.{cached}",
        format::bytes(estimate.bytes),
        format::plural(estimate.requests, "request"),
        format::count(estimate.row_groups),
        format::plural(estimate.row_groups_total, "row group"),
    )
}

/// The figures of a statement that was refused, and what to do with it.
#[component]
pub fn OverBudgetPanel(
    /// The refusal.
    failure: Failure,
) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let keeping = expect_context::<Keeping>();
    let Failure { kind, message, .. } = failure;
    let label = move || match bench.forecast.get() {
        Some(estimate) => format!("Fetch {}", format::bytes(estimate.bytes)),
        None => "Run anyway".to_owned(),
    };
    view! {
        <section
            class="error-panel is-question"
            role="alert"
            data-testid="error-panel"
            data-kind=format!("{kind:?}")
        >
            <div class="error-mark">
                <Icon glyph=Glyph::Download />
            </div>
            <div class="error-text">
                <h2>"This query fetches much"</h2>
                <p class="error-message">
                    {move || bench.forecast.get().as_ref().map_or_else(|| message.clone(), figures)}
                </p>
                <p class="error-hint">
                    {move || {
                        bench
                            .session
                            .budget
                            .bytes()
                            .map(|bytes| format!("You are asked above {}. ", format::bytes(bytes)))
                    }}
                    <button type="button" class="link-button" on:click=move |_| keeping.is_open.set(true)>
                        "Change"
                    </button>
                </p>
                <div class="error-actions">
                    <button
                        type="button"
                        class="button is-primary"
                        data-testid="run-anyway"
                        on:click=move |_| bench.run_anyway()
                    >
                        {label}
                    </button>
                    <button type="button" class="button" on:click=move |_| bench.run.decline()>
                        "Cancel"
                    </button>
                </div>
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_has_the_figures() {
        let estimate = Estimate {
            bytes: 1_200_000_000,
            requests: 300,
            cached_bytes: 0,
            files: 2,
            files_total: 3,
            row_groups: 9,
            row_groups_total: 25,
        };
        assert_eq!(
            figures(&estimate),
            "It would fetch 1.2 GB in 300 requests, from 9 of 25 row groups."
        );
        let cached = Estimate {
            cached_bytes: 5_000,
            ..estimate
        };
        assert!(figures(&cached).ends_with("row groups. 5 kB more are cached."));
    }
}
