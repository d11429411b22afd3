//! Tables that are kept for use without a network, and the download of one.

use leptos::prelude::*;
use protocol::{Pin, Progress};

use super::{ErrorPanel, Glyph, Icon};
use crate::format;
use crate::state::{Download, Keeping, Wanted};

/// What is kept of a table, in a few words.
pub(super) fn pin_in_words(pin: &Pin) -> String {
    format!(
        "{} · {}",
        columns_in_words(pin.columns.as_deref()),
        format::bytes(pin.bytes)
    )
}

/// Which columns, in a few words.
fn columns_in_words(columns: Option<&[String]>) -> String {
    match columns {
        None => "all columns".to_owned(),
        Some(names) if names.len() <= 3 => names.join(", "),
        Some(names) => format!("{} and {} more", names[..2].join(", "), names.len() - 2),
    }
}

fn progress_in_words(progress: &Progress) -> String {
    if progress.bytes_estimated == 0 {
        format::bytes(progress.bytes_fetched)
    } else {
        format::bytes_of(progress.bytes_fetched, progress.bytes_estimated)
    }
}

/// How much has arrived, from 0 to 1; none while nobody knows how much will.
fn share_done(progress: &Progress) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
    let share = progress.bytes_fetched as f64 / progress.bytes_estimated as f64;
    (progress.bytes_estimated > 0).then(|| share.min(1.0))
}

/// The list of tables.
#[component]
pub fn StoragePins() -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    let pins = Memo::new(move |_| keeping.report().map(|report| report.pins).unwrap_or_default());
    view! {
        <section class="pins" aria-label="Kept for offline">
            <h3>"Kept for offline"</h3>
            <DownloadReport tells_success=false />
            <ul data-testid="pins">
                <For each=move || pins.get() key=|pin| format!("{pin:?}") let(pin)>
                    <PinnedTable pin=pin />
                </For>
            </ul>
            <Show when=move || pins.get().is_empty()>
                <p class="note">"No table yet. Open one and choose “Keep for offline” beside its name."</p>
            </Show>
        </section>
    }
}

#[component]
fn PinnedTable(pin: Pin) -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    let names = pin.columns.as_ref().map(|names| names.join(", "));
    let label = format!("Remove {}", pin.table);
    let table = pin.table.clone();
    view! {
        <li class="pin" data-testid=format!("pin-{}", pin.table)>
            <div>
                <strong>{pin.table.clone()}</strong>
                <p class="note" title=names>
                    {pin_in_words(&pin)}
                </p>
                {(!pin.is_current)
                    .then(|| view! { <p class="note is-error">"Of an older snapshot. Keep the table again to get the newest."</p> })}
            </div>
            <button
                type="button"
                class="button is-small"
                aria-label=label
                on:click=move |_| keeping.unpin(&table)
            >
                "Remove"
            </button>
        </li>
    }
}

/// How the newest download stands; nothing where there is none.
#[component]
pub fn DownloadReport(
    /// Whether a table that is kept is worth a sentence: not beside the list of them.
    tells_success: bool,
) -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    // The figures change often, the elements around them do not.
    let is_running = Memo::new(move |_| matches!(keeping.download(), Download::Running { .. }));
    let ended = Memo::new(move |_| Some(keeping.download()).filter(|_| !is_running.get()));
    view! {
        <Show when=move || is_running.get()>
            <RunningDownload />
        </Show>
        {move || match ended.get() {
            Some(Download::Failed(wanted, failure)) => {
                view! {
                    <ErrorPanel
                        failure=failure
                        title="The table could not be kept"
                        on_retry=move |()| keeping.keep(wanted.clone())
                        on_dismiss=move |()| keeping.dismiss_download()
                    />
                }
                    .into_any()
            }
            Some(Download::Done(wanted)) if tells_success => {
                view! {
                    <p class="storage-done" role="status" data-testid="pin-done">
                        {format!("{} is kept: {}.", wanted.table, columns_in_words(wanted.columns.as_deref()))}
                    </p>
                }
                    .into_any()
            }
            _ => ().into_any(),
        }}
        {move || {
            keeping
                .page_problem
                .get()
                .map(|problem| {
                    view! {
                        <p class="storage-problem" role="alert" data-testid="page-problem">
                            <Icon glyph=Glyph::Alert />
                            <span>{problem}</span>
                        </p>
                    }
                })
        }}
    }
}

#[component]
fn RunningDownload() -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    let running = Memo::new(move |_| match keeping.download() {
        Download::Running { wanted, progress } => Some((wanted, progress)),
        _ => None,
    });
    let table = move || running.get().map(|(Wanted { table, .. }, _)| table);
    let words = move || running.get().map(|(_, progress)| progress_in_words(&progress));
    let share = Memo::new(move |_| share_done(&running.get()?.1));
    view! {
        <div class="download" data-testid="pin-progress">
            <p>"Fetching " <strong>{table}</strong> " " <span class="note">{words}</span></p>
            <div
                class="meter is-progress"
                class:is-vague=move || share.get().is_none()
                role="progressbar"
                aria-label="Download"
                aria-valuemin="0"
                aria-valuemax="1"
                aria-valuenow=move || share.get().map(|share| format!("{share:.2}"))
            >
                <span style=("--share", move || format!("{:.4}", share.get().unwrap_or(0.0)))></span>
            </div>
            <button type="button" class="button is-small" on:click=move |_| keeping.dismiss_download()>
                <Icon glyph=Glyph::Stop />
                "Cancel download"
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_columns_are_counted_and_few_are_named() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(columns_in_words(None), "all columns");
        assert_eq!(columns_in_words(Some(&names(&["a", "b", "c"]))), "a, b, c");
        assert_eq!(
            columns_in_words(Some(&names(&["a", "b", "c", "d"]))),
            "a, b and 2 more"
        );
    }

    #[test]
    fn a_download_of_unknown_size_has_no_share() {
        let mut progress = Progress {
            bytes_fetched: 500,
            ..Progress::default()
        };
        assert_eq!(share_done(&progress), None);
        assert_eq!(progress_in_words(&progress), "500 B");
        progress.bytes_estimated = 1_000;
        assert_eq!(share_done(&progress), Some(0.5));
        assert_eq!(progress_in_words(&progress), "0.5 of 1 kB");
    }
}
