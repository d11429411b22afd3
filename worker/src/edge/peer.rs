//! The class `Peer`: a worker of a pool that another worker leads. It computes, and asks its lead for bytes.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use protocol::{
    Calls, Failure, FailureKind, FromEngine, FromEngineHead, Reply, Request, Responder, SharedChunk,
    SharedOrigin, SharedRead, Stage, Storage, ToEngineHead,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::crew::bytes_of;
use super::messages::{PROGRESS_MS, memory_bytes, post, stopped};
use super::pump::Pump;
use crate::engine::Engine;
use crate::io::{Chunk, Counters, DiskIndex, IoRequest, Span, Timing, Urgency};
use crate::memory::Budgets;

/// The engine of a peer.
#[wasm_bindgen]
pub struct Peer {
    shared: Rc<Shared>,
}

struct Shared {
    calls: Calls,
    engine: Engine,
    pump: Rc<Pump>,
    reads: Rc<Reads>,
}

#[wasm_bindgen]
impl Peer {
    /// Starts the engine of one of so many workers and tells the lead that it is ready.
    #[wasm_bindgen(constructor)]
    pub fn new(workers: u32) -> Result<Peer, JsValue> {
        console_error_panic_hook::set_once();
        let pump = Pump::new()?;
        // What is on disk the lead knows; a peer leads nobody.
        let (engine, requests) = Engine::new(DiskIndex::default(), 1, &Budgets::in_pool(workers))
            .map_err(|failure| JsError::new(&failure.message))?;
        let reads = Rc::new(Reads::default());
        spawn_local(Rc::clone(&reads).ask(requests.io, Rc::clone(&pump)));
        let shared = Shared {
            calls: Calls::new(post),
            engine,
            pump,
            reads,
        };
        Ok(Self {
            shared: Rc::new(shared),
        })
    }

    /// Takes a message of the lead: `head` is the JSON of a `ToEngineHead`, `buffers` an array of `ArrayBuffer`.
    pub fn receive(&self, head: &str, buffers: Option<Array>) -> Result<(), JsError> {
        let buffers = buffers.unwrap_or_default();
        match serde_json::from_str(head)? {
            ToEngineHead::Call { id, request } => {
                let credit = match &request {
                    Request::RunStage { credit, .. } => *credit,
                    _ => 0,
                };
                let responder = self.shared.calls.open(id, credit);
                spawn_local(Rc::clone(&self.shared).run(request, buffers, responder));
            }
            ToEngineHead::Cancel { id } => self.shared.calls.cancel(id),
            ToEngineHead::Credit { id, batches } => self.shared.calls.credit(id, batches),
            ToEngineHead::Bytes { id, outcome } => self.shared.reads.answered(id, outcome, &buffers),
        }
        Ok(())
    }
}

impl Shared {
    async fn run(self: Rc<Self>, request: Request, buffers: Array, responder: Responder) {
        let outcome = {
            let work = Box::pin(self.perform(request, &buffers, &responder));
            let cancelled = Box::pin(responder.cancelled());
            match select(work, cancelled).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => Err(Failure::cancelled()),
            }
        };
        responder.finish(outcome);
    }

    async fn perform(
        &self,
        request: Request,
        buffers: &Array,
        responder: &Responder,
    ) -> Result<Reply, Failure> {
        match request {
            Request::ShareTables { tables } => {
                for table in tables {
                    self.engine.share_table(table);
                }
                Ok(Reply::Shared)
            }
            Request::RunStage { stage, .. } => {
                let buffers = buffers.iter().map(|buffer| Bytes::from(bytes_of(&buffer)));
                self.run_stage(*stage, buffers.collect(), responder).await
            }
            Request::ClearCache { cache } => {
                self.engine.clear(cache);
                let caches = self.engine.caches();
                Ok(Reply::Storage(Storage {
                    caches,
                    ..Storage::default()
                }))
            }
            _ => Err(Failure::new(
                FailureKind::Internal,
                "A worker of the pool was asked for what only its lead does.",
            )),
        }
    }

    async fn run_stage(
        &self,
        stage: Stage,
        buffers: Vec<Bytes>,
        responder: &Responder,
    ) -> Result<Reply, Failure> {
        let counters = Arc::new(Counters::default());
        let (sink, mut pieces) = mpsc::channel(1);
        let stage = self.engine.run_stage(stage, buffers, Arc::clone(&counters), sink);
        let mut running = self.pump.spawn(stage);
        loop {
            match select(pieces.next(), TimeoutFuture::new(PROGRESS_MS)).await {
                Either::Left((Some((piece, payload)), _)) => {
                    self.pump.kick();
                    responder.piece(piece, payload).await?;
                }
                Either::Left((None, _)) => break,
                Either::Right(_) => responder.progress(counters.progress()),
            }
        }
        let mut summary = running.join().await.ok_or_else(stopped)??;
        summary.memory_bytes = memory_bytes();
        Ok(Reply::Stage(Box::new(summary)))
    }
}

/// Reads that the lead was asked for.
#[derive(Default)]
struct Reads {
    last_id: Cell<u32>,
    waiting: RefCell<HashMap<u32, oneshot::Sender<Result<Chunk, Failure>>>>,
}

impl Reads {
    /// Passes requests on until the engine is gone.
    async fn ask(self: Rc<Self>, mut requests: mpsc::UnboundedReceiver<IoRequest>, pump: Rc<Pump>) {
        while let Some(request) = requests.next().await {
            spawn_local(Rc::clone(&self).ask_one(request, Rc::clone(&pump)));
        }
    }

    async fn ask_one(self: Rc<Self>, request: IoRequest, pump: Rc<Pump>) {
        let mut reply = request.reply;
        let Span::Range(range) = request.span else {
            // Tables come to a peer with all that is to be known of their files.
            let failure = Failure::new(
                FailureKind::Internal,
                "A worker of the pool asked for a whole object.",
            );
            let _ = reply.send(Err(failure));
            return;
        };
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        let (answered, answer) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, answered);
        let read = SharedRead {
            origin: SharedOrigin::from(&request.origin),
            disk_name: request.disk_name,
            start: range.start,
            end: range.end,
            is_ahead: request.urgency == Urgency::Ahead,
        };
        say(FromEngineHead::Read { id, read });
        match select(answer, reply.cancellation()).await {
            Either::Left((outcome, _)) => {
                // A lead that is gone takes its peers with it.
                let _ = reply.send(outcome.unwrap_or_else(|_| Err(stopped())));
            }
            Either::Right(_) => {
                self.waiting.borrow_mut().remove(&id);
                say(FromEngineHead::ReadNoMore { id });
            }
        }
        pump.kick();
    }

    fn answered(&self, id: u32, outcome: Result<SharedChunk, Failure>, buffers: &Array) {
        let Some(waiting) = self.waiting.borrow_mut().remove(&id) else {
            return;
        };
        let chunk = outcome.map(|chunk| Chunk {
            bytes: Bytes::from(bytes_of(&buffers.get(0))),
            total_bytes: chunk.total_bytes,
            etag: chunk.etag,
            requests: chunk.requests,
            timing: chunk.timing_ms.map(|(first_byte_ms, body_ms)| Timing {
                first_byte_ms,
                body_ms,
            }),
        });
        // Nobody waits any more for a read that was given up.
        let _ = waiting.send(chunk);
    }
}

fn say(head: FromEngineHead) {
    post(FromEngine { head, payload: None });
}
