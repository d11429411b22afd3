//! Says that the rows below are of a part of the data.
//!
//! Invariant: words say it, and a pattern; never colour alone. Screen readers hear of it by quarters, not by updates.

use leptos::prelude::*;
use protocol::Seen;

use crate::format;
use crate::state::Workbench;

/// What an intermediate answer is of, in words.
pub fn partial_text(seen: Seen) -> String {
    match percent(seen) {
        Some(percent) => format!("Partial: {percent} % of rows seen"),
        None => "Partial: not all rows seen".to_owned(),
    }
}

/// What is seen by a part is never the whole, though only the summing up remain.
fn percent(seen: Seen) -> Option<u64> {
    format::percent(seen.rows, seen.rows_total).map(|percent| percent.min(99))
}

fn figures(seen: Seen) -> String {
    if seen.rows_total == 0 {
        return format!("{} so far", format::plural(seen.rows, "row"));
    }
    format!(
        "{} of {} rows",
        format::compact(seen.rows),
        format::compact(seen.rows_total)
    )
}

/// What is read out: changes at each quarter of the rows only.
fn announcement(seen: Seen) -> String {
    match percent(seen).map(|percent| percent / 25 * 25) {
        None | Some(0) => "Partial result: its numbers will change.".to_owned(),
        Some(quarter) => format!("Partial result: {quarter} % of rows seen."),
    }
}

/// The mark above an intermediate answer.
#[component]
pub fn PartialBanner(bench: Workbench) -> impl IntoView {
    let seen = Memo::new(move |_| bench.run.partial());
    let is_partial = Memo::new(move |_| seen.with(Option::is_some));
    let announced = Memo::new(move |_| seen.get().map(announcement).unwrap_or_default());
    let share = move || seen.get().and_then(percent).unwrap_or_default();
    view! {
        <span class="visually-hidden" role="status" aria-live="polite">{announced}</span>
        <Show when=move || is_partial.get()>
            <div class="partial-banner" data-testid="partial-banner">
                <strong>{move || seen.get().map(partial_text)}</strong>
                <span class="partial-figures">{move || seen.get().map(figures)}</span>
                <span class="partial-meter" aria-hidden="true">
                    <span style=("--share", move || format!("{}%", share()))></span>
                </span>
                <span class="partial-note">"Numbers change until all rows are seen."</span>
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rows: u64) -> Seen {
        Seen {
            rows,
            rows_total: 5_000_000,
        }
    }

    #[test]
    fn the_share_of_rows_is_said_in_words_and_is_never_all_of_them() {
        assert_eq!(partial_text(seen(2_100_000)), "Partial: 42 % of rows seen");
        assert_eq!(partial_text(seen(5_000_000)), "Partial: 99 % of rows seen");
        assert_eq!(partial_text(Seen::default()), "Partial: not all rows seen");
        assert_eq!(figures(seen(2_100_000)), "2.1M of 5M rows");
    }

    #[test]
    fn it_is_read_out_four_times_at_most() {
        let mut heard: Vec<String> = (0..=5_000_000)
            .step_by(50_000)
            .map(|rows| announcement(seen(rows)))
            .collect();
        heard.dedup();
        assert_eq!(heard.len(), 4, "{heard:?}");
    }
}
