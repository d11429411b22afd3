//! One statement after another, and what the page shows of the newest.

use leptos::prelude::*;
use protocol::{Failure, Progress, Query, Slice};

use super::workbench::Statement;
use super::{Latest, Session};
use crate::browser;
use crate::engine::Answer;

/// The newest statement and its outcome. The answer before stays visible while the next is on its way.
#[derive(Clone, Copy)]
pub struct Run {
    session: Session,
    latest: StoredValue<Latest>,
    current: StoredValue<Option<Statement>>,
    state: RwSignal<RunState>,
    outcome: RwSignal<Option<Outcome>>,
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

/// An answer together with the question.
#[derive(Clone)]
pub struct Shown {
    /// The rows and what they cost.
    pub answer: Answer,
    /// The slice that was asked; none for a free statement. What is looked at by now may differ.
    pub slice: Option<Slice>,
}

/// How the newest statement that ended did so.
#[derive(Clone)]
enum Outcome {
    Answered(Shown),
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
            settled: RwSignal::new(None),
        }
    }

    /// Runs a statement in the place of the one before; it is refused where it would fetch more than `max_bytes`.
    pub fn start(self, statement: Statement, max_bytes: Option<u64>) {
        let since_ms = browser::now_ms();
        self.state.set(RunState::Running {
            since_ms,
            progress: Progress::default(),
        });
        let state = self.state;
        let session = self.session;
        if self.has_failed_untracked() {
            self.outcome.set(None);
        }
        self.settled.set(None);
        self.current.set_value(Some(statement.clone()));
        let task = async move {
            // A lake that cannot be opened does not keep files from being queried.
            let _ = session.lake_opened().await;
            let on_progress = move |progress| state.set(RunState::Running { since_ms, progress });
            let query = Query {
                sql: statement.sql,
                max_rows: statement.max_rows,
                max_bytes,
                ..Query::default()
            };
            let outcome = session.ask(query, on_progress).await;
            self.settle(match outcome {
                Ok(answer) => Outcome::Answered(Shown {
                    answer,
                    slice: statement.slice,
                }),
                Err(failure) => Outcome::Failed(failure),
            });
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
        self.settle(Outcome::Failed(Failure::cancelled()));
    }

    /// Leaves a statement alone that was refused.
    pub fn decline(self) {
        self.settle(Outcome::Failed(Failure::cancelled()));
    }

    fn settle(self, outcome: Outcome) {
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
    }

    /// Whether a statement runs.
    pub fn state(self) -> RunState {
        self.state.get()
    }

    /// Whether a statement runs, without its progress.
    pub fn is_running(self) -> bool {
        self.state.with(|state| *state != RunState::Idle)
    }

    /// The newest answer, if the newest outcome is one.
    pub fn shown(self) -> Option<Shown> {
        self.outcome.with(|outcome| match outcome {
            Some(Outcome::Answered(shown)) => Some(shown.clone()),
            _ => None,
        })
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
