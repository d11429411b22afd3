//! Ranges of objects, asked for by message.
//!
//! DataFusion wants `Send` futures and a browser's fetch is none, so the engine asks through a channel and the
//! browser's edge (or a test's store) answers. Dropping the asking future closes the reply channel, by which
//! the answering side knows to abort.
//!
//! Invariant: [`Io`] gives exactly the bytes asked for, of the object version that was asked for. What memory or disk
//! has is not fetched, and what is under way is not fetched twice.

mod blocks;
mod checks;
mod coalesce;
mod counters;
mod disk_index;
mod extent;
mod given;
mod ledger;
mod link;
mod object;
mod patience;
mod pin;
mod request;
mod slots;
mod ways;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::FutureExt;
use futures::channel::{mpsc, oneshot};
use protocol::{CacheUse, Failure, FailureKind};

use crate::memory::Memory;
use blocks::Blocks;
pub use blocks::Held;
pub use checks::corrupt;
use checks::{check_bounds, check_size, checked};
pub use coalesce::{coalesce, union, without};
pub use counters::{Counters, since};
pub use disk_index::DiskIndex;
pub use extent::{ExtentFile, ForeignFile, ObjectId};
use given::Given;
pub use ledger::Ledger;
use link::Link;
pub use object::{Object, Origin};
pub use patience::{MAX_TRIES, Patience};
pub use request::{Chunk, IoRequest, Keep, Span, Timing, Urgency};
pub use slots::{Slot, Slots};

/// What one read may bring into memory: a tab has 4 GiB, and fetched bytes are beside the budget of the operators.
pub const MAX_READ_BYTES: u64 = 512 * 1024 * 1024;

/// The asking side. Clones share the channel, the cache and what is known of the link.
#[derive(Debug, Clone)]
pub struct Io {
    requests: mpsc::UnboundedSender<IoRequest>,
    disk: DiskIndex,
    blocks: Blocks,
    link: Arc<Link>,
    given: Arc<Given>,
    under_way: Arc<AtomicUsize>,
}

/// A read of one object.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// The object.
    pub object: &'a Arc<Object>,
    /// Ranges that somebody waits for.
    pub asked: &'a [Range<u64>],
    /// Ranges to fetch along with them, because they will be wanted.
    pub along: &'a [Range<u64>],
    /// How soon.
    pub urgency: Urgency,
    /// Who pays.
    pub counters: &'a Arc<Counters>,
}

/// What a read would cost now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Bytes to fetch, gaps included.
    pub bytes: u64,
    /// Requests.
    pub requests: u64,
    /// Bytes that memory or disk has.
    pub cached_bytes: u64,
}

impl Io {
    /// Both ends of a channel. The answering side keeps `disk` up to date.
    /// Blocks in memory may take `block_bytes`, and give way.
    pub fn channel(
        disk: DiskIndex,
        memory: &Arc<Memory>,
        block_bytes: u64,
    ) -> (Self, mpsc::UnboundedReceiver<IoRequest>) {
        let (requests, receiver) = mpsc::unbounded();
        let io = Self {
            requests,
            disk,
            blocks: Blocks::new(memory, block_bytes),
            link: Arc::default(),
            given: Arc::default(),
            under_way: Arc::default(),
        };
        (io, receiver)
    }

    /// Reads a whole object of unknown size. One that never changes may be kept on disk.
    pub async fn read_whole(&self, origin: &Origin, is_immutable: bool) -> Result<Bytes, Failure> {
        let request = Request {
            origin,
            disk_name: is_immutable.then(|| origin.document_name()),
            span: Span::Whole,
            urgency: Urgency::Now,
            keep: if is_immutable { Keep::OnDisk } else { Keep::Nothing },
        };
        let chunk = answered(self.ask(request)?).await?;
        Ok(chunk.bytes)
    }

    /// Finds an object's size and version by reading its first byte: a presigned GET allows no HEAD.
    pub async fn discover(&self, origin: &Origin) -> Result<Object, Failure> {
        let request = Request {
            origin,
            disk_name: None,
            span: Span::Range(0..1),
            urgency: Urgency::Now,
            keep: Keep::Nothing,
        };
        let chunk = answered(self.ask(request)?).await?;
        Ok(Object {
            origin: origin.clone(),
            bytes: chunk.total_bytes,
            etag: chunk.etag,
        })
    }

    /// Reads one range; fails as `StaleSnapshot` when the object is not the one that was planned with.
    pub async fn read_range(
        &self,
        object: &Arc<Object>,
        range: Range<u64>,
        counters: &Arc<Counters>,
    ) -> Result<Bytes, Failure> {
        let held = self.start(&Read {
            object,
            asked: std::slice::from_ref(&range),
            along: &[],
            urgency: Urgency::Now,
            counters,
        })?;
        held.bytes(object.origin.display_name(), &range).await
    }

    /// Reads several ranges in parallel, near ones by one request; the results are in the order asked.
    pub async fn read_ranges(
        &self,
        object: &Arc<Object>,
        ranges: &[Range<u64>],
        counters: &Arc<Counters>,
    ) -> Result<Vec<Bytes>, Failure> {
        let held = self.start(&Read {
            object,
            asked: ranges,
            along: &[],
            urgency: Urgency::Now,
            counters,
        })?;
        gather(&held, object, ranges).await
    }

