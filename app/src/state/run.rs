//! One statement after another, and what the page shows of the newest.
//!
//! Invariant: an intermediate answer stands only while its statement runs; whoever takes rows along takes those of an
//! answer.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{Failure, Progress, Query, Seen, Slice};

use super::workbench::Statement;
use super::{Latest, Session};
use crate::browser;
use crate::engine::answer::PARTIALS_MS;
use crate::engine::{Answer, News};
use crate::result::ResultTable;

/// The newest statement and its outcome. The answer before stays visible while the next is on its way.
#[derive(Clone, Copy)]
pub struct Run {
    session: Session,
    latest: StoredValue<Latest>,
    current: StoredValue<Option<Statement>>,
    state: RwSignal<RunState>,
    outcome: RwSignal<Option<Outcome>>,
    on_screen: RwSignal<Option<OnScreen>>,
    question: StoredValue<u32>,
    /// The statement that the outcome belongs to.
    settled: RwSignal<Option<Statement>>,
}

/// Whether a statement is running.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum RunState {
    /// Nothing runs.
    #[default]
    Idle,
    /// A statement runs.
    Running {
        /// Milliseconds on the browser's clock when it began.
        since_ms: f64,
        /// What it has cost up to now.
        progress: Progress,
    },
}

/// Rows that stand on the screen: an answer's, or an intermediate one's.
#[derive(Clone)]
pub struct OnScreen {
    /// The rows.
    pub table: Arc<ResultTable>,
    /// The slice that was asked; none for a free statement. What is looked at by now may differ.
    pub slice: Option<Arc<Slice>>,
    /// How much of the data they are of, where that is a part only; none for an answer.
    pub seen: Option<Seen>,
    /// Which of the statements of this page they belong to.
    pub question: u32,
}

impl PartialEq for OnScreen {
    fn eq(&self, other: &Self) -> bool {
        // The slice follows from the question.
        Arc::ptr_eq(&self.table, &other.table) && self.seen == other.seen && self.question == other.question
    }
}

/// How the newest statement that ended did so.
#[derive(Clone)]
enum Outcome {
    Answered(Arc<Answer>),
    Failed(Failure),
}

impl Run {
    /// Nothing yet.
    pub fn new(session: Session) -> Self {
        Self {
            session,
            latest: StoredValue::new(Latest::default()),
            current: StoredValue::new(None),
            state: RwSignal::default(),
            outcome: RwSignal::new(None),
            on_screen: RwSignal::new(None),
            question: StoredValue::new(0),
            settled: RwSignal::new(None),
        }
    }

    /// Runs a statement in the place of the one before; it is refused where it would fetch more than `max_bytes`.
    pub fn start(self, statement: Statement, max_bytes: Option<u64>, with_plan: bool) {
        let since_ms = browser::now_ms();
        self.state.set(RunState::Running {
            since_ms,
            progress: Progress::default(),
        });
        let session = self.session;
        if self.has_failed_untracked() {
            self.outcome.set(None);
        }
        self.forget_partial();
        self.settled.set(None);
        self.current.set_value(Some(statement.clone()));
        self.question.update_value(|question| *question += 1);
        let question = self.question.get_value();
        let task = async move {
            // A lake that cannot be opened does not keep files from being queried.
            let _ = session.lake_opened().await;
            let slice = statement.slice.map(Arc::new);
            let on_screen = |table, seen| OnScreen {
                table,
                slice: slice.clone(),
                seen,
                question,
            };
            let on_news = |news| match news {
                News::Progress(progress) => self.state.set(RunState::Running { since_ms, progress }),
                News::Partial(partial) => {
                    let shown = on_screen(partial.table, Some(partial.seen));
                    self.on_screen.set(Some(shown));
                }
            };
            let query = Query {
                sql: statement.sql,
                max_rows: statement.max_rows,
                max_bytes,
                partials_ms: Some(PARTIALS_MS),
                with_plan,
            };
            match session.ask(query, on_news).await {
                Ok(answer) => {
                    let shown = on_screen(Arc::clone(&answer.table), None);
                    self.settle(Outcome::Answered(Arc::new(answer)), Some(shown));
                }
                Err(failure) => self.settle(Outcome::Failed(failure), None),
            }
        };
        self.latest
            .update_value(|latest| latest.replace(task, leptos::task::spawn_local));
    }

    /// Gives up the statement that runs; says so where there is nothing else to show.
    pub fn cancel(self) {
        if self.state.with_untracked(|state| *state == RunState::Idle) {
            return;
        }
        self.latest.update_value(Latest::abort);
        self.settle(Outcome::Failed(Failure::cancelled()), None);
    }

    /// Leaves a statement alone that was refused.
    pub fn decline(self) {
        self.settle(Outcome::Failed(Failure::cancelled()), None);
    }

    fn settle(self, outcome: Outcome, on_screen: Option<OnScreen>) {
        self.on_screen.set(on_screen);
        self.outcome.set(Some(outcome));
        self.state.set(RunState::Idle);
        self.settled.set(self.current.get_value());
    }

    /// Whether this statement has its outcome, or is none.
    pub fn has_settled(self, statement: Option<&Statement>) -> bool {
        self.settled
            .with(|settled| statement.is_none() || settled.as_ref() == statement)
    }

    /// Forgets the outcome: another table is looked at.
    pub fn clear(self) {
        self.latest.update_value(Latest::abort);
        self.state.set(RunState::Idle);
        self.outcome.set(None);
        self.on_screen.set(None);
    }

    /// Takes an intermediate answer away whose statement does not run any more. The answer before it has gone.
    fn forget_partial(self) {
        let is_partial = self
            .on_screen
            .with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.seen.is_some()));
        if is_partial {
            self.on_screen.set(None);
            self.outcome.set(None);
        }
    }

    /// Whether a statement runs.
    pub fn state(self) -> RunState {
        self.state.get()
    }

    /// Whether a statement runs, without its progress.
    pub fn is_running(self) -> bool {
        self.state.with(|state| *state != RunState::Idle)
    }

    /// The newest answer, if the newest outcome is one and no other rows stand in its place.
    pub fn answer(self) -> Option<Arc<Answer>> {
        let is_partial = self
            .on_screen
            .with(|shown| shown.as_ref().is_some_and(|shown| shown.seen.is_some()));
        self.outcome.with(|outcome| match outcome {
            Some(Outcome::Answered(answer)) if !is_partial => Some(Arc::clone(answer)),
            _ => None,
        })
    }

    /// The rows that stand on the screen.
    pub fn on_screen(self) -> Option<OnScreen> {
        self.on_screen.get()
    }

    /// How much of the data the rows on the screen are of, where that is a part only.
    pub fn partial(self) -> Option<Seen> {
        self.on_screen.with(|shown| shown.as_ref()?.seen)
    }

    fn has_failed_untracked(self) -> bool {
        self.outcome
            .with_untracked(|outcome| matches!(outcome, Some(Outcome::Failed(_))))
    }

    /// Why the newest statement failed, if it did.
    pub fn failure(self) -> Option<Failure> {
        self.outcome.with(|outcome| match outcome {
            Some(Outcome::Failed(failure)) => Some(failure.clone()),
            _ => None,
        })
    }
}
