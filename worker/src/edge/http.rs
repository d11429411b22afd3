//! One GET, by range or whole, and what a refusal means.
//!
//! Only CORS-safelisted headers are sent, so that no request needs a preflight: `Range: bytes=a-b`, and no `If-Match`.

use bytes::Bytes;
use gloo_net::http::{Request, Response};
use js_sys::global;
use protocol::{Failure, FailureKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use web_sys::{AbortController, DedicatedWorkerGlobalScope, RequestCache, RequestMode};

use crate::io::{Chunk, Span};

/// The rule that a bucket needs; also what `infra/cors.json` sets.
const CORS_HINT: &str = "The bucket's CORS rules must allow this page to read it. Rule to set: AllowedOrigins: this \
    page's origin; AllowedMethods: GET; AllowedHeaders: *; ExposeHeaders: Content-Range, Content-Length, ETag, \
    Accept-Ranges.";

/// Aborts its fetch when it is dropped.
struct AbortOnDrop(Option<AbortController>);

impl AbortOnDrop {
    fn new() -> Self {
        Self(AbortController::new().ok())
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

/// Reads (part of) the object behind an address. `name` stands for it in messages, which never show the address.
pub(super) async fn fetch(url: &str, name: &str, span: &Span) -> Result<Chunk, Failure> {
    let abort = AbortOnDrop::new();
    let signal = abort.0.as_ref().map(AbortController::signal);
    // Chromium's HTTP cache would serialise parallel ranges of one address.
    let mut request = Request::get(url)
        .cache(RequestCache::NoStore)
        .abort_signal(signal.as_ref());
    if let Span::Range(range) = span {
        request = request.header("Range", &format!("bytes={}-{}", range.start, range.end - 1));
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(_) => return Err(unreachable_because(url, name).await),
    };
    let total_bytes = check(&response, name, span)?;
    let etag = response.headers().get("etag");
    let body = response.binary().await.map_err(|_| cut_short(name))?;
    Ok(Chunk {
        total_bytes: total_bytes.unwrap_or(body.len() as u64),
        bytes: Bytes::from(body),
        etag,
        requests: 1,
    })
}

/// POSTs JSON and reads JSON.
pub(super) async fn post_json<B: Serialize, T: DeserializeOwned>(
    url: &str,
    name: &str,
    body: &B,
) -> Result<T, Failure> {
    let bad = |error: gloo_net::Error| {
        Failure::new(
            FailureKind::Internal,
            format!("The request to {name} cannot be made: {error}"),
        )
    };
    let request = Request::post(url)
        .cache(RequestCache::NoStore)
        .json(body)
        .map_err(bad)?;
    let response = match request.send().await {
        Ok(response) => response,
        Err(_) => return Err(unreachable_because(url, name).await),
    };
    check(&response, name, &Span::Whole)?;
    let answer = response.binary().await.map_err(|_| cut_short(name))?;
    from_json(&answer, name)
}

/// Reads JSON. What the reader says of it is kept back, because it may quote a signed address.
pub(super) fn from_json<T: DeserializeOwned>(json: &[u8], name: &str) -> Result<T, Failure> {
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
pub(super) fn hidden_etag(name: &str) -> Failure {
    Failure::new(
        FailureKind::Cors,
        format!("The answer for {name} hides its ETag header from the page."),
    )
    .with_hint(CORS_HINT)
}

/// The object's size, from an answer to a range request.
fn check(response: &Response, name: &str, span: &Span) -> Result<Option<u64>, Failure> {
    match (response.status(), span) {
        (206, Span::Range(_)) => match response.headers().get("content-range") {
            None => Err(Failure::new(
                FailureKind::Cors,
                format!("The answer for {name} hides its Content-Range header from the page."),
            )
            .with_hint(CORS_HINT)),
            Some(header) => header
                .rsplit_once('/')
                .and_then(|(_, total)| total.trim().parse().ok())
                .map(Some)
                .ok_or_else(|| no_ranges(name, "it does not say how large the file is")),
        },
        (200, Span::Range(_)) => Err(no_ranges(name, "it sent the whole file instead of a part")),
        (200..=299, Span::Whole) => Ok(None),
        (416, Span::Range(_)) => Err(crate::io::corrupt(name, "it is empty or shorter than it was")),
        // S3 answers 400 when the session that signed the address has expired.
        (400 | 401 | 403, _) => Err(Failure::new(
            FailureKind::Denied,
            format!("Access to {name} is denied ({}).", response.status()),
        )
        .with_hint(
            "The address may have expired, or you may lack the right to read it. Ask for a new link.",
        )),
        (404 | 410, _) => Err(Failure::new(
            FailureKind::NotFound,
            format!("{name} does not exist ({}).", response.status()),
        )
        .with_hint("Check the address, or reload the catalog.")),
        (status, _) => Err(Failure::new(
            FailureKind::Offline,
            format!(
                "The server of {name} answered {status} {}.",
                response.status_text()
            ),
        )
        .with_hint("The server may be overloaded. Try again in a moment.")),
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

fn cut_short(name: &str) -> Failure {
    Failure::new(
        FailureKind::Offline,
        format!("The connection broke while {name} was read."),
    )
    .with_hint("Check the network and try again.")
}

/// A browser does not tell why a fetch failed. A second one that may not read the answer tells whether the server
/// is there at all.
async fn unreachable_because(url: &str, name: &str) -> Failure {
    let scope = global().unchecked_into::<DedicatedWorkerGlobalScope>();
    if !scope.navigator().on_line() {
        return Failure::new(
            FailureKind::Offline,
            format!("{name} cannot be fetched: you are offline."),
        )
        .with_hint("Connect to the network and try again. Local files work without it.");
    }
    let abort = AbortOnDrop::new();
    let signal = abort.0.as_ref().map(AbortController::signal);
    let probe = Request::get(url)
        .mode(RequestMode::NoCors)
        .cache(RequestCache::NoStore)
        .abort_signal(signal.as_ref())
        .header("Range", "bytes=0-0")
        .send()
        .await;
    match probe {
        Ok(_) => Failure::new(
            FailureKind::Cors,
            format!("The server of {name} is there, but does not let this page read its answer."),
        )
        .with_hint(CORS_HINT),
        Err(_) => Failure::new(
            FailureKind::Offline,
            format!("The server of {name} cannot be reached."),
        )
        .with_hint("Check the address and the network. A plain http: address works only on this computer."),
    }
}
