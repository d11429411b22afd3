//! Counts that follow the filters: what the manifest says is known at once; what is asked waits until the view's own
//! statement has been answered, so that the answer that was asked for comes first.
//!
//! Invariant: a question is asked once for the same filters of the same table; the newest question wins.

use std::sync::Arc;

use catalog::{Column, TableManifest};
use leptos::prelude::*;
use protocol::slice::Filter;
use protocol::{Failure, FailureKind, Slice};

use super::{Latest, Load, Workbench, is_offline};

/// Counts that follow the filters on other fields.
pub struct Counts<T: Send + Sync + 'static> {
    /// The newest counts; they stay while others are on their way.
    pub load: RwSignal<Load<T>>,
    /// Whether others are on their way.
    pub is_busy: RwSignal<bool>,
    again: RwSignal<u32>,
    /// Whether the next question may fetch as much as it takes.
    is_permitted: RwSignal<bool>,
}

// Derived, it would ask of the counts themselves to be `Copy`.
impl<T: Send + Sync + 'static> Clone for Counts<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Counts<T> {}

impl<T: Send + Sync + 'static> Counts<T> {
    /// Asks again what failed; what was refused for what it would fetch may fetch it now.
    pub fn retry(self) {
        let was_refused = self.load.with_untracked(
            |load| matches!(load, Load::Failed(failure) if failure.kind == FailureKind::OverBudget),
        );
        self.is_permitted.set(was_refused);
        self.load.set(Load::Loading);
        self.again.update(|count| *count += 1);
    }
}

/// A question, to tell whether it has been asked.
type Question = (Arc<TableManifest>, Slice);

/// Asks anew whenever the slice changes of which counts are wanted: the filters on other columns than `column`, and
/// `limit`. The last argument of `ask` is how many bytes it may fetch.
pub(super) fn follow<T, A>(
    bench: Workbench,
    column: Option<String>,
    limit: Signal<u32>,
    known: impl Fn(&Slice) -> Option<T> + Send + Sync + 'static,
    ask: impl Fn(Slice, Vec<Column>, Option<u64>) -> A + Send + Sync + 'static,
) -> Counts<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    A: Future<Output = Result<T, Failure>> + 'static,
{
    let counts = Counts {
        load: RwSignal::new(Load::Loading),
        is_busy: RwSignal::new(false),
        again: RwSignal::new(0),
        is_permitted: RwSignal::new(false),
    };
    let latest = StoredValue::new(Latest::default());
    // In flight or answered; a question that failed may be asked again.
    let asked = StoredValue::new(None::<Question>);
    let others = Memo::new(move |_| {
        let is_other = |filter: &Filter| Some(filter.column()) != column.as_deref();
        bench.filters().into_iter().filter(is_other).collect::<Vec<_>>()
    });
    let is_settled = Memo::new(move |_| bench.is_settled());
    Effect::new(move || {
        counts.again.track();
        let is_settled = is_settled.get();
        let Some(manifest) = bench.manifest() else { return };
        let slice = Slice {
            filters: others.get(),
            limit: limit.get(),
            ..Slice::of(&manifest.table)
        };
        if let Some(known) = known(&slice) {
            latest.update_value(Latest::abort);
            asked.set_value(None);
            // Setting what is there already would draw it anew, and lose a brush that is under way.
            let known = Load::Ready(known);
            if counts.load.with_untracked(|load| *load != known) {
                counts.load.set(known);
            }
            counts.is_busy.set(false);
            return;
        }
        let question = (manifest, slice);
        let is_asked = asked.with_value(|asked| {
            asked
                .as_ref()
                .is_some_and(|(manifest, slice)| Arc::ptr_eq(manifest, &question.0) && *slice == question.1)
        });
        if is_asked {
            return;
        }
        counts.is_busy.set(true);
        latest.update_value(Latest::abort);
        asked.set_value(None);
        if !is_settled {
            return;
        }
        let budget = bench.session.budget.bytes_untracked();
        let max_bytes = budget.filter(|_| !counts.is_permitted.get_untracked());
        counts.is_permitted.set(false);
        let answer = ask(question.1.clone(), question.0.columns.clone(), max_bytes);
        asked.set_value(Some(question));
        let task = async move {
            let load = match answer.await {
                Ok(value) => Load::Ready(value),
                Err(failure) => {
                    asked.try_set_value(None);
                    Load::Failed(failure)
                }
            };
            counts.load.set(load);
            counts.is_busy.set(false);
        };
        latest.update_value(|latest| latest.replace(task, leptos::task::spawn_local));
    });
    bench.session.network.on_return(move || {
        let failed = counts
            .load
            .with(|load| matches!(load, Load::Failed(failure) if is_offline(Some(failure))));
        if failed {
            counts.retry();
        }
    });
    on_cleanup(move || {
        latest.try_update_value(Latest::abort);
    });
    counts
}
