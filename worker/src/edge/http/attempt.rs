//! One exchange: a request, its answer's head and body, and what it means when there is none.

use bytes::Bytes;
use futures::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder, Response};
use protocol::{Failure, FailureKind};
use std::pin::pin;
use web_sys::{AbortController, RequestCache, RequestMode};

use super::body::{self, Progress, STALL_MS};
use super::lane::Lane;
use super::refusal::{self, CORS_HINT};
use super::{Ask, Http, Passing, Trouble};
use crate::edge::scope;
use crate::io::{Chunk, Span, Timing};

/// Aborts its fetch when it is dropped.
struct AbortOnDrop(Option<AbortController>);

impl AbortOnDrop {
    fn new() -> Self {
        Self(AbortController::new().ok())
    }

    fn guard(&self, request: RequestBuilder) -> RequestBuilder {
        let signal = self.0.as_ref().map(AbortController::signal);
        // Chromium's HTTP cache would serialise parallel ranges of one address.
        request.cache(RequestCache::NoStore).abort_signal(signal.as_ref())
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Http {
    /// Tries once. Dropping the future aborts the fetch.
    pub(super) async fn attempt(
        &self,
        lane: &Lane,
        url: &str,
        ask: &Ask<'_>,
        json: Option<&str>,
    ) -> Result<Chunk, Trouble> {
        let progress = Progress::default();
        progress.step(self.clock.now());
        let exchange = pin!(self.exchange(lane, url, ask, json, &progress));
        let stalled = pin!(progress.stalled());
        match select(exchange, stalled).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(broken(
                ask.name,
                Failure::new(
                    FailureKind::Offline,
                    format!("The server of {} has stopped sending.", ask.name),
                )
                .with_hint("Check the network and try again."),
                STALL_MS,
            )),
        }
    }

    async fn exchange(
        &self,
        lane: &Lane,
        url: &str,
        ask: &Ask<'_>,
        json: Option<&str>,
        progress: &Progress,
    ) -> Result<Chunk, Trouble> {
        let sent_ms = self.clock.now();
        let abort = AbortOnDrop::new();
        let response = match self.request(&abort, url, ask, json)?.send().await {
            Ok(response) => response,
            Err(_) => return Err(self.unreachable(lane, url, ask, sent_ms).await),
        };
        lane.is_readable.set(true);
        let head_ms = self.clock.now();
        progress.step(head_ms);
        let head = refusal::check(&response, ask.name, ask.span, head_ms - sent_ms)?;
        let etag = response.headers().get("etag");
        let body = self.body(&response, head.body_bytes, ask, progress).await?;
        lane.note_protocol(&self.clock, url);
        Ok(Chunk {
            total_bytes: head.total_bytes.unwrap_or(body.len() as u64),
            bytes: Bytes::from(body),
            etag,
            requests: 1,
            timing: Some(Timing {
                first_byte_ms: head_ms - sent_ms,
                body_ms: self.clock.now() - head_ms,
            }),
        })
    }

    fn request(
        &self,
        abort: &AbortOnDrop,
        url: &str,
        ask: &Ask<'_>,
        json: Option<&str>,
    ) -> Result<Request, Trouble> {
        let built = match (json, ask.span) {
            (Some(json), _) => abort
                .guard(Request::post(url))
                .header("Content-Type", "application/json")
                .body(json),
            (None, Span::Whole) => abort.guard(Request::get(url)).build(),
            (None, Span::Range(range)) => abort
                .guard(Request::get(url))
                .header("Range", &format!("bytes={}-{}", range.start, range.end - 1))
                .build(),
        };
        // What the browser says of it is kept back, because it may quote a signed address.
        built.map_err(|_| {
            Trouble::Final(
                Failure::new(
                    FailureKind::NotFound,
                    format!("{} has an address that no request can be made to.", ask.name),
                )
                .with_hint("Check the address."),
            )
        })
    }

    async fn body(
        &self,
        response: &Response,
        announced_bytes: Option<u64>,
        ask: &Ask<'_>,
        progress: &Progress,
    ) -> Result<Vec<u8>, Trouble> {
        let body = body::read(response, announced_bytes, || progress.step(self.clock.now())).await;
        match body {
            Ok(body) if announced_bytes.is_none_or(|bytes| body.len() as u64 >= bytes) => Ok(body),
            _ => Err(broken(
                ask.name,
                Failure::new(
                    FailureKind::Offline,
                    format!("The connection broke while {} was read.", ask.name),
                )
                .with_hint("Check the network and try again."),
                progress.lost_ms(self.clock.now()),
            )),
        }
    }

    /// A browser does not tell why a fetch failed. A second one that may not read the answer tells whether the server
    /// is there at all.
    async fn unreachable(&self, lane: &Lane, url: &str, ask: &Ask<'_>, sent_ms: f64) -> Trouble {
        let name = ask.name;
        let lost_ms = self.clock.now() - sent_ms;
        if lane.is_readable.get() {
            let failure = Failure::new(
                FailureKind::Offline,
                format!("The connection to the server of {name} broke."),
            )
            .with_hint("Check the network and try again.");
            return broken(name, failure, lost_ms);
        }
        if is_offline() {
            return Trouble::Final(offline(name));
        }
        let abort = AbortOnDrop::new();
        let probe = abort
            .guard(Request::get(url).mode(RequestMode::NoCors))
            .header("Range", "bytes=0-0")
            .send()
            .await;
        match probe {
            Ok(_) => Trouble::Unreadable(
                Failure::new(
                    FailureKind::Cors,
                    format!("The server of {name} is there, but does not let this page read its answer."),
                )
                .with_hint(CORS_HINT),
            ),
            Err(_) => broken(
                name,
                Failure::new(
                    FailureKind::Offline,
                    format!("The server of {name} cannot be reached."),
                )
                .with_hint(
                    "Check the address and the network. A plain http: address works only on this computer.",
                ),
                lost_ms,
            ),
        }
    }
}

/// A connection that failed: for good when the browser knows that there is no network.
fn broken(name: &str, failure: Failure, lost_ms: f64) -> Trouble {
    if is_offline() {
        return Trouble::Final(offline(name));
    }
    Trouble::Passing(Passing {
        failure,
        lost_ms,
        retry_after_ms: None,
    })
}

fn is_offline() -> bool {
    !scope().navigator().on_line()
}

fn offline(name: &str) -> Failure {
    Failure::new(
        FailureKind::Offline,
        format!("{name} cannot be fetched: you are offline."),
    )
    .with_hint("Connect to the network and try again. Local files and pinned tables work without it.")
}
