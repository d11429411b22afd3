//! One table (or statement) at work: its manifest, the statement that its view stands for, and the newest run.
//!
//! Invariant: the statement follows from the location and the manifest alone; a run begins whenever it changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::{Column, TableManifest};
use leptos::prelude::*;
use protocol::slice::Filter;
use protocol::{Estimate, Failure, FailureKind, Slice};

use super::forecast::follow_draft;
use super::{FreeSql, Latest, Load, Location, Picture, Run, Session, View, default_expanded, is_offline};

/// The state of the workbench page. A handle; copies share it.
#[derive(Clone, Copy)]
pub struct Workbench {
    /// What is open.
    pub session: Session,
    /// The newest run of the statement.
    pub run: Run,
    /// Fields whose values or histogram are shown.
    pub expanded: RwSignal<BTreeSet<String>>,
    /// Whether the statement is shown.
    pub sql_is_open: RwSignal<bool>,
    /// Whether what the operators of the plan did is asked for and shown.
    pub plan_is_open: RwSignal<bool>,
    /// The statement as the person is writing it.
    pub draft: RwSignal<String>,
    /// What the statement in the editor would fetch; none where it has been answered or cannot be run.
    pub forecast: RwSignal<Option<Estimate>>,
    manifest: RwSignal<Option<Load<Arc<TableManifest>>>>,
    location: Memo<Location>,
    statement: Memo<Option<Statement>>,
    again: RwSignal<u32>,
    /// The statement that may fetch as much as it takes.
    permitted: StoredValue<Option<Statement>>,
}

/// What is run for a view.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// Rows after which the engine stops; a slice has its limit in the SQL.
    pub max_rows: Option<u64>,
    /// The slice that it stands for.
    pub slice: Option<Slice>,
}

/// Rows of a free statement that the page shows; it says so when there are more.
pub const MAX_ROWS: u64 = 50_000;

impl Workbench {
    /// State for as long as the current owner lives.
    pub fn new(session: Session) -> Self {
        let location = Memo::new(move |_| session.location());
        let manifest = RwSignal::new(None);
        let statement = Memo::new(move |_| {
            location.with(|location| manifest.with(|load| statement_of(&location.view, load.as_ref())))
        });
        let bench = Self {
            session,
            run: Run::new(session),
            expanded: RwSignal::default(),
            sql_is_open: RwSignal::new(matches!(session.location_untracked().view, View::Sql(_))),
            plan_is_open: RwSignal::default(),
            draft: RwSignal::default(),
            forecast: RwSignal::default(),
            manifest,
            location,
            statement,
            again: RwSignal::new(0),
            permitted: StoredValue::default(),
        };
        bench.follow_table();
        bench.follow_statement();
        follow_draft(bench);
        session.network.on_return(move || bench.retry_if_offline());
        bench
    }

    fn follow_table(self) {
        let table = Memo::new(move |_| {
            self.location
                .with(|location| location.view.table().map(str::to_owned))
        });
        let latest = StoredValue::new(Latest::default());
        Effect::new(move |before: Option<Option<String>>| {
            let table = table.get();
            // A table that is missing may be among the files opened later, or in the lake once it is open.
            self.session.lake();
            self.session.ad_hoc();
            let is_other = before.as_ref() != Some(&table);
            if is_other {
                self.run.clear();
                self.manifest.set(table.as_ref().map(|_| Load::Loading));
            }
            match table.clone() {
                Some(table) => {
                    let load = self.fetch(table, is_other);
                    latest.update_value(|latest| latest.replace(load, leptos::task::spawn_local));
                }
                None => latest.update_value(Latest::abort),
            }
            table
        });
    }

    async fn fetch(self, table: String, is_other: bool) {
        let load = match self.session.manifest(&table).await {
            Ok(manifest) => Load::Ready(manifest),
            Err(failure) => Load::Failed(failure),
        };
        if let (Load::Ready(manifest), true) = (&load, is_other || !self.has_manifest()) {
            self.expanded
                .set(default_expanded(manifest).into_iter().collect());
        }
        if self
            .manifest
            .with_untracked(|known| known.as_ref() != Some(&load))
        {
            self.manifest.set(Some(load));
        }
    }

    fn has_manifest(self) -> bool {
        self.manifest
            .with_untracked(|load| matches!(load, Some(Load::Ready(_))))
    }

    fn follow_statement(self) {
        Effect::new(move || {
            self.again.track();
            match self.statement.get() {
                Some(statement) => {
                    if statement.slice.is_some() {
                        // The same statement over files that were opened again is another question.
                        self.manifest.track();
                    }
                    self.draft.set(statement.sql.clone());
                    let is_permitted = self
                        .permitted
                        .with_value(|permitted| permitted.as_ref() == Some(&statement));
                    let budget = self.session.budget.bytes_untracked();
                    let with_plan = self.plan_is_open.get_untracked();
                    self.run
                        .start(statement, budget.filter(|_| !is_permitted), with_plan);
                }
                None => self.run.clear(),
            }
        });
    }

    /// The statement of the view; none while its table is not known, or for an empty editor.
    pub fn statement(self) -> Option<Statement> {
        self.statement.get()
    }

    /// Runs the same statement again.
    pub fn run_again(self) {
        self.again.update(|count| *count += 1);
    }

