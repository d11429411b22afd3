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

use super::address::Address;
use super::http::{Ask, Http, from_json};

/// Addresses are renewed so long before they expire, or at half their life when that is shorter.
const RENEW_BEFORE_MS: f64 = 30_000.0;

/// Finds addresses of the lake that is open. Clones share it.
#[derive(Clone)]
pub(super) struct Locator {
    http: Rc<Http>,
    shared: Rc<RefCell<State>>,
}

#[derive(Default)]
struct State {
    lake: Option<Lake>,
    /// Which lake this is of those opened one after another.
    generation: u32,
    signed: HashMap<String, SignedUrl>,
    waiting: Vec<(String, oneshot::Sender<Result<String, Failure>>)>,
}

#[derive(Clone, PartialEq)]
enum Lake {
    Signed(Signer),
    Base(Url),
}

/// Who gives signed addresses, by its own address.
#[derive(Clone, PartialEq)]
enum Signer {
    Endpoint(String),
    Bundle(String),
}

#[derive(Clone)]
struct SignedUrl {
    url: String,
    renew_at_ms: f64,
}

impl Locator {
    /// Finds nothing until a lake is opened.
    pub(super) fn new(http: Rc<Http>) -> Self {
        Self {
            http,
            shared: Rc::default(),
        }
    }

    /// Sets the lake; relative addresses are resolved against the page's.
    pub(super) fn open(&self, access: &LakeAccess, page_url: &str) -> Result<(), Failure> {
        let resolve = |url: &str| {
            Url::parse(page_url)
                .and_then(|page| page.join(url))
                .map_err(|error| {
                    Failure::new(
                        FailureKind::NotFound,
                        format!("The lake's address in goldpan.json is no address: {error}."),
                    )
                    .with_hint("Correct `lake.url` in goldpan.json, next to the page's index.html.")
                })
        };
        let lake = match access {
            LakeAccess::SigningEndpoint { url } => Lake::Signed(Signer::Endpoint(resolve(url)?.into())),
            LakeAccess::SignedBundle { url } => Lake::Signed(Signer::Bundle(resolve(url)?.into())),
            LakeAccess::BaseUrl { url } => Lake::Base(resolve(url)?),
        };
        let mut state = self.shared.borrow_mut();
        if state.lake.as_ref() != Some(&lake) {
            // Readers of the lake before it learn that it is gone when what they wait for is dropped.
            *state = State {
                lake: Some(lake),
                generation: state.generation + 1,
                ..State::default()
            };
        }
        Ok(())
    }

    /// Which lake is open: the address that it is reached by, without what may be secret.
    pub(super) fn lake(&self) -> Option<String> {
        let mut url = match &self.shared.borrow().lake {
            None => return None,
            Some(Lake::Base(base)) => base.clone(),
            Some(Lake::Signed(Signer::Endpoint(url) | Signer::Bundle(url))) => Url::parse(url).ok()?,
        };
        url.set_query(None);
        url.set_fragment(None);
        // Fails only for addresses that can have neither.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        Some(url.into())
    }

    /// Whether the lake's addresses are signed.
    pub(super) fn is_signed(&self) -> bool {
        matches!(self.shared.borrow().lake, Some(Lake::Signed(_)))
    }

    /// The address of an object.
    pub(super) async fn url(&self, key: &str) -> Result<String, Failure> {
        let lake = self.shared.borrow().lake.clone().ok_or_else(|| {
            Failure::new(FailureKind::NotFound, "No lake is open.")
                .with_hint("Name one in goldpan.json, or open a Parquet file.")
        })?;
        let signer = match lake {
            Lake::Base(base) => return below(base, key),
            Lake::Signed(signer) => signer,
        };
        let known = self.shared.borrow().signed.get(key).cloned();
        match known {
            Some(signed) if Date::now() < signed.renew_at_ms => Ok(signed.url),
            _ => self.sign(key, signer).await,
        }
    }

    /// Forgets an address that was refused, unless another reader has renewed it. Whether the lake's addresses are signed.
    pub(super) fn forget(&self, key: &str, refused: &str) -> bool {
        let mut state = self.shared.borrow_mut();
        if state.signed.get(key).is_some_and(|known| known.url == refused) {
            state.signed.remove(key);
        }
        matches!(state.lake, Some(Lake::Signed(_)))
    }

    async fn sign(&self, key: &str, signer: Signer) -> Result<String, Failure> {
        let (reply, answer) = oneshot::channel();
        let (is_first, generation) = {
            let mut state = self.shared.borrow_mut();
            state.waiting.push((key.to_owned(), reply));
            (state.waiting.len() == 1, state.generation)
        };
        if is_first {
            let locator = self.clone();
            spawn_local(async move {
                // After this turn's other keys have queued up.
                let _ = JsFuture::from(Promise::resolve(&JsValue::NULL)).await;
                locator.sign_waiting(&signer, generation).await;
            });
        }
        answer
            .await
            .map_err(|_| Failure::new(FailureKind::StaleSnapshot, "Another lake was opened meanwhile."))?
    }

    async fn sign_waiting(&self, signer: &Signer, generation: u32) {
        if self.shared.borrow().generation != generation {
            return;
        }
        let waiting = std::mem::take(&mut self.shared.borrow_mut().waiting);
        let mut keys: Vec<String> = waiting.iter().map(|(key, _)| key.clone()).collect();
        keys.sort();
        keys.dedup();
        let outcome = self.request(signer, keys).await;
        if let Ok(signed) = &outcome
            && self.shared.borrow().generation == generation
        {
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

    async fn request(&self, signer: &Signer, keys: Vec<String>) -> Result<SignedUrls, Failure> {
        match signer {
            Signer::Endpoint(url) => {
                let request = SignRequest { keys };
                self.http.post_json(url, "the signing endpoint", &request).await
            }
            Signer::Bundle(url) => {
                let name = "the bundle of signed addresses";
                let chunk = self.http.get(&Address::Fixed(url), &Ask::whole(name)).await?;
                from_json(&chunk.bytes, name)
            }
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

/// The address of a key below a base, with each segment encoded.
fn below(mut base: Url, key: &str) -> Result<String, Failure> {
    base.path_segments_mut()
        .map_err(|()| {
            Failure::new(
                FailureKind::NotFound,
                "The lake's base address in goldpan.json cannot have objects below it.",
            )
            .with_hint("Give an https: address.")
        })?
        .pop_if_empty()
        .extend(key.split('/'));
    Ok(base.into())
}

fn not_signed(key: &str) -> Failure {
    Failure::new(
        FailureKind::Denied,
        format!("No signed address was given for {key}."),
    )
    .with_hint("The bundle may be older than the catalog. Write it anew with `ingest presign`.")
}
