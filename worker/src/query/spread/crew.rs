//! The other workers of a pool, as their lead sees them.
//!
//! Nothing here knows how a message travels: the edge (or a test) takes the requests and answers them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use protocol::{Failure, Piece, Progress, SharedTable, Stage, StageSummary};

/// What comes of a stage at a peer. `Done` is the last.
#[derive(Debug)]
pub enum StageItem {
    /// A batch, as an Arrow IPC stream.
    Piece(Piece, Vec<u8>),
    /// How far it is, since its start.
    Progress(Progress),
    /// Its end.
    Done(Box<Result<StageSummary, Failure>>),
}

/// What a lead asks of its peers, in order.
#[derive(Debug)]
pub enum CrewRequest {
    /// Makes tables known to a peer.
    Share {
        /// The peer: 1 and up.
        peer: u32,
        /// The tables.
        tables: Vec<SharedTable>,
    },
    /// Runs a share of a stage at a peer.
    Run {
        /// The peer: 1 and up.
        peer: u32,
        /// The stage.
        stage: Box<Stage>,
        /// What the stage refers to by index.
        buffers: Vec<Bytes>,
        /// Where its items go.
        reply: mpsc::Sender<StageItem>,
        /// To be dropped as soon as the message is on its way: the lead does not begin its own share before.
        sent: oneshot::Sender<()>,
        /// Resolves when nobody wants them any more.
        gone: oneshot::Receiver<()>,
    },
    /// There is work for all: whoever is not there yet had better be started.
    Wanted,
}

/// The lead's peers.
#[derive(Debug)]
pub struct Crew {
    requests: mpsc::UnboundedSender<CrewRequest>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Workers that are wanted, the lead included.
    wanted: u32,
    /// By number, from 1 on.
    peers: Vec<Peer>,
}

#[derive(Debug, Default)]
struct Peer {
    is_ready: bool,
    /// Tables that it was told of, by name, with their versions.
    known: HashMap<String, String>,
}

impl Crew {
    /// A crew of this size, the lead included, of which nobody is there yet; and what is asked of it.
    pub fn new(wanted: u32) -> (Self, mpsc::UnboundedReceiver<CrewRequest>) {
        let (requests, receiver) = mpsc::unbounded();
        let crew = Self {
            requests,
            state: Mutex::new(State {
                wanted: 1,
                peers: Vec::new(),
            }),
        };
        crew.want(wanted);
        (crew, receiver)
    }

    /// Sets how many workers are wanted, the lead included.
    pub fn want(&self, wanted: u32) {
        let mut state = self.lock();
        state.wanted = wanted.max(1);
        let peers = usize::try_from(state.wanted - 1).unwrap_or(usize::MAX);
        state.peers.resize_with(peers, Peer::default);
    }

    /// Workers that are wanted, and those of them that are there, the lead included.
    pub fn size(&self) -> (u32, u32) {
        let state = self.lock();
        let ready = state.peers.iter().filter(|peer| peer.is_ready).count();
        (
            state.wanted,
            u32::try_from(ready).map_or(u32::MAX, |ready| ready + 1),
        )
    }

    /// Notes that a peer is there, and knows no table.
    pub fn joined(&self, peer: u32) {
        self.with_peer(peer, |peer| {
            *peer = Peer {
                is_ready: true,
                known: HashMap::new(),
            };
        });
    }

    /// Notes that a peer is gone.
    pub fn left(&self, peer: u32) {
        self.with_peer(peer, |peer| *peer = Peer::default());
    }

    /// Shares of a query that begins now: all workers, or the lead alone until all are there.
    pub(in crate::query) fn shares(&self) -> u32 {
        let (wanted, ready) = self.size();
        if ready == wanted { wanted } else { 1 }
    }

    /// Says that there is work for all.
    pub(crate) fn call_up(&self) {
        // Who takes no requests has no peers.
        let _ = self.requests.unbounded_send(CrewRequest::Wanted);
    }

    /// Whether a peer has to be told of a table, which it is going to be.
    pub(super) fn tell(&self, peer: u32, table: &str, version: &str) -> bool {
        self.with_peer(peer, |peer| {
            let known = peer.known.insert(table.to_owned(), version.to_owned());
            known.as_deref() != Some(version)
        })
        .unwrap_or(false)
    }

    /// Forgets what peers were told: one of them did not take it in.
    pub(crate) fn forget_told(&self) {
        for peer in &mut self.lock().peers {
            peer.known.clear();
        }
    }

    pub(super) fn ask(&self, request: CrewRequest) -> Result<(), Failure> {
        self.requests
            .unbounded_send(request)
            .map_err(|_| Failure::worker_lost("its peers are gone"))
    }

    fn with_peer<T>(&self, number: u32, act: impl FnOnce(&mut Peer) -> T) -> Option<T> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lock().peers.get_mut(index).map(act)
    }

    /// The state stays whole even if a holder panicked: every change to it is one assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
