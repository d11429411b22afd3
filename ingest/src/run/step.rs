//! One thing that a run did or could not do.

use std::fmt;

use catalog::{CheckResult, CheckStatus, Severity};

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
    /// Checks and how they went.
    pub checks: Vec<CheckResult>,
    /// What a person should know although it did not fail.
    pub warnings: Vec<String>,
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
            checks: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// `5 passed`, `4 passed, 1 failed, 1 warning`.
    pub fn checks_in_short(&self) -> String {
        let count = |status, severity: Option<Severity>| {
            self.checks
                .iter()
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
