//! How a field's values spread. A drag, or arrow keys and Enter, set a range.

use catalog::{Column, Histogram, Scalar};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use super::ErrorPanel;
use super::range_inputs::RangeInputs;
use crate::browser;
use crate::format;
use crate::state::{Counts, Load, Workbench, bin_at, bins_of_range, histogram_counts, range_of_bins};

/// A field's histogram in the list, with the range as text beneath it.
#[component]
pub fn FieldHistogram(column: Column) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let counts = histogram_counts(bench, &column);
    view! {
        <div class="field-histogram">
            <HistogramView column=column.clone() counts=counts />
            <RangeInputs column=column />
        </div>
    }
}

/// The states of a histogram: on its way, here, nothing to draw, failed.
#[component]
pub fn HistogramView(column: Column, counts: Counts<Option<Histogram>>) -> impl IntoView {
    let column = StoredValue::new(column);
    move || match counts.load.get() {
        Load::Loading => {
            view! { <div class="histogram skeleton" role="status" aria-label="Loading histogram"></div> }
                .into_any()
        }
        Load::Ready(Some(bins)) => {
            view! { <Bars column=column.get_value() bins=bins is_busy=counts.is_busy /> }.into_any()
        }
        Load::Ready(None) => view! { <p class="note">"One value or none: nothing to draw."</p> }.into_any(),
        Load::Failed(failure) => {
            view! { <ErrorPanel failure=failure on_retry=move |()| counts.retry() /> }.into_any()
        }
    }
}

/// Bins that a drag or the keyboard has marked: where it began and where it is.
type Mark = Option<(usize, usize)>;

fn ordered((anchor, head): (usize, usize)) -> (usize, usize) {
    (anchor.min(head), anchor.max(head))
}

/// What a key does to the mark.
#[derive(Debug, PartialEq, Eq)]
enum KeyEffect {
    Mark((usize, usize)),
    Apply,
    Clear,
    None,
}

fn effect_of_key(key: &str, shift: bool, mark: Mark, bins: usize) -> KeyEffect {
    let last = bins.saturating_sub(1);
    let (anchor, head) = mark.unwrap_or((0, 0));
    let to = match key {
        "ArrowRight" => mark.map_or(0, |_| (head + 1).min(last)),
        "ArrowLeft" => mark.map_or(last, |_| head.saturating_sub(1)),
        "Home" => 0,
        "End" => last,
        "Enter" | " " => return KeyEffect::Apply,
        "Delete" | "Backspace" => return KeyEffect::Clear,
        _ => return KeyEffect::None,
    };
    KeyEffect::Mark(if shift && mark.is_some() {
        (anchor, to)
    } else {
        (to, to)
    })
}

