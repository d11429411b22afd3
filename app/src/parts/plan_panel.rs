//! What each worker did: the plan that ran, operator by operator.

use leptos::prelude::*;
use protocol::{QuerySummary, Work};

use super::plan_figures::{Operator, operators, sum_ms, worker_name};
use super::{Glyph, Icon};
use crate::format;
use crate::state::Workbench;

/// What stands above the operators.
fn headline(summary: &QuerySummary, operators: &[Operator]) -> String {
    let all_ms = sum_ms(operators);
    let clock = format::duration(summary.stats.elapsed_ms);
    match summary.stats.workers {
        0 | 1 => format!(
            "{clock} in 1 worker, of which {} in operators.",
            format::duration(all_ms)
        ),
        workers => format!(
            "{clock} in {}, whose operators took {} together.",
            format::plural(workers.into(), "worker"),
            format::duration(all_ms)
        ),
    }
}

fn optional(value: Option<u64>, text: fn(u64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}

/// A share as a whole number of hundredths; what is little is not nothing.
fn share_text(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        "<1 %".to_owned()
    } else {
        format!("{:.0} %", share * 100.0)
    }
}

/// The plan of the answer that is shown.
#[component]
pub fn PlanPanel(bench: Workbench) -> impl IntoView {
    let content = move || {
        let Some(answer) = bench.run.answer() else {
            return view! { <p class="note">"It comes with the answer."</p> }.into_any();
        };
        let summary = &answer.summary;
        let Some(plan) = &summary.plan else {
            let text = if bench.run.is_running() {
                "Running the statement to see what its operators do…"
            } else {
                "Of this statement the engine reports no operators."
            };
            return view! { <p class="note">{text}</p> }.into_any();
        };
        let operators = operators(plan);
        let workers = summary.stats.workers.max(1);
        view! {
            <p class="note" data-testid="plan-headline">{headline(summary, &operators)}</p>
            <div class="plan-heads" aria-hidden="true">
                <span>"Operator"</span>
                <span class="plan-head-share">"Share of time"</span>
                <span>"Time"</span>
                <span>"Rows"</span>
                <span>"Bytes"</span>
            </div>
            <ol class="plan-operators">
                {operators.into_iter().map(|operator| view! { <OperatorRow operator=operator workers=workers /> }).collect_view()}
            </ol>
        }
        .into_any()
    };
    view! {
        <section class="plan" aria-label="What each worker did" data-testid="plan">
            <div class="result-head">
                <h2 class="result-title">"What each worker did"</h2>
                <button
                    type="button"
                    class="button is-bare is-small"
                    aria-label="Close what each worker did"
                    on:click=move |_| bench.toggle_plan()
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
            <div class="plan-body">{content}</div>
        </section>
    }
}

#[component]
fn OperatorRow(operator: Operator, workers: u32) -> impl IntoView {
    let Operator {
        name,
        detail,
        depth,
        elapsed_ms,
        share,
        rows,
        bytes,
        work,
    } = operator;
    let segments = work
        .iter()
        .filter(|work| work.elapsed_ms > 0.0 && elapsed_ms > 0.0)
        .map(|work| {
            let width = format!("{:.2}%", work.elapsed_ms / elapsed_ms * share * 100.0);
            view! { <span class="plan-segment" style:width=width></span> }
        })
        .collect_view();
    let took_part = work.len();
    let is_counted = took_part > 0;
    view! {
        <li class="plan-operator" style=("--depth", depth.to_string()) data-testid="plan-operator">
            <details>
                <summary>
                    <span class="plan-name">
                        <code>{name}</code>
                        {(workers > 1 && took_part > 0)
                            .then(|| view! { <span class="plan-workers">{format::plural(took_part as u64, "worker")}</span> })}
                    </span>
                    <span class="plan-bar" aria-hidden="true">{segments}</span>
                    <span class="plan-share">
                        {is_counted.then(|| share_text(share))}
                        {is_counted.then(|| view! { <span class="visually-hidden">" of the time, "</span> })}
                    </span>
                    <span class="plan-figure">
                        {if is_counted { format::duration(elapsed_ms) } else { "–".to_owned() }}
                        <span class="visually-hidden">", "</span>
                    </span>
                    <span class="plan-figure">
                        {optional(rows, format::compact)}
                        {rows.map(|_| view! { <span class="plan-unit">" rows"</span> })}
                    </span>
                    <span class="plan-figure">{optional(bytes, format::bytes)}</span>
                </summary>
                <div class="plan-detail">
                    {(!detail.is_empty()).then(|| view! { <pre tabindex="0">{detail}</pre> })}
                    {if work.is_empty() {
                        view! { <p class="note">"It keeps no counts."</p> }.into_any()
                    } else {
                        view! { <WorkTable work=work /> }.into_any()
                    }}
                </div>
            </details>
        </li>
    }
}

/// One row per worker.
#[component]
fn WorkTable(work: Vec<Work>) -> impl IntoView {
    let rows = work
        .into_iter()
        .map(|work| {
            let counts = work
                .counts
                .into_iter()
                .map(|(name, value)| view! { <li>{name} " " <b>{value}</b></li> })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{worker_name(work.worker)}</th>
                    <td>{format::duration(work.elapsed_ms)}</td>
                    <td>{format::count(work.rows)}</td>
                    <td>{optional(work.bytes, format::bytes)}</td>
                    <td class="plan-counts"><ul>{counts}</ul></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="plan-table" tabindex="0" role="region" aria-label="By worker">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Worker"</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Rows"</th>
                        <th scope="col">"Bytes"</th>
                        <th scope="col" class="plan-counts">"Counts"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_told_from_nothing() {
        let shown = [0.0, 0.001, 0.006, 0.424, 1.0].map(share_text);
        assert_eq!(shown, ["0 %", "<1 %", "1 %", "42 %", "100 %"]);
    }
}
