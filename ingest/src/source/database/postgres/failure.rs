//! Why a server could not be asked, and whether it may go well later.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Something that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// What went wrong.
    pub problem: String,
    /// Whether it may go well later.
    pub is_passing: bool,
}

impl Failure {
    /// One that would come again.
    pub fn lasting(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            is_passing: false,
        }
    }

    /// No connection.
    pub fn of_connection(error: &Error, named: &str) -> Self {
        let failure = Self::of(error);
        let remedy = match error.code() {
            Some(code) if *code == SqlState::INVALID_PASSWORD || code.code().starts_with("28") => {
                format!("check user and password of {named}, and the variables that it names")
            }
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
                format!("check the database of {named}")
            }
            Some(_) => format!("check {named}, or run again later"),
            None if failure.problem.contains("certificate") => format!(
                "name the file of the authority as ?sslrootcert=ca.pem at the end of {named}, or have no encryption with \
                 ?sslmode=disable"
            ),
            None => format!("check {named}, and whether the server can be reached from here"),
        };
        Self {
            problem: format!("{}: {remedy}", failure.problem),
            ..failure
        }
    }

    /// What a server or the connection to it says.
    pub fn of(error: &Error) -> Self {
        if let Some(said) = error.as_db_error() {
            let mut problem = format!("PostgreSQL says: {}", said.message());
            if let Some(more) = said.detail().or(said.hint()) {
                problem = format!("{problem} ({more})");
            }
            let code = said.code();
            // It starts, stops, has no room for one more, or goes on with a change that this one was in the way of.
            let is_passing = code.code().starts_with("08")
                || code.code().starts_with("57P0")
                || [
                    SqlState::TOO_MANY_CONNECTIONS,
                    SqlState::T_R_SERIALIZATION_FAILURE,
                ]
                .contains(code);
            return Self { problem, is_passing };
        }
        let mut causes = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(next) = cause {
            let text = next.to_string();
            if !causes.iter().any(|before| before.contains(&text)) {
                causes.push(text);
            }
            cause = next.source();
        }
        let problem = causes.join(": ");
        Self {
            is_passing: !problem.contains("certificate") && !problem.contains("configuration"),
            problem,
        }
    }
}
