//! A call as the page sees it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use catalog::{FORMAT_VERSION, Lineage, TableManifest};
use futures::Stream;
use protocol::{CallId, CallItem, CallStream, DescribeTable, Failure, PendingReply, Query};

use super::script::Script;
use super::wire::Flag;

/// A call, and what the page has seen of it.
pub struct PageCall {
    /// Its id; 0 when it was never sent.
    pub id: CallId,
    /// What the engine does for it.
    pub script: Script,
    /// The numbers of the batches read, in order.
    pub batches: Vec<u32>,
    /// The ends read: rows or a failure.
    pub ends: Vec<Result<u64, Failure>>,
    /// Whether the page dropped it before it read an end.
    pub dropped: bool,
    /// Whether dropping it has to tell the engine.
    pub must_cancel: bool,
    source: Source,
    flag: Arc<Flag>,
}

enum Source {
    Query(CallStream<Query, ()>),
    Reply(PendingReply<DescribeTable, ()>),
    Gone,
}

impl PageCall {
    pub fn query(stream: CallStream<Query, ()>, script: Script) -> Self {
        Self::new(Source::Query(stream), script)
    }

    pub fn describe(reply: PendingReply<DescribeTable, ()>, script: Script) -> Self {
        Self::new(Source::Reply(reply), script)
    }

    fn new(source: Source, script: Script) -> Self {
        Self {
            id: 0,
            script,
            batches: Vec::new(),
            ends: Vec::new(),
            dropped: false,
            must_cancel: false,
            source,
            flag: Flag::raised(),
        }
    }

    /// Reads one item if the call was woken; gives whether it was.
    pub fn read(&mut self) -> bool {
        if matches!(self.source, Source::Gone) || !self.flag.take() {
            return false;
        }
        let waker = Waker::from(Arc::clone(&self.flag));
        let mut context = Context::from_waker(&waker);
        match &mut self.source {
            Source::Query(stream) => match Pin::new(stream).poll_next(&mut context) {
                Poll::Pending => return true,
                Poll::Ready(Some(CallItem::Progress(_) | CallItem::Partial(..) | CallItem::Piece(..))) => {}
                Poll::Ready(Some(CallItem::Batch(payload))) => {
                    let number = payload.as_slice().try_into().expect("four bytes");
                    self.batches.push(u32::from_le_bytes(number));
                }
                Poll::Ready(Some(CallItem::Done(outcome))) => {
                    self.ends.push(outcome.map(|summary| summary.rows));
                }
                Poll::Ready(None) => {
                    assert!(!self.ends.is_empty(), "a stream ended without its Done");
                    self.source = Source::Gone;
                }
            },
            Source::Reply(reply) => {
                if let Poll::Ready(outcome) = Pin::new(reply).poll(&mut context) {
                    self.ends.push(outcome.map(|manifest| manifest.rows));
                    self.source = Source::Gone;
                } else {
                    return true;
                }
            }
            Source::Gone => {}
        }
        // A ready stream may have more.
        self.flag.raise();
        true
    }

    /// Drops the call; `is_over` says whether its end has already reached the client.
    pub fn drop_call(&mut self, is_over: bool) -> bool {
        if matches!(self.source, Source::Gone) {
            return false;
        }
        self.dropped |= self.ends.is_empty();
        self.must_cancel = !is_over;
        self.source = Source::Gone;
        true
    }
}

impl fmt::Debug for PageCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCall")
            .field("id", &self.id)
            .field("script", &self.script)
            .field("batches", &self.batches)
            .field("ends", &self.ends)
            .field("dropped", &self.dropped)
            .finish_non_exhaustive()
    }
}

/// The reply to a call that is no query.
pub fn table() -> TableManifest {
    TableManifest {
        format_version: FORMAT_VERSION,
        table: "flights".to_owned(),
        description: None,
        owner: None,
        tags: Vec::new(),
        columns: Vec::new(),
        files: Vec::new(),
        rows: 0,
        bytes: 0,
        partition_by: Vec::new(),
        sort_keys: Vec::new(),
        checks: Vec::new(),
        lineage: Lineage::default(),
    }
}
