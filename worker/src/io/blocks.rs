//! Blocks of objects in memory: each byte is fetched once, whoever asks for it and however often.
//!
//! Invariant: the blocks of an object do not overlap. A block that is under way lives as long as somebody holds it;
//! when the last one lets go, its fetch is aborted. A block that has arrived stays until the budget is needed.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::{Bytes, BytesMut};
use futures::future::{BoxFuture, Shared, WeakShared};
use protocol::{CacheKind, CacheUse, Failure};

use super::coalesce::union;
use super::ways::{Ways, ways};
use super::{Counters, Object, Origin, Read, corrupt};
use crate::cache::Budgeted;
use crate::memory::{GivesWay, Memory};

/// A block that is under way. Clones share the fetch.
pub(super) type Fetching = Shared<BoxFuture<'static, Result<Bytes, Failure>>>;

/// The blocks of all objects. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    state: Arc<Mutex<State>>,
    memory: Arc<Memory>,
}

#[derive(Debug)]
struct State {
    known: HashMap<Arc<Object>, BTreeMap<u64, Known>>,
    /// Blocks that have arrived, by their use.
    recent: Budgeted<(Arc<Object>, u64), ()>,
}

#[derive(Debug)]
struct Known {
    end: u64,
    bytes: KnownBytes,
    /// The query that had it fetched: to find it here is no hit of that query.
    fetched_by: Weak<Counters>,
    is_from_network: bool,
}

#[derive(Debug)]
enum KnownBytes {
    Arrived(Bytes),
    UnderWay(WeakShared<BoxFuture<'static, Result<Bytes, Failure>>>),
}

/// A block that somebody holds.
#[derive(Debug, Clone)]
struct Block {
    range: Range<u64>,
    bytes: BlockBytes,
}

#[derive(Debug, Clone)]
enum BlockBytes {
    Arrived(Bytes),
    UnderWay(Fetching),
}

/// Blocks that cover what was asked for. Holding them keeps fetches alive.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Ascending.
    blocks: Vec<Block>,
    /// Whether something had to be fetched for them.
    pub(super) is_fetching: bool,
}

impl Held {
    /// Whether the query that asked had nothing of it fetched: others had, or the disk has it.
    pub fn is_cached(&self) -> bool {
        !self.is_fetching
    }

    /// The bytes of a range that was asked for, as soon as they are there. Without a copy where one block has them all.
    pub async fn bytes(&self, name: &str, range: &Range<u64>) -> Result<Bytes, Failure> {
        let mut whole = BytesMut::new();
        let mut at = range.start;
        for block in &self.blocks {
            if block.range.end <= at {
                continue;
            }
            if at >= range.end || block.range.start > at {
                break;
            }
            let bytes = match &block.bytes {
                BlockBytes::Arrived(bytes) => bytes.clone(),
                BlockBytes::UnderWay(fetching) => fetching.clone().await?,
            };
            let end = block.range.end.min(range.end);
            let outside = |_| corrupt(name, "a range is out of bounds");
            let from = usize::try_from(at - block.range.start).map_err(outside)?;
            let to = usize::try_from(end - block.range.start).map_err(outside)?;
            if at == range.start && end == range.end {
                return Ok(bytes.slice(from..to));
            }
            whole.extend_from_slice(&bytes[from..to]);
            at = end;
        }
        if at < range.end {
            return Err(corrupt(name, "a range is out of bounds"));
        }
        Ok(whole.freeze())
    }
}

impl Blocks {
    pub(super) fn new(memory: &Arc<Memory>, budget_bytes: u64) -> Self {
        let state = Arc::new(Mutex::new(State {
            known: HashMap::new(),
            recent: Budgeted::counted(budget_bytes, memory.gauge()),
        }));
        let weak: Weak<Mutex<State>> = Arc::downgrade(&state);
        memory.add_cache(weak);
        Self {
            state,
            memory: Arc::clone(memory),
        }
    }

    /// How these ranges can be had now. `extents` are those of the disk.
    pub(super) fn ways(
        &self,
        object: &Object,
        wanted: &[Range<u64>],
        extents: &[Range<u64>],
        max_gap_bytes: u64,
    ) -> Ways {
        let mut state = self.lock();
        let wanted = union(wanted);
        let known: Vec<Range<u64>> = wanted
            .iter()
            .flat_map(|range| state.overlapping(object, range))
            .map(|block| block.range)
            .collect();
        ways(&wanted, &union(&known), extents, max_gap_bytes)
    }

    /// The blocks that are known of these ranges; `asked` says which look-ups count.
    pub(super) fn hold(
        &self,
        object: &Arc<Object>,
        wanted: &[Range<u64>],
        asked: &[Range<u64>],
        counters: &Arc<Counters>,
    ) -> Held {
        let mut state = self.lock();
        let asked = union(asked);
        let mut blocks: Vec<Block> = Vec::new();
        for range in union(wanted) {
            for block in state.overlapping(object, &range) {
                state.recent.touch(&(Arc::clone(object), block.range.start));
                if blocks.last().is_none_or(|last| last.range != block.range) {
                    blocks.push(block);
                }
            }
        }
        let mut is_fetching = false;
        for range in &asked {
            is_fetching |= state.is_fetched_by(object, range, counters);
            let hit_bytes = state.hit_bytes(object, range, counters);
            counters.add_cache_hit(hit_bytes);
            let is_hit = hit_bytes == range.end - range.start;
            state.recent.count(u64::from(is_hit), u64::from(!is_hit));
        }
        Held { blocks, is_fetching }
    }

