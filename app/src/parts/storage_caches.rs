//! The caches: what each is, how full it is, how well it serves.

use leptos::prelude::*;
use protocol::{CacheKind, CacheUse};

use crate::format;
use crate::state::Keeping;

fn name(cache: CacheKind) -> &'static str {
    match cache {
        CacheKind::Footers => "Footers",
        CacheKind::Memory => "Memory",
        CacheKind::Disk => "Disk",
        CacheKind::Columns => "Columns",
        CacheKind::Results => "Results",
    }
}

fn purpose(cache: CacheKind) -> &'static str {
    match cache {
        CacheKind::Footers => {
            "Where each column lies in its file. Read once per file, kept while the tab is open."
        }
        CacheKind::Memory => "Parts of files as they were fetched, kept while the tab is open.",
        CacheKind::Disk => "The same parts in the browser’s private storage: they outlive the tab.",
        CacheKind::Columns => "Columns of row groups, decoded: a question about them only computes.",
        CacheKind::Results => "Whole answers: the same statement on the same data needs nothing.",
    }
}

/// How full a cache is, as text.
fn fill(known: &CacheUse) -> String {
    format!(
        "{} of {} · {}",
        format::bytes(known.bytes),
        format::bytes(known.budget_bytes),
        match known.entries {
            1 => "1 entry".to_owned(),
            entries => format!("{} entries", format::count(entries)),
        }
    )
}

/// How a cache has served since the engine started.
fn service(known: &CacheUse) -> String {
    let misses = match known.misses {
        1 => "1 miss".to_owned(),
        misses => format!("{} misses", format::count(misses)),
    };
    format!(
        "{} · {misses} · {}",
        format::plural(known.hits, "hit"),
        format::plural(known.evictions, "eviction")
    )
}

fn share(known: &CacheUse) -> f64 {
    if known.budget_bytes == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
    let share = known.bytes as f64 / known.budget_bytes as f64;
    share.min(1.0)
}

/// One row per cache.
#[component]
pub fn StorageCaches() -> impl IntoView {
    view! {
        <ul class="caches">
            {CacheKind::ALL.map(|cache| view! { <Cache cache=cache /> }).collect_view()}
        </ul>
    }
}

#[component]
fn Cache(cache: CacheKind) -> impl IntoView {
    let keeping = expect_context::<Keeping>();
    let known = Memo::new(move |_| keeping.cache(cache));
    let of_known = move |text: fn(&CacheUse) -> String| move || known.get().as_ref().map(text);
    let is_empty = move || {
        known
            .get()
            .is_none_or(|known| known.entries == 0 && known.bytes == 0)
    };
    let name = name(cache);
    let test_id = format!("cache-{}", name.to_lowercase());
    view! {
        <li class="cache" data-testid=test_id>
            <div class="cache-text">
                <h3>{name}</h3>
                <p class="note">{purpose(cache)}</p>
            </div>
            <button
                type="button"
                class="button is-small"
                aria-label=format!("Clear {name}")
                disabled=is_empty
                on:click=move |_| keeping.clear(cache)
            >
                "Clear"
            </button>
            <div
                class="meter"
                role="meter"
                aria-label=format!("{name} in use")
                aria-valuemin="0"
                aria-valuemax=move || known.get().map(|known| known.budget_bytes)
                aria-valuenow=move || known.get().map(|known| known.bytes)
                aria-valuetext=of_known(fill)
            >
                <span style=("--share", move || format!("{:.4}", known.get().as_ref().map_or(0.0, share)))></span>
            </div>
            <p class="cache-figures">
                <span>{of_known(fill)}</span>
                <span>{of_known(service)}</span>
            </p>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_use(bytes: u64, budget_bytes: u64) -> CacheUse {
        CacheUse {
            cache: CacheKind::Memory,
            bytes,
            budget_bytes,
            entries: 1,
            hits: 12_345,
            misses: 1,
            evictions: 0,
        }
    }

    #[test]
    fn figures_are_said_in_words() {
        let known = cache_use(1_200_000, 256_000_000);
        assert_eq!(fill(&known), "1.2 MB of 256 MB · 1 entry");
        assert_eq!(service(&known), "12,345 hits · 1 miss · 0 evictions");
    }

    #[test]
    fn a_meter_is_never_more_than_full() {
        assert!((share(&cache_use(3, 4)) - 0.75).abs() < f64::EPSILON);
        assert!((share(&cache_use(5, 4)) - 1.0).abs() < f64::EPSILON);
        assert!(share(&cache_use(0, 0)).abs() < f64::EPSILON);
    }
}
