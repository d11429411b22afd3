//! What a peer asks its lead to read: from the lead's memory, else as the lead reads for itself.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::Uint8Array;
use protocol::{Failure, SharedChunk, SharedRead, ToEngineHead};
use wasm_bindgen_futures::spawn_local;

use super::link::Link;
use super::{Peers, buffer};
use crate::edge::answer::{Wanted, keep_on_disk};
use crate::io::{Chunk, Keep, Origin, Span, Urgency};

/// The reads of a peer that are under way.
#[derive(Default)]
pub(super) struct Reads {
    under_way: RefCell<HashMap<u32, oneshot::Sender<()>>>,
}

impl Reads {
    /// Reads, and answers.
    pub(super) fn begin(&self, link: &Rc<Link>, peers: &Rc<Peers>, peer: u32, id: u32, read: SharedRead) {
        let (wanted, given_up) = oneshot::channel();
        self.under_way.borrow_mut().insert(id, wanted);
        let (link, peers) = (Rc::downgrade(link), Rc::clone(peers));
        spawn_local(async move {
            let reading = Box::pin(answer(&link, &peers, peer, id, read));
            // Dropping the read leaves the queue, or aborts the fetch.
            if let Either::Left(_) = select(reading, given_up).await
                && let Some(link) = link.upgrade()
            {
                link.reads.give_up(id);
            }
        });
    }

    /// Nobody waits for it any more, or it has been answered.
    pub(super) fn give_up(&self, id: u32) {
        self.under_way.borrow_mut().remove(&id);
    }
}

async fn answer(link: &Weak<Link>, peers: &Rc<Peers>, peer: u32, id: u32, read: SharedRead) {
    let origin = Origin::from(read.origin);
    let range = read.start..read.end;
    peers.engine.note_given(peer, &origin, range.clone());
    if let Some(chunk) = from_memory(peers, &origin, &range) {
        post(link, id, &Ok(chunk));
        return;
    }
    let wanted = Wanted {
        origin,
        disk_name: read.disk_name,
        span: Span::Range(range),
        urgency: if read.is_ahead {
            Urgency::Ahead
        } else {
            Urgency::Now
        },
        keep: Keep::OnDisk,
    };
    let outcome = peers.reader.read(&wanted).await;
    post(link, id, &outcome);
    if let Ok(chunk) = outcome {
        let reader = Rc::clone(&peers.reader);
        // The peer may give up what it has got; the disk keeps it all the same.
        spawn_local(async move { keep_on_disk(&reader, &wanted, chunk).await });
    }
}

fn from_memory(peers: &Peers, origin: &Origin, range: &Range<u64>) -> Option<Chunk> {
    let (object, bytes) = peers.engine.peek(origin, range)?;
    Some(Chunk {
        bytes,
        total_bytes: object.bytes,
        etag: object.etag.clone(),
        requests: 0,
        timing: None,
    })
}

fn post(link: &Weak<Link>, id: u32, outcome: &Result<Chunk, Failure>) {
    let Some(link) = link.upgrade() else { return };
    let values = match outcome {
        Ok(chunk) => vec![buffer(&chunk.bytes)],
        Err(_) => Vec::new(),
    };
    let outcome = outcome.as_ref().map_err(Failure::clone).map(|chunk| SharedChunk {
        total_bytes: chunk.total_bytes,
        etag: chunk.etag.clone(),
        requests: chunk.requests,
        timing_ms: chunk.timing.map(|timing| (timing.first_byte_ms, timing.body_ms)),
    });
    link.post(&ToEngineHead::Bytes { id, outcome }, &values);
}

/// Bytes that a lead sent beside a message.
pub(in crate::edge) fn bytes_of(value: &wasm_bindgen::JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}
