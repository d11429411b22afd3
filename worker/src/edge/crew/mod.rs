//! The peers of a lead: started when there is work for them, asked, replaced when they die or grow.
//!
//! Invariant: a peer reads nothing by itself; what it needs it asks its lead for ([`reads`]).
//!
//! Entry point: [`Peers`].

mod link;
mod reads;

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use protocol::{CacheKind, CacheUse, CallId, CallItem, ClearCache, Client, RunStage, ShareTables, Stage};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use self::link::Link;
pub(super) use self::reads::bytes_of;
use super::answer::Reader;
use super::pump::Pump;
use crate::engine::Engine;
use crate::query::{CrewRequest, StageItem};

/// How long a peer may take to confirm a cancellation.
const GRACE_MS: u32 = 3_000;
/// A peer whose memory is larger than this, and than twice what its caches hold, is replaced when it is idle.
const GROWN_BYTES: u64 = 1024 * 1024 * 1024;

/// The peers.
pub(super) struct Peers {
    pub(super) engine: Engine,
    pub(super) reader: Rc<Reader>,
    pump: Rc<Pump>,
    /// By number, from 1 on; none where none has been started.
    members: RefCell<Vec<Option<Member>>>,
    started: RefCell<u32>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
}

struct Member {
    /// Which worker this is of those started one after another.
    generation: u32,
    client: Client<JsValue>,
    link: Rc<Link>,
    /// Its caches, as it reported them last.
    caches: Vec<CacheUse>,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.link.stop();
    }
}

impl Peers {
    pub(super) fn new(engine: Engine, reader: Rc<Reader>, pump: Rc<Pump>) -> Rc<Self> {
        Rc::new(Self {
            engine,
            reader,
            pump,
            members: RefCell::default(),
            started: RefCell::default(),
            waiting: RefCell::default(),
        })
    }

    /// Takes requests until the engine is gone.
    pub(super) async fn answer(self: Rc<Self>, mut requests: mpsc::UnboundedReceiver<CrewRequest>) {
        while let Some(request) = requests.next().await {
            match request {
                CrewRequest::Wanted => self.start(),
                CrewRequest::Share { peer, tables } => {
                    let Some(client) = self.client(peer) else { continue };
                    let telling = client.call(ShareTables { tables });
                    let peers = Rc::clone(&self);
                    spawn_local(async move {
                        if telling.await.is_err() {
                            peers.engine.crew().forget_told();
                        }
                    });
                }
                CrewRequest::Run {
                    peer,
                    stage,
                    buffers,
                    reply,
                    sent,
                    gone,
                } => {
                    // A peer that has died in the meantime leaves the reply unanswered, which says so.
                    let Some(client) = self.client(peer) else { continue };
                    spawn_local(Rc::clone(&self).run(Running {
                        peer,
                        client,
                        stage,
                        buffers,
                        reply,
                        sent,
                        gone,
                    }));
                }
            }
        }
    }

    /// Sets how many workers compute, the lead included, and waits until they are there.
    pub(super) async fn resize(self: &Rc<Self>, workers: u32) {
        self.engine.crew().want(workers);
        let wanted = usize::try_from(workers.saturating_sub(1)).unwrap_or(usize::MAX);
        let left = self.members.borrow().len();
        for peer in wanted..left {
            self.engine.peer_left(u32::try_from(peer + 1).unwrap_or(u32::MAX));
        }
        let left: Vec<_> = {
            let mut members = self.members.borrow_mut();
            let kept = members.len().min(wanted);
            members.drain(kept..).flatten().collect()
        };
        for member in left {
            member.client.lost("the pool was made smaller");
        }
        self.start();
        loop {
            let (wanted, ready) = self.engine.crew().size();
            if ready >= wanted {
                return;
            }
            let (sender, joined) = oneshot::channel();
            self.waiting.borrow_mut().push(sender);
            // Also a sender that is gone is news.
            let _ = joined.await;
            if (1..wanted).any(|peer| self.client(peer).is_none()) {
                // One of them cannot start, or has died: who asks is told how many there are.
                return;
            }
        }
    }

    /// Starts the peers that are wanted and not there.
    fn start(self: &Rc<Self>) {
        let (wanted, _) = self.engine.crew().size();
        for peer in 1..wanted {
            if self.client(peer).is_none() {
                self.start_one(peer);
            }
        }
    }

    fn start_one(self: &Rc<Self>, peer: u32) {
        let generation = self.started.borrow().wrapping_add(1);
        *self.started.borrow_mut() = generation;
        let Ok(link) = Link::start(self, peer, generation) else {
            // Where there are no workers in workers, the lead does all of it.
            self.engine.crew().want(1);
            self.announce();
            return;
        };
        let client = Client::new({
            let (link, peers) = (Rc::clone(&link), Rc::downgrade(self));
            move |message| {
                link.post(&message.head, &message.files);
                if let protocol::ToEngineHead::Cancel { id } = message.head
                    && let Some(peers) = peers.upgrade()
                {
                    spawn_local(peers.expect_stopped(peer, generation, id));
                }
            }
        });
        let member = Member {
            generation,
            client,
            link,
            caches: Vec::new(),
        };
        let mut members = self.members.borrow_mut();
        let index = usize::try_from(peer - 1).unwrap_or(usize::MAX);
        if members.len() <= index {
            members.resize_with(index + 1, || None);
        }
        members[index] = Some(member);
    }

