//! One thing that a run did or could not do.

use std::collections::BTreeMap;
use std::fmt;

use catalog::{CheckStatus, Severity};

use super::checks::Checked;
use crate::plan::Name;
use crate::project::Model;
use crate::source::{Drifted, Rejected};

/// A source, a model or a check file.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// `source.x`, `silver.x`, `gold.x` or `checks/x.sql`.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Rows of its table.
    pub rows: Option<u64>,
    /// Files read or written.
    pub files: Option<usize>,
    /// Bytes written.
    pub bytes: Option<u64>,
    /// Time spent.
    pub seconds: f64,
    /// Whether it is about new files only.
    pub is_partial: bool,
    /// What was done and why, of a gold table.
    pub action: Option<Action>,
    /// Largest memory of the process while it ran, in bytes.
    pub peak_memory_bytes: Option<u64>,
    /// Checks and how they went.
    pub checks: Vec<Checked>,
    /// What a person should know although it did not fail.
    pub warnings: Vec<String>,
    /// Raw files that could not be read.
    pub rejected: Vec<Rejected>,
    /// Columns of raw files that are not as they were.
    pub drifted: Drifted,
}

/// What was done to a gold table.
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// `new`, `rebuilt`, `increment`, `described`, `unchanged`.
    pub what: &'static str,
    /// Why.
    pub reasons: Vec<String>,
    /// `1 written, 99 kept`.
    pub files: Option<String>,
    /// Raw files taken in, by source.
    pub inputs: BTreeMap<String, u64>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As it should.
    Done,
    /// With what is wrong.
    Failed(String),
    /// Not begun, because of these.
    Skipped(Vec<String>),
}

impl Outcome {
    /// Whether it ended as it should.
    pub fn is_done(&self) -> bool {
        *self == Self::Done
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "ok",
            Self::Failed(_) => "FAILED",
            Self::Skipped(_) => "skipped",
        })
    }
}

impl Step {
    /// A step with nothing but its end.
    pub fn ended(name: impl fmt::Display, outcome: Outcome) -> Self {
        Self {
            name: name.to_string(),
            outcome,
            rows: None,
            files: None,
            bytes: None,
            seconds: 0.0,
            is_partial: false,
            action: None,
            peak_memory_bytes: None,
            checks: Vec::new(),
            warnings: Vec::new(),
            rejected: Vec::new(),
            drifted: Drifted::default(),
        }
    }

    /// The step of a model whose checks went like this.
    pub fn of_checks(table: &Name, model: &Model, checks: &[Checked]) -> Self {
        let complaints = |blocks: bool| {
            checks
                .iter()
                .filter(move |check| check.blocks() == blocks)
                .filter_map(|check| check.complaint.clone())
                .map(|complaint| format!("{}: {complaint}", model.file.display()))
                .collect::<Vec<_>>()
        };
        let failures = complaints(true);
        let outcome = if failures.is_empty() {
            Outcome::Done
        } else {
            Outcome::Failed(failures.join("\n"))
        };
        Self {
            checks: checks.to_vec(),
            warnings: complaints(false),
            ..Self::ended(table, outcome)
        }
    }

    /// Whether it ended as it should, with nothing left out.
    pub fn is_good(&self) -> bool {
        self.outcome.is_done() && self.rejected.is_empty()
    }

    /// What drifted, with its name.
    pub fn drift_in_words(&self) -> Vec<String> {
        let words = self.drifted.words().into_iter();
        words.map(|words| format!("{}: {words}", self.name)).collect()
    }

    /// What went wrong, with its name.
    pub fn problem(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Failed(reason) => Some(format!("{}: {reason}", self.name)),
            _ => None,
        }
    }

    /// `ok`, or what was done to a gold table; `FAILED`, `skipped`.
    pub fn result_in_short(&self) -> String {
        match (&self.outcome, &self.action) {
            (Outcome::Done, Some(action)) => action.what.to_owned(),
            (Outcome::Done, None) if !self.rejected.is_empty() => "in part".to_owned(),
            (outcome, _) => outcome.to_string(),
        }
    }

    /// `5 passed`, `4 passed, 1 failed, 1 warning`.
    pub fn checks_in_short(&self) -> String {
        let count = |status, severity: Option<Severity>| {
            self.checks
                .iter()
                .map(|check| &check.result)
                .filter(|check| check.status == status && severity.is_none_or(|s| s == check.severity))
                .count()
        };
        let parts = [
            (count(CheckStatus::Passed, None), "passed"),
            (count(CheckStatus::Failed, Some(Severity::Error)), "failed"),
            (count(CheckStatus::Failed, Some(Severity::Warn)), "warned"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        parts.join(", ")
    }
}