#[component]
fn Bars(column: Column, bins: Histogram, is_busy: RwSignal<bool>) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let mark = RwSignal::new(Mark::None);
    let is_dragging = RwSignal::new(false);
    let count = bins.counts.len();
    let label = format!(
        "Histogram of {}: arrow keys choose a bin, Shift extends, Enter filters, Delete clears",
        column.name
    );
    let (low, high) = (
        bins.bounds
            .first()
            .map(|bound| format::bound(bound, &column.column_type)),
        bins.bounds
            .last()
            .map(|bound| format::bound(bound, &column.column_type)),
    );
    let bars = bars(&bins, &column);
    let bins = StoredValue::new(bins);
    let column = StoredValue::new(column);
    let filtered = Memo::new(move |_| {
        let slice = bench.slice()?;
        let filter = column.with_value(|column| slice.filter(&column.name).cloned())?;
        bins.with_value(|bins| bins_of_range(bins, &filter))
    });
    let apply = move || {
        let Some((first, last)) = mark.get_untracked().map(ordered) else {
            return;
        };
        mark.set(None);
        let range =
            column.with_value(|column| bins.with_value(|bins| range_of_bins(column, bins, first, last)));
        bench.gesture(|slice| {
            // The same place again takes the filter away.
            if slice.filter(range.column()) == Some(&range) {
                slice.clear_filter(range.column());
            } else {
                slice.set_filter(range);
            }
        });
    };
    let clear = move || {
        mark.set(None);
        bench.gesture(|slice| column.with_value(|column| slice.clear_filter(&column.name)));
    };
    let press = move |event: PointerEvent| {
        if event.button() == 0 {
            browser::capture_pointer(&event);
            let bin = bin_at(browser::place_in_target(&event), count);
            is_dragging.set(true);
            mark.set(Some((bin, bin)));
        }
    };
    let drag = move |event: PointerEvent| {
        if is_dragging.get_untracked() {
            let bin = bin_at(browser::place_in_target(&event), count);
            mark.update(|mark| *mark = mark.map(|(anchor, _)| (anchor, bin)));
        }
    };
    let release = move |_| {
        if is_dragging.get_untracked() {
            is_dragging.set(false);
            apply();
        }
    };
    let key = move |event: KeyboardEvent| {
        let effect = effect_of_key(&event.key(), event.shift_key(), mark.get_untracked(), count);
        if effect != KeyEffect::None {
            event.prevent_default();
        }
        match effect {
            KeyEffect::Mark(marked) => mark.set(Some(marked)),
            KeyEffect::Apply => apply(),
            KeyEffect::Clear => clear(),
            KeyEffect::None => {}
        }
    };
    let shown_range = move || mark.get().map(ordered).or(filtered.get());
    view! {
        <div class="histogram-frame" class:is-busy=move || is_busy.get()>
            <div
                class="histogram"
                role="group"
                tabindex="0"
                aria-label=label
                data-testid=column.with_value(|column| format!("histogram-{}", column.name))
                on:pointerdown=press
                on:pointermove=drag
                on:pointerup=release
                on:pointercancel=move |_| {
                    is_dragging.set(false);
                    mark.set(None);
                }
                on:keydown=key
                on:blur=move |_| mark.set(None)
            >
                {bars
                    .into_iter()
                    .enumerate()
                    .map(|(index, bar)| {
                        let is_in = move || shown_range().is_none_or(|(first, last)| (first..=last).contains(&index));
                        view! {
                            <span class="bar" class:is-none=bar.share == 0.0 class:is-out=move || !is_in() title=bar.title>
                                <span style=("--share", format!("{:.4}", bar.share))></span>
                            </span>
                        }
                    })
                    .collect_view()}
            </div>
            <div class="histogram-ends" aria-hidden="true">
                <span>{low}</span>
                <span class="histogram-mark">
                    {move || {
                        let (first, last) = ordered(mark.get()?);
                        Some(column.with_value(|column| bins.with_value(|bins| span_text(bins, column, first, last))))
                    }}
                </span>
                <span>{high}</span>
            </div>
        </div>
    }
}

struct Bar {
    share: f64,
    title: String,
}

fn bars(bins: &Histogram, column: &Column) -> Vec<Bar> {
    let largest = bins.counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |(index, count): (usize, &u64)| Bar {
        #[expect(clippy::cast_precision_loss, reason = "the height of a bar")]
        share: *count as f64 / largest as f64,
        title: format!(
            "{}: {}",
            span_text(bins, column, index, index),
            format::plural(*count, "row")
        ),
    };
    bins.counts.iter().enumerate().map(bar).collect()
}

/// The values of some bins, as `from – to`.
fn span_text(bins: &Histogram, column: &Column, first: usize, last: usize) -> String {
    let text = |bound: Option<&Scalar>| {
        bound
            .map(|bound| format::bound(bound, &column.column_type))
            .unwrap_or_default()
    };
    format!(
        "{} – {}",
        text(bins.bounds.get(first)),
        text(bins.bounds.get(last + 1))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mark_bins_and_stay_inside() {
        let press = |key: &str, shift: bool, mark: Mark| effect_of_key(key, shift, mark, 4);
        assert_eq!(
            press("ArrowRight", false, None),
            KeyEffect::Mark((0, 0)),
            "the first key enters at the edge"
        );
        assert_eq!(press("ArrowLeft", false, None), KeyEffect::Mark((3, 3)));
        assert_eq!(press("ArrowRight", false, Some((1, 1))), KeyEffect::Mark((2, 2)));
        assert_eq!(press("ArrowRight", true, Some((1, 3))), KeyEffect::Mark((1, 3)));
        assert_eq!(press("ArrowLeft", true, Some((1, 0))), KeyEffect::Mark((1, 0)));
        assert_eq!(press("End", true, Some((1, 1))), KeyEffect::Mark((1, 3)));
        assert_eq!(press("Enter", false, Some((1, 1))), KeyEffect::Apply);
        assert_eq!(press("Tab", false, Some((1, 1))), KeyEffect::None, "Tab leaves");
    }
}