    /// Sends the requests that a read needs and returns at once.
    pub fn start(&self, read: &Read<'_>) -> Result<Held, Failure> {
        let wanted = [read.asked, read.along].concat();
        check_bounds(read.object, &wanted)?;
        let ways = self.ways(read.object, &wanted);
        check_size(read.object, ways.disk_bytes() + ways.network_bytes())?;
        let mut held = self.blocks.hold(read.object, &wanted, read.asked, read.counters);
        held.is_fetching |= !ways.network.is_empty();
        for range in ways.disk {
            self.fetch(read, range, false, &mut held)?;
        }
        for range in ways.network {
            self.fetch(read, range, true, &mut held)?;
        }
        Ok(held)
    }

    /// What memory has of a range, if it has all of it, and of which object.
    pub fn peek(&self, origin: &Origin, range: &Range<u64>) -> Option<(Arc<Object>, Bytes)> {
        self.blocks.peek(origin, range)
    }

    /// What reading these ranges would cost.
    pub fn cost(&self, object: &Object, ranges: &[Range<u64>]) -> Cost {
        let ways = self.ways(object, ranges);
        Cost {
            bytes: ways.network_bytes(),
            requests: ways.network.len() as u64,
            cached_bytes: ways.in_memory_bytes + ways.disk_bytes(),
        }
    }

    /// The same where peers take part, and need not be given again what they were given before.
    pub fn cost_in_pool(&self, object: &Object, ranges: &[Range<u64>]) -> Cost {
        let length = |ranges: &[Range<u64>]| ranges.iter().map(|range| range.end - range.start).sum::<u64>();
        let ranges = union(ranges);
        let left = self.given.without(&object.origin, &ranges);
        let mut cost = self.cost(object, &left);
        cost.cached_bytes += length(&ranges) - length(&left);
        cost
    }

    /// Notes what a peer got.
    pub fn note_given(&self, peer: u32, origin: &Origin, range: Range<u64>) {
        self.given.note(peer, origin, range);
    }

    /// Forgets what a peer got: it is gone.
    pub fn forget_given(&self, peer: u32) {
        self.given.forget(peer);
    }

    /// Bytes that arrive in the time of a round trip: less than that is cheaper to fetch than to decide about.
    pub fn round_trip_bytes(&self) -> u64 {
        self.link.round_trip_bytes()
    }

    /// Forgets the blocks in memory.
    pub fn clear_memory(&self) {
        self.blocks.clear();
        self.given.clear();
    }

    /// How the cache in memory stands.
    pub fn memory(&self) -> CacheUse {
        self.blocks.report()
    }

    fn ways(&self, object: &Object, wanted: &[Range<u64>]) -> ways::Ways {
        self.blocks
            .ways(object, wanted, &self.extents(object), self.link.max_gap_bytes())
    }

    fn extents(&self, object: &Object) -> Vec<Range<u64>> {
        object
            .disk_name()
            .map(|name| self.disk.extents(&name))
            .unwrap_or_default()
    }

    /// Sends one request for a block and holds it.
    fn fetch(
        &self,
        read: &Read<'_>,
        range: Range<u64>,
        is_from_network: bool,
        held: &mut Held,
    ) -> Result<(), Failure> {
        let object = Arc::clone(read.object);
        let answer = self.ask(Request {
            origin: &object.origin,
            disk_name: object.disk_name(),
            span: Span::Range(range.clone()),
            urgency: read.urgency,
            keep: Keep::OnDisk,
        })?;
        let (io, counters, at) = (self.clone(), Arc::clone(read.counters), range.clone());
        let on_the_way = UnderWay::new(&self.under_way);
        let fetching = async move {
            let outcome = answered(answer)
                .await
                .and_then(|chunk| checked(chunk, &object, &at))
                .map(|chunk| {
                    let bytes = chunk.bytes.len() as u64;
                    if chunk.requests == 0 {
                        counters.add_cache_hit(bytes);
                    } else {
                        counters.add_fetch(chunk.requests, bytes);
                    }
                    if let Some(timing) = chunk.timing {
                        io.link.observe(timing, bytes, on_the_way.count());
                    }
                    chunk.bytes
                });
            io.blocks.settle(&object, &at, &outcome);
            drop(on_the_way);
            outcome
        };
        let fetching = fetching.boxed().shared();
        self.blocks.add(read, range, fetching, is_from_network, held);
        Ok(())
    }

    fn ask(&self, request: Request<'_>) -> Result<Answer, Failure> {
        let (reply, answer) = oneshot::channel();
        let request = IoRequest {
            origin: request.origin.clone(),
            disk_name: request.disk_name,
            span: request.span,
            urgency: request.urgency,
            keep: request.keep,
            reply,
        };
        self.requests.unbounded_send(request).map_err(|_| stopped())?;
        Ok(answer)
    }
}

type Answer = oneshot::Receiver<Result<Chunk, Failure>>;

struct Request<'a> {
    origin: &'a Origin,
    disk_name: Option<String>,
    span: Span,
    urgency: Urgency,
    keep: Keep,
}

/// Counts a request as under way for as long as it lives.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The bytes of ranges that are held, in the order asked.
pub async fn gather(held: &Held, object: &Arc<Object>, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Failure> {
    let name = object.origin.display_name();
    futures::future::try_join_all(ranges.iter().map(|range| held.bytes(name, range))).await
}

async fn answered(answer: Answer) -> Result<Chunk, Failure> {
    answer.await.map_err(|_| stopped())?
}

fn stopped() -> Failure {
    Failure::new(FailureKind::Internal, "The engine's reader has stopped.")
}
