//! What the newest statement cost, or costs while it runs.

use leptos::prelude::*;
use protocol::{Estimate, Progress, QuerySummary};

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
    ];
    if stats.workers > 1 {
        parts.push(format::plural(stats.workers.into(), "worker"));
    }
    parts.push(format!("{} fetched", format::bytes(stats.bytes_fetched)));
    if stats.is_cached_result {
        parts.push("answer kept from before".to_owned());
        return parts;
    }
    parts.push(format::plural(stats.requests, "request"));
    if stats.cache_hit_bytes > 0 {
        parts.push(format!("{} from cache", format::bytes(stats.cache_hit_bytes)));
    }
    if stats.row_groups_total > 0 {
        let pruned = format!(
            "{} of {} pruned",
            format::count(stats.row_groups_pruned),
            format::plural(stats.row_groups_total, "row group")
        );
        parts.push(match stats.row_groups_cached {
            0 => pruned,
            cached => format!("{pruned}, {} cached", format::count(cached)),
        });
    }
    parts
}

fn progress_of(progress: &Progress) -> Vec<String> {
    let mut parts = Vec::new();
    // What statistics ruled out is never done.
    let wanted = progress
        .row_groups_total
        .saturating_sub(progress.row_groups_pruned);
    if let Some(percent) = format::percent(progress.rows_seen, progress.rows_total) {
        parts.push(format!(
            "{percent} % of {} rows seen",
            format::compact(progress.rows_total)
        ));
    } else if wanted > 0 {
        let done = format!(
            "{} of {}",
            format::count(progress.row_groups_done),
            format::plural(wanted, "row group")
        );
        parts.push(match progress.row_groups_cached {
            0 => done,
            cached => format!("{done} ({} cached)", format::count(cached)),
        });
    }
    parts.push(if progress.bytes_estimated > 0 {
        format::bytes_of(progress.bytes_fetched, progress.bytes_estimated)
    } else {
        format!("{} fetched", format::bytes(progress.bytes_fetched))
    });
    parts.push(format::plural(progress.requests, "request"));
    parts
}

/// What a statement would fetch.
fn forecast_of(estimate: &Estimate) -> String {
    match (estimate.bytes, estimate.cached_bytes) {
        (0, 0) => "nothing to fetch".to_owned(),
        (0, _) => "nothing to fetch: cached".to_owned(),
        (bytes, _) => format!(
            "{} to fetch, {}",
            format::bytes(bytes),
            format::plural(estimate.requests, "request")
        ),
    }
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
                    let answer = bench.run.answer();
                    let is_failed = bench.run.failure().is_some();
                    let forecast = bench.forecast.get().as_ref().map(forecast_of);
                    view! {
                        {forecast.map(|forecast| view! { <span class="status-forecast" data-testid="forecast">{forecast}</span> })}
                        {answer
                            .map(|answer| {
                                let summary = &answer.summary;
                                let (cut, is_cut) = (cut(summary, limit()), summary.truncated);
                                view! {
                                    {items(cost_of(summary))}
                                    {cut.map(|cut| view! { <span class="status-cut" class:is-partial=is_cut>{cut}</span> })}
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
            row_groups_cached: 0,
            cache_hit_bytes: 0,
            is_cached_result: false,
            workers: 1,
        };
        QuerySummary {
            columns: Vec::new(),
            rows,
            truncated,
            is_of_new_snapshot: false,
            stats,
            plan: None,
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
    fn an_answer_that_was_kept_says_so_and_one_from_caches_how_much() {
        let mut kept = summary(3, false);
        kept.stats.is_cached_result = true;
        kept.stats.bytes_fetched = 0;
        assert_eq!(
            cost_of(&kept),
            ["3 rows", "42 ms", "0 B fetched", "answer kept from before"]
        );
        let mut cached = summary(3, false);
        cached.stats.cache_hit_bytes = 5_000;
        cached.stats.row_groups_cached = 2;
        assert_eq!(
            cost_of(&cached)[4..],
            ["5 kB from cache", "9 of 25 row groups pruned, 2 cached"]
        );
    }

    #[test]
    fn progress_counts_what_is_not_pruned() {
        let mut progress = Progress {
            bytes_fetched: 1_200_000,
            requests: 4,
            row_groups_total: 40,
            row_groups_pruned: 15,
            row_groups_done: 9,
            row_groups_cached: 3,
            cache_hit_bytes: 0,
            bytes_estimated: 1_900_000,
            rows_seen: 0,
            rows_total: 0,
        };
        assert_eq!(
            progress_of(&progress),
            ["9 of 25 row groups (3 cached)", "1.2 of 1.9 MB", "4 requests"]
        );
        progress.bytes_estimated = 0;
        progress.row_groups_pruned = 40;
        assert_eq!(progress_of(&progress), ["1.2 MB fetched", "4 requests"]);
        progress.rows_seen = 2_100_000;
        progress.rows_total = 5_000_000;
        assert_eq!(progress_of(&progress)[0], "42 % of 5M rows seen");
    }

    #[test]
    fn more_than_one_worker_is_worth_a_word() {
        let mut summary = summary(1, false);
        assert!(!cost_of(&summary).iter().any(|part| part.contains("worker")));
        summary.stats.workers = 2;
        assert_eq!(cost_of(&summary)[..3], ["1 row", "42 ms", "2 workers"]);
    }

    #[test]
    fn a_forecast_tells_what_is_cached_from_what_needs_nothing() {
        let mut estimate = Estimate {
            bytes: 1_900_000,
            requests: 4,
            ..Estimate::default()
        };
        assert_eq!(forecast_of(&estimate), "1.9 MB to fetch, 4 requests");
        estimate.bytes = 0;
        assert_eq!(forecast_of(&estimate), "nothing to fetch");
        estimate.cached_bytes = 1;
        assert_eq!(forecast_of(&estimate), "nothing to fetch: cached");
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
