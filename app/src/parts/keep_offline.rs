//! Chooses columns of a table to keep for use without a network.

use std::collections::BTreeSet;

use catalog::Column;
use leptos::prelude::*;

use super::dialog::Dialog;
use super::storage_pins::{DownloadReport, pin_in_words};
use super::{Glyph, Icon};
use crate::format;
use crate::state::{Download, Keeping, Latest, Wanted, Workbench};

/// Which columns are wanted: all, as a list that a later version of the table may go beyond, only when all are ticked.
fn wanted(table: &str, columns: &[Column], left_out: &BTreeSet<String>) -> Wanted {
    let chosen = columns
        .iter()
        .map(|column| column.name.clone())
        .filter(|name| !left_out.contains(name));
    Wanted {
        table: table.to_owned(),
        columns: (!left_out.is_empty()).then(|| chosen.collect()),
    }
}

/// The button beside a table's name, and its dialog. Files of this tab need no download: they have no button.
#[component]
pub fn KeepOffline() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let keeping = expect_context::<Keeping>();
    let is_open = RwSignal::new(false);
    let open = move |_| {
        keeping.forget_download();
        is_open.set(true);
    };
    let table = Memo::new(move |_| {
        let table = bench.manifest()?.table.clone();
        bench.session.is_in_lake(&table).then_some(table)
    });
    view! {
        <Show when=move || table.get().is_some()>
            <button
                type="button"
                class="button is-bare"
                aria-label="Keep for offline…"
                title="Keep for offline…"
                data-testid="keep-offline"
                on:click=open
            >
                <Icon glyph=Glyph::Download />
            </button>
        </Show>
        <Dialog is_open=is_open title="Keep for offline">
            {move || table.get().map(|table| view! { <ColumnChoice table=table /> })}
        </Dialog>
    }
}

#[component]
fn ColumnChoice(table: String) -> impl IntoView {
    let bench = expect_context::<Workbench>();
    let keeping = expect_context::<Keeping>();
    keeping.follow();
    let columns = StoredValue::new(untrack(move || bench.columns()));
    let left_out = RwSignal::new(BTreeSet::new());
    let name = table.clone();
    let kept = {
        let table = table.clone();
        Memo::new(move |_| keeping.pin(&table).as_ref().map(pin_in_words))
    };
    let choice = Memo::new(move |_| columns.with_value(|columns| wanted(&table, columns, &left_out.get())));
    let is_empty = move || choice.with(|choice| choice.columns.as_ref().is_some_and(Vec::is_empty));
    let is_running = move || matches!(keeping.download(), Download::Running { .. });
    let size = follow_size(keeping, choice.into());
    let all = move |event| {
        left_out.set(if event_target_checked(&event) {
            BTreeSet::new()
        } else {
            columns.with_value(|columns| columns.iter().map(|column| column.name.clone()).collect())
        });
    };
    view! {
        <form
            class="keep-offline"
            on:submit=move |event| {
                event.prevent_default();
                keeping.keep(choice.get_untracked());
            }
        >
            <p>
                "The chosen columns of " <strong>{name}</strong>
                " are fetched whole and stay in this browser, also when the tab is closed. Without a network they answer as usual."
            </p>
            {move || kept.get().map(|kept| view! { <p class="note">"Kept now: " {kept}</p> })}
            <label class="column-choice is-all">
                <input type="checkbox" prop:checked=move || left_out.with(BTreeSet::is_empty) on:change=all />
                <span>"All columns"</span>
            </label>
            <ul class="column-choices" aria-label="Columns">
                {columns
                    .get_value()
                    .into_iter()
                    .map(|column| view! { <ColumnBox column=column left_out=left_out /> })
                    .collect_view()}
            </ul>
            <DownloadReport tells_success=true />
            <div class="dialog-actions">
                <span class="note" data-testid="keep-size" role="status">
                    {move || size.get().filter(|_| !is_empty()).map(size_in_words)}
                </span>
                <button type="submit" class="button is-primary" disabled=move || is_empty() || is_running()>
                    "Keep"
                </button>
            </div>
        </form>
    }
}

#[component]
fn ColumnBox(column: Column, left_out: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let (tick, name) = (column.name.clone(), column.name.clone());
    let is_wanted = move || left_out.with(|left_out| !left_out.contains(&tick));
    let toggle = move |event| {
        left_out.update(|left_out| {
            if event_target_checked(&event) {
                left_out.remove(&name);
            } else {
                left_out.insert(name.clone());
            }
        });
    };
    view! {
        <li>
            <label class="column-choice">
                <input type="checkbox" prop:checked=is_wanted on:change=toggle />
                <Icon glyph=Glyph::of_type(&column.column_type) />
                <span>{column.name}</span>
                <span class="note">{column.column_type.to_string()}</span>
            </label>
        </li>
    }
}

/// What the choice takes; none while nobody knows.
fn follow_size(keeping: Keeping, choice: Signal<Wanted>) -> RwSignal<Option<(u64, u64)>> {
    let size = RwSignal::new(None);
    let latest = StoredValue::new(Latest::default());
    Effect::new(move || {
        let choice = choice.get();
        let ask = async move { size.set(keeping.size_of(&choice).await) };
        latest.update_value(|latest| latest.replace(ask, leptos::task::spawn_local));
    });
    on_cleanup(move || {
        latest.try_update_value(Latest::abort);
    });
    size
}

fn size_in_words((whole, to_fetch): (u64, u64)) -> String {
    match (whole, to_fetch) {
        (whole, 0) => format!("{}, all of it fetched before", format::bytes(whole)),
        (whole, to_fetch) if whole == to_fetch => format!("{} to fetch", format::bytes(whole)),
        (whole, to_fetch) => format!("{} to fetch", format::bytes_of(to_fetch, whole)),
    }
}

#[cfg(test)]
mod tests {
    use catalog::{ColumnStatistics, ColumnType, Role};

    use super::*;

    #[test]
    fn all_columns_are_wanted_as_all_and_some_by_their_names() {
        let column = |name: &str| Column {
            field_id: 1,
            name: name.to_owned(),
            original_name: None,
            column_type: ColumnType::String,
            nullable: false,
            role: Role::Dimension,
            description: None,
            statistics: ColumnStatistics::default(),
        };
        let columns = [column("a"), column("b")];
        assert_eq!(wanted("t", &columns, &BTreeSet::new()).columns, None);
        let without_a = BTreeSet::from(["a".to_owned()]);
        assert_eq!(
            wanted("t", &columns, &without_a).columns,
            Some(vec!["b".to_owned()])
        );
    }

    #[test]
    fn the_size_says_what_is_left_to_fetch() {
        assert_eq!(size_in_words((36_900_000, 36_900_000)), "36.9 MB to fetch");
        assert_eq!(size_in_words((36_900_000, 1_000_000)), "1 of 36.9 MB to fetch");
        assert_eq!(size_in_words((5_000, 0)), "5 kB, all of it fetched before");
    }
}
