//! From object keys to addresses: signed by an endpoint, listed in a bundle, or below a base address.
//!
//! Invariant: signed addresses live here, in the worker's memory, and are never printed. Keys asked for in one turn
//! of the event loop are signed by one request.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use catalog::access::{LakeAccess, SignRequest, SignedUrls};
use futures::channel::oneshot;
use js_sys::{Date, Promise};
use protocol::{Failure, FailureKind};
use url::Url;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::http;
use crate::io::Span;

/// Addresses are renewed so long before they expire, or at half their life when that is shorter.
const RENEW_BEFORE_MS: f64 = 30_000.0;

/// Finds addresses of the lake that is open. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Locator {
    shared: Rc<RefCell<State>>,
}

#[derive(Default)]
struct State {
    lake: Option<Lake>,
    signed: HashMap<String, SignedUrl>,
    waiting: Vec<(String, oneshot::Sender<Result<String, Failure>>)>,
}

#[derive(Clone)]
enum Lake {
    Endpoint(String),
    Bundle(String),
    Base(String),
}

#[derive(Clone)]
struct SignedUrl {
    url: String,
    renew_at_ms: f64,
}

impl Locator {
    /// Sets the lake; relative addresses are resolved against the page's.
    pub(super) fn open(&self, access: &LakeAccess, page_url: &str) -> Result<(), Failure> {
        let resolve = |url: &str| {
            Url::parse(page_url)
                .and_then(|page| page.join(url))
                .map(String::from)
                .map_err(|error| {
                    Failure::new(
                        FailureKind::NotFound,
                        format!("The lake's address in goldpan.json is no address: {error}."),
                    )
                    .with_hint("Correct `lake.url` in goldpan.json, next to the page's index.html.")
                })
        };
        let lake = match access {
            LakeAccess::SigningEndpoint { url } => Lake::Endpoint(resolve(url)?),
            LakeAccess::SignedBundle { url } => Lake::Bundle(resolve(url)?),
            LakeAccess::BaseUrl { url } => Lake::Base(resolve(&format!("{}/", url.trim_end_matches('/')))?),
        };
        *self.shared.borrow_mut() = State {
            lake: Some(lake),
            ..State::default()
        };
        Ok(())
    }

    /// The address of an object.
    pub(super) async fn url(&self, key: &str) -> Result<String, Failure> {
        let lake = self.shared.borrow().lake.clone().ok_or_else(|| {
            Failure::new(FailureKind::NotFound, "No lake is open.")
                .with_hint("Name one in goldpan.json, or open a Parquet file.")
        })?;
        if let Lake::Base(base) = lake {
            return Ok(format!("{base}{key}"));
        }
        let known = self.shared.borrow().signed.get(key).cloned();
        match known {
            Some(signed) if Date::now() < signed.renew_at_ms => Ok(signed.url),
            _ => self.sign(key, lake).await,
        }
    }

    /// Forgets an address that was refused. Whether asking again can give another one.
    pub(super) fn renew(&self, key: &str) -> bool {
        let mut state = self.shared.borrow_mut();
        state.signed.remove(key);
        matches!(state.lake, Some(Lake::Endpoint(_) | Lake::Bundle(_)))
    }

    async fn sign(&self, key: &str, lake: Lake) -> Result<String, Failure> {
        let (reply, answer) = oneshot::channel();
        let is_first = {
            let mut state = self.shared.borrow_mut();
            state.waiting.push((key.to_owned(), reply));
            state.waiting.len() == 1
        };
        if is_first {
            let locator = self.clone();
            spawn_local(async move {
                // After this turn's other keys have queued up.
                let _ = JsFuture::from(Promise::resolve(&JsValue::NULL)).await;
                locator.sign_waiting(&lake).await;
            });
        }
        answer
            .await
            .map_err(|_| Failure::new(FailureKind::Internal, "The signing request was lost."))?
    }

    async fn sign_waiting(&self, lake: &Lake) {
        let waiting = std::mem::take(&mut self.shared.borrow_mut().waiting);
        let mut keys: Vec<String> = waiting.iter().map(|(key, _)| key.clone()).collect();
        keys.sort();
        keys.dedup();
        let outcome = request(lake, keys).await;
        if let Ok(signed) = &outcome {
            self.remember(signed);
        }
        for (key, reply) in waiting {
            let url = match &outcome {
                Ok(signed) => signed.urls.get(&key).cloned().ok_or_else(|| not_signed(&key)),
                Err(failure) => Err(failure.clone()),
            };
            // A reader that has gone in the meantime needs no address.
            let _ = reply.send(url);
        }
    }

    fn remember(&self, signed: &SignedUrls) {
        let now = Date::now();
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit 53 bits")]
        let lifetime_ms = signed.expires_at_ms as f64 - now;
        let renew_at_ms = now + lifetime_ms - RENEW_BEFORE_MS.min(lifetime_ms / 2.0);
        let mut state = self.shared.borrow_mut();
        for (key, url) in &signed.urls {
            let url = url.clone();
            state.signed.insert(key.clone(), SignedUrl { url, renew_at_ms });
        }
    }
}

async fn request(lake: &Lake, keys: Vec<String>) -> Result<SignedUrls, Failure> {
    match lake {
        Lake::Endpoint(url) => http::post_json(url, "the signing endpoint", &SignRequest { keys }).await,
        Lake::Bundle(url) => {
            let name = "the bundle of signed addresses";
            let chunk = http::fetch(url, name, &Span::Whole).await?;
            serde_json::from_slice(&chunk.bytes).map_err(|error| {
                Failure::new(FailureKind::Denied, format!("{name} is not valid: {error}."))
                    .with_hint("Write it anew with `ingest presign`.")
            })
        }
        Lake::Base(base) => Ok(SignedUrls {
            expires_at_ms: u64::MAX,
            urls: keys
                .into_iter()
                .map(|key| (key.clone(), format!("{base}{key}")))
                .collect(),
        }),
    }
}

fn not_signed(key: &str) -> Failure {
    Failure::new(
        FailureKind::Denied,
        format!("No signed address was given for {key}."),
    )
    .with_hint("The bundle may be older than the catalog. Write it anew with `ingest presign`.")
}
