//! What the newest statement cost, or costs while it runs.

use leptos::prelude::*;
use protocol::{Progress, QuerySummary};

use super::{Glyph, Icon};
use crate::browser;
use crate::format;
use crate::state::{Latest, RunState, Workbench};

/// How often the clock of a running statement moves.
const TICK_MS: i32 = 100;

/// What an answer cost, part by part.
fn cost_of(summary: &QuerySummary) -> Vec<String> {
    let stats = &summary.stats;
    let mut parts = vec![
        format::plural(summary.rows, "row"),
        format::duration(stats.elapsed_ms),
        format!("{} fetched", format::bytes(stats.bytes_fetched)),
        format::plural(stats.requests, "request"),
    ];
    if stats.cache_hit_bytes > 0 {
        parts.push(format!("{} from cache", format::bytes(stats.cache_hit_bytes)));
    }
    if stats.row_groups_total > 0 {
        parts.push(row_groups(stats.row_groups_pruned, stats.row_groups_total));
    }
    parts
}

fn progress_of(progress: &Progress) -> Vec<String> {
    let mut parts = vec![
        format!("{} fetched", format::bytes(progress.bytes_fetched)),
        format::plural(progress.requests, "request"),
    ];
    if progress.row_groups_total > 0 {
        parts.push(row_groups(progress.row_groups_pruned, progress.row_groups_total));
    }
    parts
}

fn row_groups(pruned: u64, total: u64) -> String {
    format!(
        "{} of {} pruned",
        format::count(pruned),
        format::plural(total, "row group")
    )
}

/// Why there may be more rows than are shown: a statement that was cut, or a limit of the slice's own.
fn cut(summary: &QuerySummary, limit: Option<u32>) -> Option<String> {
    if summary.truncated {
        Some(format!(
            "partial: only the first {} are shown",
            format::plural(summary.rows, "row")
        ))
    } else {
        limit
            .filter(|limit| summary.rows == u64::from(*limit))
            .map(|limit| format!("limit of {} reached", format::plural(limit.into(), "row")))
    }
}

/// The line at the bottom of the workbench.
#[component]
pub fn StatusLine() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let limit = move || {
        let slice = bench.slice()?;
        let is_limited = slice.measures.is_empty() || !slice.group_by.is_empty();
        is_limited.then_some(slice.limit)
    };
    view! {
        <footer class="status-line" data-testid="status-line" role="status" aria-live="polite">
            {move || match bench.run.state() {
                RunState::Running { since_ms, progress } => {
                    view! {
                        <span class="spinner" aria-hidden="true"></span>
                        <span>"running"</span>
                        <Clock since_ms=since_ms />
                        {items(progress_of(&progress))}
                        <button type="button" class="button is-small" on:click=move |_| bench.run.cancel()>
                            <Icon glyph=Glyph::Stop />
                            "Cancel"
                        </button>
                    }
                        .into_any()
                }
                RunState::Idle => {
                    let answer = bench.run.shown().map(|shown| shown.answer);
                    let is_failed = bench.run.failure().is_some();
                    view! {
                        {answer
                            .map(|answer| {
                                let cut = cut(&answer.summary, limit());
                                view! {
                                    {items(cost_of(&answer.summary))}
                                    {cut.map(|cut| view! { <span class="status-cut" class:is-partial=answer.summary.truncated>{cut}</span> })}
                                }
                            })}
                        {is_failed.then_some("no result")}
                    }
                        .into_any()
                }
            }}
        </footer>
    }
}

fn items(parts: Vec<String>) -> impl IntoView {
    parts
        .into_iter()
        .map(|part| view! { <span class="status-item">{part}</span> })
        .collect_view()
}

#[component]
fn Clock(since_ms: f64) -> impl IntoView {
    let elapsed = RwSignal::new(browser::now_ms() - since_ms);
    let ticking = StoredValue::new(Latest::default());
    let tick = async move {
        loop {
            browser::sleep_ms(TICK_MS).await;
            if elapsed.try_set(browser::now_ms() - since_ms).is_some() {
                break;
            }
        }
    };
    ticking.update_value(|ticking| ticking.replace(tick, leptos::task::spawn_local));
    // The line announces itself to screen readers: ten times a second would be too often.
    view! {
        <span class="status-item" aria-hidden="true">
            {move || format::duration(elapsed.get())}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use protocol::QueryStats;

    use super::*;

    fn summary(rows: u64, truncated: bool) -> QuerySummary {
        let stats = QueryStats {
            elapsed_ms: 42.0,
            bytes_fetched: 1_900_000,
            requests: 4,
            row_groups_total: 25,
            row_groups_pruned: 9,
            cache_hit_bytes: 0,
            workers: 1,
        };
        QuerySummary {
            columns: Vec::new(),
            rows,
            truncated,
            stats,
        }
    }

    #[test]
    fn the_cost_is_said_in_full() {
        assert_eq!(
            cost_of(&summary(1, false)),
            [
                "1 row",
                "42 ms",
                "1.9 MB fetched",
                "4 requests",
                "9 of 25 row groups pruned"
            ]
        );
    }

    #[test]
    fn a_result_that_was_cut_says_so() {
        assert_eq!(
            cut(&summary(50_000, true), None).as_deref(),
            Some("partial: only the first 50,000 rows are shown")
        );
        assert_eq!(
            cut(&summary(1_000, false), Some(1_000)).as_deref(),
            Some("limit of 1,000 rows reached")
        );
        assert_eq!(cut(&summary(999, false), Some(1_000)), None);
    }
}
