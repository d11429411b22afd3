//! What was looked at, how it is, and how to mend it.

use serde::Serialize;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    Warning,
    Error,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub check: String,
    pub state: State,
    /// How it is.
    pub found: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// All that was found, in the order in which it was looked at.
#[derive(Debug, Default, Serialize)]
pub(super) struct Findings {
    pub findings: Vec<Finding>,
}

impl Findings {
    pub(super) fn ok(&mut self, check: &str, found: impl Into<String>) {
        self.add(check, State::Ok, found, None);
    }

    pub(super) fn warning(&mut self, check: &str, found: impl Into<String>, fix: impl Into<String>) {
        self.add(check, State::Warning, found, Some(fix.into()));
    }

    pub(super) fn error(&mut self, check: &str, found: impl Into<String>, fix: impl Into<String>) {
        self.add(check, State::Error, found, Some(fix.into()));
    }

    /// An error whose text says itself what to do.
    pub(super) fn failed(&mut self, check: &str, error: &dyn std::fmt::Display) {
        self.add(check, State::Error, error.to_string(), None);
    }

    /// The worst state.
    pub(super) fn worst(&self) -> State {
        let states = self.findings.iter().map(|finding| finding.state);
        states.max().unwrap_or(State::Ok)
    }

    /// How many are in this state.
    pub(super) fn count(&self, state: State) -> usize {
        let of_state = |finding: &&Finding| finding.state == state;
        self.findings.iter().filter(of_state).count()
    }

    fn add(&mut self, check: &str, state: State, found: impl Into<String>, fix: Option<String>) {
        self.findings.push(Finding {
            check: check.to_owned(),
            state,
            found: found.into(),
            fix,
        });
    }
}