    /// Shows or hides what the operators of the plan did; runs the statement again where that is not known.
    pub fn toggle_plan(self) {
        self.plan_is_open.update(|is_open| *is_open = !*is_open);
        let is_known = untrack(move || self.run.answer()).is_some_and(|answer| answer.summary.plan.is_some());
        if self.plan_is_open.get_untracked() && !is_known {
            self.run_again();
        }
    }

    /// Runs the same statement again, whatever it fetches.
    pub fn run_anyway(self) {
        self.permitted.set_value(self.statement.get_untracked());
        self.run_again();
    }

    /// Runs the statement as it was written; one that differs from the slice's becomes a free statement.
    pub fn run_draft(self) {
        let sql = self.draft.get_untracked();
        let is_same = self
            .statement
            .with_untracked(|known| known.as_ref().is_some_and(|known| known.sql == sql));
        if is_same || sql.trim().is_empty() {
            self.run_again();
            return;
        }
        let table = self.session.location_untracked().view.table().map(str::to_owned);
        self.session.view(View::Sql(FreeSql { sql, table }));
    }

    /// Leaves a free statement for the slice before it; none where it belongs to no table.
    pub fn slice_before(self) -> Option<Slice> {
        self.location.with(|location| match &location.view {
            View::Sql(free) => free.table.as_deref().map(|table| self.session.last_slice(table)),
            _ => None,
        })
    }

    /// Tries again after a failure: a snapshot that is gone, or a lake that was not reached, is opened anew first.
    pub fn retry(self) {
        let failure = untrack(move || self.run.failure());
        let is_stale = failure.is_some_and(|failure| failure.kind == FailureKind::StaleSnapshot);
        let is_missing = untrack(move || self.manifest_failure()).is_some();
        if is_missing {
            self.manifest.set(Some(Load::Loading));
        }
        if is_stale || is_missing {
            self.session.open_lake();
        }
        if !is_missing {
            self.run_again();
        }
    }

    /// Tries again what failed for want of a network.
    fn retry_if_offline(self) {
        if is_offline(self.manifest_failure().as_ref()) || is_offline(self.run.failure().as_ref()) {
            self.retry();
        }
    }

    /// The manifest, on its way or here; none beside a statement without a table.
    pub fn load(self) -> Option<Load<Arc<TableManifest>>> {
        self.manifest.get()
    }

    /// The manifest, if it is here.
    pub fn manifest(self) -> Option<Arc<TableManifest>> {
        self.manifest.with(|load| match load {
            Some(Load::Ready(manifest)) => Some(Arc::clone(manifest)),
            _ => None,
        })
    }

    /// Why the manifest will not come.
    pub fn manifest_failure(self) -> Option<Failure> {
        self.manifest.with(|load| match load {
            Some(Load::Failed(failure)) => Some(failure.clone()),
            _ => None,
        })
    }

    /// The table's columns; none while the manifest is not here.
    pub fn columns(self) -> Vec<Column> {
        self.manifest()
            .map(|manifest| manifest.columns.clone())
            .unwrap_or_default()
    }

    /// The column of this name, without following changes.
    pub fn column_untracked(self, name: &str) -> Option<Column> {
        self.manifest.with_untracked(|load| match load {
            Some(Load::Ready(manifest)) => manifest.column(name).cloned(),
            _ => None,
        })
    }

    /// Whether the statement of the view has been answered, or needs none: what else the page asks can wait for that.
    pub fn is_settled(self) -> bool {
        self.statement
            .with(|statement| self.run.has_settled(statement.as_ref()))
    }

    /// The slice that is looked at.
    pub fn slice(self) -> Option<Slice> {
        self.location.with(|location| match &location.view {
            View::Slice(slice) => Some(slice.clone()),
            _ => None,
        })
    }

    /// Filters of the slice; none beside a free statement.
    pub fn filters(self) -> Vec<Filter> {
        self.slice().map(|slice| slice.filters).unwrap_or_default()
    }

    /// How the result is drawn.
    pub fn picture(self) -> Picture {
        self.location.with(|location| location.picture)
    }

    /// Whether a free statement is looked at.
    pub fn is_free_sql(self) -> bool {
        self.location
            .with(|location| matches!(location.view, View::Sql(_)))
    }

    /// A gesture: changes the slice, or goes back to the last slice of the table beside a free statement and
    /// changes that.
    pub fn gesture(self, edit: impl FnOnce(&mut Slice)) {
        match self.session.location_untracked().view {
            View::Slice(_) => self.session.edit_slice(edit),
            View::Sql(free) => {
                if let Some(table) = free.table {
                    let mut slice = self.session.last_slice(&table);
                    edit(&mut slice);
                    self.session.view(View::Slice(slice));
                }
            }
            View::Catalog | View::Broken(_) => {}
        }
    }
}

fn statement_of(view: &View, manifest: Option<&Load<Arc<TableManifest>>>) -> Option<Statement> {
    match (view, manifest) {
        (View::Slice(slice), Some(Load::Ready(manifest))) if manifest.table == slice.table => {
            let slice = slice.clone();
            Some(Statement {
                sql: slice.to_sql(&manifest.columns),
                max_rows: None,
                slice: Some(slice),
            })
        }
        (View::Sql(free), _) if !free.sql.trim().is_empty() => Some(Statement {
            sql: free.sql.clone(),
            max_rows: Some(MAX_ROWS),
            slice: None,
        }),
        _ => None,
    }
}
