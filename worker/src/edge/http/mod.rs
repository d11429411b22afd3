//! Requests over HTTP: queued, tried again where that may help, and told apart where it does not.
//!
//! Only CORS-safelisted headers are sent with a GET, so that it needs no preflight: `Range: bytes=a-b`, and no `If-Match`.
//!
//! Entry points: [`Http::get`], [`Http::post_json`].

mod attempt;
mod body;
mod lane;
mod refusal;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gloo_timers::future::sleep;
use js_sys::Math;
use protocol::{Failure, FailureKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use wasm_bindgen::{JsError, JsValue};
use web_sys::Performance;

use super::address::Address;
use super::scope;
use crate::io::{Chunk, Patience, Span, Urgency};
use lane::Lane;
pub(super) use refusal::{from_json, hidden_etag};

/// The network, as this worker knows it.
pub(super) struct Http {
    clock: Performance,
    lanes: RefCell<HashMap<String, Rc<Lane>>>,
}

/// What is asked for.
pub(super) struct Ask<'a> {
    /// Stands for the object in messages, which never show its address.
    pub(super) name: &'a str,
    /// The part.
    pub(super) span: &'a Span,
    /// How soon.
    pub(super) urgency: Urgency,
}

impl<'a> Ask<'a> {
    /// All of an object that somebody waits for.
    pub(super) fn whole(name: &'a str) -> Self {
        Self {
            name,
            span: &Span::Whole,
            urgency: Urgency::Now,
        }
    }
}

/// Why a try failed.
enum Trouble {
    /// It would fail again.
    Final(Failure),
    /// The signature may have expired.
    Refused(Failure),
    /// It may go better the next time.
    Passing(Passing),
    /// The server is there, but the browser shows no answer: its CORS rules, or a connection that broke once.
    Unreadable(Failure),
}

struct Passing {
    failure: Failure,
    /// Time without progress.
    lost_ms: f64,
    /// What the server asks for.
    retry_after_ms: Option<f64>,
}

impl Http {
    pub(super) fn new() -> Result<Self, JsValue> {
        let clock = scope()
            .performance()
            .ok_or_else(|| JsError::new("this browser has no clock in workers"))?;
        Ok(Self {
            clock,
            lanes: RefCell::default(),
        })
    }

    /// Reads (part of) an object.
    pub(super) async fn get(&self, address: &Address<'_>, ask: &Ask<'_>) -> Result<Chunk, Failure> {
        self.send(address, ask, None).await
    }

    /// POSTs JSON and reads JSON. For questions only: it may be sent more than once.
    pub(super) async fn post_json<B: Serialize, T: DeserializeOwned>(
        &self,
        url: &str,
        name: &str,
        body: &B,
    ) -> Result<T, Failure> {
        let json = serde_json::to_string(body).map_err(|error| {
            let message = format!("The request to {name} cannot be made: {error}");
            Failure::new(FailureKind::Internal, message)
        })?;
        let answer = self
            .send(&Address::Fixed(url), &Ask::whole(name), Some(&json))
            .await?;
        from_json(&answer.bytes, name)
    }

    async fn send(&self, address: &Address<'_>, ask: &Ask<'_>, json: Option<&str>) -> Result<Chunk, Failure> {
        let mut patience = Patience::default();
        let (mut is_renewed, mut was_unreadable) = (false, false);
        loop {
            let lane = self.lane(&address.url().await?);
            let slot = lane.slots.take(ask.urgency).await;
            // A signature may have run out while others had their turn.
            let url = address.url().await?;
            patience.begin_try();
            let outcome = self.attempt(&lane, &url, ask, json).await;
            drop(slot);
            let passing = match outcome {
                Ok(chunk) => {
                    let requests = u64::from(patience.tries());
                    return Ok(Chunk { requests, ..chunk });
                }
                Err(Trouble::Refused(_)) if !is_renewed && address.forget(&url) => {
                    is_renewed = true;
                    continue;
                }
                Err(Trouble::Unreadable(failure)) if !was_unreadable => {
                    was_unreadable = true;
                    Passing {
                        failure,
                        lost_ms: 0.0,
                        retry_after_ms: None,
                    }
                }
                Err(Trouble::Final(failure) | Trouble::Refused(failure) | Trouble::Unreadable(failure)) => {
                    return Err(failure);
                }
                Err(Trouble::Passing(passing)) => passing,
            };
            match patience.pause(passing.lost_ms, passing.retry_after_ms, Math::random()) {
                Some(pause) => sleep(pause).await,
                None => return Err(tried(passing.failure, patience.tries())),
            }
        }
    }

    fn lane(&self, url: &str) -> Rc<Lane> {
        let origin = Url::parse(url).map(|url| url.origin().ascii_serialization());
        let mut lanes = self.lanes.borrow_mut();
        Rc::clone(lanes.entry(origin.unwrap_or_default()).or_default())
    }
}

fn tried(failure: Failure, tries: u32) -> Failure {
    if tries < 2 {
        return failure;
    }
    let message = format!("{} Tried {tries} times.", failure.message);
    Failure { message, ..failure }
}