    /// A peer that runs but has not confirmed a cancellation by now is stuck in a computation.
    async fn expect_stopped(self: Rc<Self>, peer: u32, generation: u32, id: CallId) {
        TimeoutFuture::new(GRACE_MS).await;
        let is_stuck = self.with(peer, generation, |member| member.client.is_stopping(id));
        if is_stuck == Some(true) {
            self.died(peer, generation, "it did not react to a cancellation");
        }
    }

    /// Notes that a peer is ready.
    fn joined(&self, peer: u32, generation: u32) {
        if self.with(peer, generation, |_| ()).is_some() {
            self.engine.crew().joined(peer);
            self.announce();
        }
    }

    /// Notes that a peer is gone. Another takes its place when there is work for it.
    fn died(&self, peer: u32, generation: u32, reason: &str) {
        let Some(client) = self.with(peer, generation, |member| member.client.clone()) else {
            return;
        };
        let gone = self.members.borrow_mut()[usize::try_from(peer - 1).unwrap_or(usize::MAX)].take();
        self.engine.peer_left(peer);
        client.lost(reason);
        self.announce();
        self.pump.kick();
        drop(gone);
    }

    fn announce(&self) {
        for waiting in self.waiting.borrow_mut().drain(..) {
            // Nobody waits any more for a call that was given up.
            let _ = waiting.send(());
        }
    }

    fn client(&self, peer: u32) -> Option<Client<JsValue>> {
        let index = usize::try_from(peer.checked_sub(1)?).ok()?;
        let members = self.members.borrow();
        members.get(index)?.as_ref().map(|member| member.client.clone())
    }

    fn with<T>(&self, peer: u32, generation: u32, act: impl FnOnce(&mut Member) -> T) -> Option<T> {
        let index = usize::try_from(peer.checked_sub(1)?).ok()?;
        let mut members = self.members.borrow_mut();
        let member = members.get_mut(index)?.as_mut();
        member.filter(|member| member.generation == generation).map(act)
    }

    /// How the caches of all peers stand, as they reported last.
    pub(super) fn caches(&self) -> Vec<CacheUse> {
        let members = self.members.borrow();
        members
            .iter()
            .flatten()
            .flat_map(|member| member.caches.iter().copied())
            .collect()
    }

    /// Empties a cache of all peers.
    pub(super) async fn clear(&self, cache: CacheKind) {
        let clients: Vec<_> = {
            let mut members = self.members.borrow_mut();
            let members = members.iter_mut().flatten();
            members
                .map(|member| {
                    member.caches.retain(|known| known.cache != cache);
                    member.client.clone()
                })
                .collect()
        };
        for client in clients {
            // A peer that is gone keeps nothing.
            let _ = client.call(ClearCache { cache }).await;
        }
    }

    async fn run(self: Rc<Self>, running: Running) {
        let Running {
            peer,
            client,
            stage,
            buffers,
            mut reply,
            sent,
            mut gone,
        } = running;
        let buffers = buffers.iter().map(|bytes| buffer(bytes)).collect();
        let mut items = client.stream_with_files(RunStage { stage }, buffers);
        drop(sent);
        self.pump.kick();
        loop {
            let item = match select(items.next(), &mut gone).await {
                Either::Left((Some(item), _)) => item,
                // Dropping the call cancels it.
                Either::Left((None, _)) | Either::Right(_) => return,
            };
            let item = match item {
                CallItem::Piece(piece, payload) => StageItem::Piece(piece, payload),
                CallItem::Progress(progress) => StageItem::Progress(progress),
                CallItem::Done(outcome) => {
                    if let Ok(summary) = &outcome {
                        self.note(peer, &client, summary);
                    }
                    StageItem::Done(Box::new(outcome))
                }
                CallItem::Batch(_) | CallItem::Partial(..) => continue,
            };
            let is_wanted = reply.send(item).await.is_ok();
            self.pump.kick();
            if !is_wanted {
                return;
            }
        }
    }

    /// Notes what a peer holds; one that has grown is replaced.
    fn note(&self, peer: u32, client: &Client<JsValue>, summary: &protocol::StageSummary) {
        let generation = self.started_as(peer);
        let held: u64 = summary.caches.iter().map(|cache| cache.bytes).sum();
        self.with(peer, generation, |member| {
            member.caches.clone_from(&summary.caches);
        });
        if summary.memory_bytes > GROWN_BYTES.max(2 * held) && client.pending() == 0 {
            self.died(peer, generation, "its memory had grown");
            self.engine.crew().call_up();
        }
    }

    fn started_as(&self, peer: u32) -> u32 {
        let index = usize::try_from(peer.saturating_sub(1)).unwrap_or(usize::MAX);
        let members = self.members.borrow();
        members
            .get(index)
            .and_then(Option::as_ref)
            .map_or(0, |member| member.generation)
    }
}

/// A share of a stage on its way to a peer.
struct Running {
    peer: u32,
    client: Client<JsValue>,
    stage: Box<Stage>,
    buffers: Vec<Bytes>,
    reply: mpsc::Sender<StageItem>,
    sent: oneshot::Sender<()>,
    gone: oneshot::Receiver<()>,
}

/// Bytes as a buffer that is handed over.
fn buffer(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).buffer().into()
}