    /// Adds a block that is under way to those known, and to those held.
    pub(super) fn add(
        &self,
        read: &Read<'_>,
        range: Range<u64>,
        fetching: Fetching,
        is_from_network: bool,
        held: &mut Held,
    ) {
        if let Some(weak) = fetching.downgrade() {
            let known = Known {
                end: range.end,
                bytes: KnownBytes::UnderWay(weak),
                fetched_by: Arc::downgrade(read.counters),
                is_from_network,
            };
            self.lock()
                .known
                .entry(Arc::clone(read.object))
                .or_default()
                .insert(range.start, known);
        }
        let at = held
            .blocks
            .partition_point(|block| block.range.start < range.start);
        held.blocks.insert(
            at,
            Block {
                range,
                bytes: BlockBytes::UnderWay(fetching),
            },
        );
    }

    /// Notes how the fetch of a block ended.
    pub(super) fn settle(&self, object: &Arc<Object>, range: &Range<u64>, outcome: &Result<Bytes, Failure>) {
        let mut state = self.lock();
        let Some(known) = state
            .known
            .get_mut(object)
            .and_then(|blocks| blocks.get_mut(&range.start))
        else {
            return;
        };
        match outcome {
            Ok(bytes) => {
                known.bytes = KnownBytes::Arrived(bytes.clone());
                state.keep(object, range);
            }
            Err(_) => state.forget(object, range.start),
        }
        drop(state);
        self.memory.settle();
    }

    /// The bytes of a range, where blocks that have arrived hold all of it.
    pub(super) fn peek(&self, origin: &Origin, range: &Range<u64>) -> Option<(Arc<Object>, Bytes)> {
        let mut state = self.lock();
        let objects: Vec<Arc<Object>> = state
            .known
            .keys()
            .filter(|object| object.origin == *origin)
            .cloned()
            .collect();
        objects.into_iter().find_map(|object| {
            let mut whole = BytesMut::new();
            let mut at = range.start;
            for block in state.overlapping(&object, range) {
                let BlockBytes::Arrived(bytes) = block.bytes else {
                    return None;
                };
                if block.range.start > at {
                    return None;
                }
                let from = usize::try_from(at - block.range.start).ok()?;
                let to = usize::try_from(block.range.end.min(range.end) - block.range.start).ok()?;
                whole.extend_from_slice(bytes.get(from..to)?);
                at = block.range.end;
            }
            (at >= range.end).then(|| (object, whole.freeze()))
        })
    }

    /// Forgets all blocks that have arrived.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.recent.clear();
        for blocks in state.known.values_mut() {
            blocks.retain(|_, known| matches!(known.bytes, KnownBytes::UnderWay(_)));
        }
        state.known.retain(|_, blocks| !blocks.is_empty());
    }

    pub(super) fn report(&self) -> CacheUse {
        self.lock().recent.report(CacheKind::Memory)
    }

    /// A holder that panicked may have lost blocks, which are then fetched again.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GivesWay for Mutex<State> {
    fn give_way(&self, bytes: u64) {
        let mut state = self.lock().unwrap_or_else(PoisonError::into_inner);
        for (object, start) in state.recent.evict(bytes) {
            state.forget(&object, start);
        }
    }
}

impl State {
    /// Blocks that overlap a range, ascending. Drops those whose fetch everybody has given up.
    fn overlapping(&mut self, object: &Object, range: &Range<u64>) -> Vec<Block> {
        let Some(blocks) = self.known.get_mut(object) else {
            return Vec::new();
        };
        let first = blocks
            .range(..=range.start)
            .next_back()
            .map_or(range.start, |(start, _)| *start);
        let mut found = Vec::new();
        let mut gone = Vec::new();
        for (start, known) in blocks.range(first..range.end) {
            if known.end <= range.start {
                continue;
            }
            let bytes = match &known.bytes {
                KnownBytes::Arrived(bytes) => Some(BlockBytes::Arrived(bytes.clone())),
                KnownBytes::UnderWay(weak) => weak.upgrade().map(BlockBytes::UnderWay),
            };
            match bytes {
                Some(bytes) => found.push(Block {
                    range: *start..known.end,
                    bytes,
                }),
                None => gone.push(*start),
            }
        }
        for start in gone {
            blocks.remove(&start);
        }
        found
    }

    /// Bytes of a range that are known, and not because this query had them fetched.
    fn hit_bytes(&self, object: &Object, range: &Range<u64>, counters: &Arc<Counters>) -> u64 {
        let Some(blocks) = self.known.get(object) else {
            return 0;
        };
        blocks
            .range(..range.end)
            .filter(|(_, known)| !std::ptr::eq(known.fetched_by.as_ptr(), Arc::as_ptr(counters)))
            .map(|(start, known)| known.end.min(range.end).saturating_sub(range.start.max(*start)))
            .sum()
    }

    /// Whether this query had some of it fetched.
    fn is_fetched_by(&self, object: &Object, range: &Range<u64>, counters: &Arc<Counters>) -> bool {
        self.known.get(object).is_some_and(|blocks| {
            blocks.range(..range.end).any(|(_, known)| {
                known.end > range.start
                    && known.is_from_network
                    && std::ptr::eq(known.fetched_by.as_ptr(), Arc::as_ptr(counters))
            })
        })
    }

    /// Counts a block that has arrived; others may give way.
    fn keep(&mut self, object: &Arc<Object>, range: &Range<u64>) {
        let key = (Arc::clone(object), range.start);
        for (object, start) in self.recent.insert(key, (), range.end - range.start) {
            self.forget(&object, start);
        }
    }

    fn forget(&mut self, object: &Object, start: u64) {
        if let Some(blocks) = self.known.get_mut(object) {
            blocks.remove(&start);
            if blocks.is_empty() {
                self.known.remove(object);
            }
        }
    }
}
