//! Failures of the site's endpoints, as JSON that says what went wrong and what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A refused request.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    #[serde(skip)]
    pub(super) status: StatusCode,
    /// What went wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, [(CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}
