//! Why a call failed: a kind that code can act on, and words that a person can act on.

use serde::{Deserialize, Serialize};

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What happened, and to what. Holds no signed URL.
    pub message: String,
    /// What a person can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Underlying errors, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureKind {
    /// The SQL cannot be parsed or planned, or fails on the values it meets.
    InvalidQuery,
    /// No such table is open.
    UnknownTable,
    /// The object does not exist (404).
    NotFound,
    /// The store refuses access (401, 403).
    Denied,
    /// The network is down or the server cannot be reached.
    Offline,
    /// The browser may not read the answer: the bucket's CORS rules forbid it.
    Cors,
    /// The server does not answer range requests.
    RangeUnsupported,
    /// The file is not Parquet, is truncated, or lies about itself.
    CorruptFile,
    /// An object changed under the reader.
    StaleSnapshot,
    /// The query needs more memory than the engine may use.
    OutOfMemory,
    /// The query would fetch more bytes than allowed.
    OverBudget,
    /// The caller cancelled.
    Cancelled,
    /// Page and engine are of different versions.
    ProtocolMismatch,
    /// The engine's worker died.
    WorkerLost,
    /// A defect of Goldpan.
    Internal,
}

impl FailureKind {
    /// Whether the same call may succeed when it is made again, unchanged.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Offline | Self::StaleSnapshot | Self::WorkerLost => true,
            Self::InvalidQuery
            | Self::UnknownTable
            | Self::NotFound
            | Self::Denied
            | Self::Cors
            | Self::RangeUnsupported
            | Self::CorruptFile
            | Self::OutOfMemory
            | Self::OverBudget
            | Self::Cancelled
            | Self::ProtocolMismatch
            | Self::Internal => false,
        }
    }
}

impl Failure {
    /// A failure without hint and causes.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            causes: Vec::new(),
        }
    }

    /// Adds what a person can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds an underlying error and its own sources.
    #[must_use]
    pub fn with_cause(mut self, error: &dyn std::error::Error) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// The terminal answer of a call that its caller gave up.
    pub fn cancelled() -> Self {
        Self::new(FailureKind::Cancelled, "The query was cancelled.")
    }

    /// The terminal answer of a call whose engine died.
    pub fn worker_lost(reason: &str) -> Self {
        Self::new(FailureKind::WorkerLost, format!("The engine stopped: {reason}"))
            .with_hint("A new engine has been started. Run the query again.")
    }
}
