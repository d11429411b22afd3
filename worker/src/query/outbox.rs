//! Where an answer goes while it is worked out.

use futures::SinkExt;
use futures::channel::mpsc;
use protocol::{Failure, Seen};

/// A batch on its way to the page.
#[derive(Debug, Clone)]
pub struct EncodedBatch {
    /// Rows in it.
    pub rows: u64,
    /// An Arrow IPC stream: schema and this batch.
    pub payload: Vec<u8>,
}

/// What goes to the page before the end of a query.
#[derive(Debug)]
pub enum Outgoing {
    /// Rows of the answer.
    Batch(EncodedBatch),
    /// An intermediate answer, as an Arrow IPC stream.
    Partial(Seen, Vec<u8>),
}

impl Outgoing {
    /// The rows of the answer in it.
    pub fn into_batch(self) -> Option<EncodedBatch> {
        match self {
            Self::Batch(batch) => Some(batch),
            Self::Partial(..) => None,
        }
    }
}

/// Where batches go, and whether any went.
#[derive(Debug)]
pub struct Outbox {
    sink: mpsc::Sender<Outgoing>,
    is_used: bool,
}

impl Outbox {
    /// Nothing has gone yet. The sink holds back when it is full.
    pub fn new(sink: mpsc::Sender<Outgoing>) -> Self {
        Self { sink, is_used: false }
    }

    /// Whether a batch of the answer has gone.
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    pub(super) async fn send(&mut self, batch: EncodedBatch) -> Result<(), Failure> {
        self.is_used = true;
        self.put(Outgoing::Batch(batch)).await
    }

    pub(super) async fn send_partial(&mut self, seen: Seen, payload: Vec<u8>) -> Result<(), Failure> {
        self.put(Outgoing::Partial(seen, payload)).await
    }

    async fn put(&mut self, outgoing: Outgoing) -> Result<(), Failure> {
        self.sink.send(outgoing).await.map_err(|_| Failure::cancelled())
    }
}
