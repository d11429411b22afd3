//! What an answer's status and headers mean.

use gloo_net::http::Response;
use protocol::{Failure, FailureKind};
use serde::de::DeserializeOwned;

use super::{Passing, Trouble};
use crate::io::{Span, corrupt};

/// The rule that a bucket needs; also what `infra/cors.json` sets.
pub(super) const CORS_HINT: &str = "The bucket's CORS rules must allow this page to read it. Rule to set: AllowedOrigins: this \
    page's origin; AllowedMethods: GET; AllowedHeaders: *; ExposeHeaders: Content-Range, Content-Length, ETag, \
    Accept-Ranges.";

/// What the head of a good answer tells.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// The object's size, where it tells.
    pub(super) total_bytes: Option<u64>,
    /// The size of the body, where it tells.
    pub(super) body_bytes: Option<u64>,
}

/// Reads the head of an answer that took so long.
pub(super) fn check(response: &Response, name: &str, span: &Span, lost_ms: f64) -> Result<Head, Trouble> {
    match (response.status(), span) {
        (206, Span::Range(range)) => match response.headers().get("content-range") {
            None => Err(Trouble::Final(hidden_range(name))),
            Some(header) => head_of_range(&header, range.start, name).map_err(Trouble::Final),
        },
        (200..=299, Span::Whole) => Ok(Head::default()),
        (429 | 500 | 502 | 503 | 504, _) => Err(Trouble::Passing(Passing {
            failure: unavailable(response, name),
            lost_ms,
            retry_after_ms: retry_after_ms(response),
        })),
        // S3 answers 400 when the session that signed the address has expired.
        (400 | 401 | 403, _) => Err(Trouble::Refused(denied(response, name))),
        _ => Err(Trouble::Final(refused(response, name, span))),
    }
}

/// Reads JSON. What the reader says of it is kept back, because it may quote a signed address.
pub(in crate::edge) fn from_json<T: DeserializeOwned>(json: &[u8], name: &str) -> Result<T, Failure> {
    serde_json::from_slice(json).map_err(|error| {
        Failure::new(
            FailureKind::Denied,
            format!(
                "{name} gave no signed addresses: its JSON is wrong at line {}, column {}.",
                error.line(),
                error.column()
            ),
        )
        .with_hint("Check `lake` in goldpan.json; write a bundle anew with `ingest presign`.")
    })
}

/// Why an answer cannot be trusted to be of the object version that was planned with.
pub(in crate::edge) fn hidden_etag(name: &str) -> Failure {
    Failure::new(
        FailureKind::Cors,
        format!("The answer for {name} hides its ETag header from the page."),
    )
    .with_hint(CORS_HINT)
}

fn hidden_range(name: &str) -> Failure {
    Failure::new(
        FailureKind::Cors,
        format!("The answer for {name} hides its Content-Range header from the page."),
    )
    .with_hint(CORS_HINT)
}

/// `bytes 0-499/1234`.
fn head_of_range(header: &str, wanted_start: u64, name: &str) -> Result<Head, Failure> {
    let (range, total) = header
        .rsplit_once('/')
        .ok_or_else(|| no_ranges(name, "it does not say how large the file is"))?;
    let total_bytes = total
        .trim()
        .parse()
        .map_err(|_| no_ranges(name, "it does not say how large the file is"))?;
    let bounds = range
        .trim_start_matches("bytes")
        .trim()
        .split_once('-')
        .and_then(|(start, end)| Some((start.parse::<u64>().ok()?, end.parse::<u64>().ok()?)));
    match bounds {
        Some((start, end)) if start == wanted_start && end >= start => Ok(Head {
            total_bytes: Some(total_bytes),
            body_bytes: Some(end - start + 1),
        }),
        _ => Err(no_ranges(name, "it sent another part than was asked for")),
    }
}

/// Only seconds are understood, and other origins rarely expose it.
fn retry_after_ms(response: &Response) -> Option<f64> {
    let seconds: f64 = response.headers().get("retry-after")?.trim().parse().ok()?;
    Some(seconds * 1_000.0)
}

fn unavailable(response: &Response, name: &str) -> Failure {
    Failure::new(
        FailureKind::Offline,
        format!(
            "The server of {name} answered {} {}.",
            response.status(),
            response.status_text()
        ),
    )
    .with_hint("The server may be overloaded. Try again in a moment.")
}

fn denied(response: &Response, name: &str) -> Failure {
    Failure::new(
        FailureKind::Denied,
        format!("Access to {name} is denied ({}).", response.status()),
    )
    .with_hint("The address may have expired, or you may lack the right to read it. Ask for a new link.")
}

fn refused(response: &Response, name: &str, span: &Span) -> Failure {
    match (response.status(), span) {
        (200, Span::Range(_)) => no_ranges(name, "it sent the whole file instead of a part"),
        (416, Span::Range(_)) => corrupt(name, "it is empty or shorter than it was"),
        (404 | 410, _) => Failure::new(
            FailureKind::NotFound,
            format!("{name} does not exist ({}).", response.status()),
        )
        .with_hint("Check the address, or reload the catalog."),
        _ => unavailable(response, name),
    }
}

fn no_ranges(name: &str, what: &str) -> Failure {
    Failure::new(
        FailureKind::RangeUnsupported,
        format!("The server of {name} does not answer range requests: {what}."),
    )
    .with_hint(
        "Download the file and open it from disk, or put it on a server that answers ranges, such as S3.",
    )
}
