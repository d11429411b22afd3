//! One budget of memory for operators and caches.
//!
//! Purpose: operators need more than caches do, so caches give way to them, in the order in which they are made: a cache
//! that is cheaper to fill again comes first. Only what does not fit beside empty caches fails.
//!
//! Invariant: what operators have reserved and what caches hold stays within the budget, as soon as a call here returns.
//!
//! Entry points: [`Budgets`], and [`Memory`], which is DataFusion's pool.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{MemoryLimit, MemoryPool, MemoryReservation};

const MIB: u64 = 1024 * 1024;

/// What an engine may hold, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Operators and caches together. There is no disk to spill to, and a tab has at most 4 GiB.
    pub memory_bytes: u64,
    /// Decoded columns.
    pub column_bytes: u64,
    /// Compressed blocks.
    pub block_bytes: u64,
    /// Footers.
    pub footer_bytes: u64,
    /// Answers.
    pub result_bytes: u64,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            memory_bytes: 1_536 * MIB,
            column_bytes: 512 * MIB,
            block_bytes: 256 * MIB,
            footer_bytes: 64 * MIB,
            result_bytes: 64 * MIB,
        }
    }
}

impl Budgets {
    /// The share of one worker of a pool, which together hold little more than one alone would.
    pub fn in_pool(workers: u32) -> Self {
        let workers = u64::from(workers.max(1));
        Self {
            memory_bytes: (3_072 * MIB / workers).clamp(512 * MIB, 1_536 * MIB),
            column_bytes: (1_024 * MIB / workers).clamp(96 * MIB, 768 * MIB),
            block_bytes: (384 * MIB / workers).clamp(32 * MIB, 256 * MIB),
            ..Self::default()
        }
    }
}

/// What gives up memory when operators need it.
pub trait GivesWay: fmt::Debug + Send + Sync {
    /// Gives up at least so many bytes, if it holds so many.
    fn give_way(&self, bytes: u64);
}

/// The memory of an engine.
#[derive(Debug)]
pub struct Memory {
    budget_bytes: u64,
    reserved_bytes: AtomicU64,
    cached_bytes: Gauge,
    caches: Mutex<Vec<Weak<dyn GivesWay>>>,
}

/// Bytes that caches hold together. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    /// Notes that a cache holds other than before.
    pub fn change(&self, before_bytes: u64, now_bytes: u64) {
        if now_bytes >= before_bytes {
            self.0.fetch_add(now_bytes - before_bytes, Ordering::Relaxed);
        } else {
            self.0.fetch_sub(before_bytes - now_bytes, Ordering::Relaxed);
        }
    }

    fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for Memory {
    /// Without bounds.
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl Memory {
    /// Nothing is held yet.
    pub fn new(budget_bytes: u64) -> Self {
        Self {
            budget_bytes,
            reserved_bytes: AtomicU64::new(0),
            cached_bytes: Gauge::default(),
            caches: Mutex::default(),
        }
    }

    /// Where a cache counts what it holds.
    pub fn gauge(&self) -> Gauge {
        self.cached_bytes.clone()
    }

    /// Makes a cache give way, after those that were added before.
    pub fn add_cache(&self, cache: Weak<dyn GivesWay>) {
        self.caches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(cache);
    }

    /// Makes caches give way until all fits. Not to be called by one that is locked.
    pub fn settle(&self) {
        if self.excess_bytes() == 0 {
            return;
        }
        let caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for cache in caches.iter().filter_map(Weak::upgrade) {
            let excess_bytes = self.excess_bytes();
            if excess_bytes == 0 {
                return;
            }
            cache.give_way(excess_bytes);
        }
    }

    fn excess_bytes(&self) -> u64 {
        let reserved_bytes = self.reserved_bytes.load(Ordering::Relaxed);
        let held_bytes = reserved_bytes.saturating_add(self.cached_bytes.bytes());
        held_bytes.saturating_sub(self.budget_bytes)
    }
}

impl MemoryPool for Memory {
    fn name(&self) -> &'static str {
        "engine"
    }

    fn grow(&self, _: &MemoryReservation, additional: usize) {
        self.reserved_bytes
            .fetch_add(additional as u64, Ordering::Relaxed);
        self.settle();
    }

    fn shrink(&self, _: &MemoryReservation, shrink: usize) {
        self.reserved_bytes.fetch_sub(shrink as u64, Ordering::Relaxed);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let grown = |reserved: u64| {
            let grown = reserved.checked_add(additional as u64)?;
            (grown <= self.budget_bytes).then_some(grown)
        };
        let changed = self
            .reserved_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown);
        changed.map_err(|reserved| {
            resources_datafusion_err!(
                "{} asks for {} MiB more, beside {} MiB that are in use, of {} MiB",
                reservation.consumer().name(),
                (additional as u64).div_ceil(MIB),
                reserved / MIB,
                self.budget_bytes / MIB
            )
        })?;
        self.settle();
        Ok(())
    }

    fn reserved(&self) -> usize {
        usize::try_from(self.reserved_bytes.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(usize::try_from(self.budget_bytes).unwrap_or(usize::MAX))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.budget_bytes / MIB)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::execution::memory_pool::MemoryConsumer;
    use protocol::CacheKind;

    use super::*;
    use crate::cache::Budgeted;

    #[derive(Debug)]
    struct Cache(Mutex<Budgeted<u64, ()>>);

    impl Cache {
        fn new(memory: &Memory) -> Arc<Self> {
            let cache = Arc::new(Self(Mutex::new(Budgeted::counted(100, memory.gauge()))));
            let weak: Weak<Self> = Arc::downgrade(&cache);
            memory.add_cache(weak);
            cache
        }

        fn bytes(&self) -> u64 {
            self.0.lock().expect("lock").report(CacheKind::Columns).bytes
        }

        fn fill(&self) {
            for key in 0..10 {
                self.0.lock().expect("lock").insert(key, (), 10);
            }
        }
    }

    impl GivesWay for Cache {
        fn give_way(&self, bytes: u64) {
            self.0.lock().expect("lock").evict(bytes);
        }
    }

    #[test]
    fn caches_give_way_to_operators_one_after_another() {
        let memory = Arc::new(Memory::new(250));
        let (first, second) = (Cache::new(&memory), Cache::new(&memory));
        first.fill();
        second.fill();
        let pool: Arc<dyn MemoryPool> = Arc::clone(&memory) as _;
        let reservation = MemoryConsumer::new("sort").register(&pool);
        reservation.try_grow(50).expect("there is room");
        assert_eq!((first.bytes(), second.bytes()), (100, 100));
        reservation.try_grow(45).expect("a cache gives way");
        assert_eq!((first.bytes(), second.bytes()), (50, 100));
        reservation.try_grow(155).expect("all caches give way");
        assert_eq!((first.bytes(), second.bytes()), (0, 0));
        let failure = reservation.try_grow(1).expect_err("nothing is left to give way");
        assert!(
            failure.to_string().contains("sort asks for 1 MiB more"),
            "{failure}"
        );
        drop(reservation);
        assert_eq!(memory.reserved(), 0);
    }

    #[test]
    fn a_cache_keeps_what_operators_leave_to_it() {
        let memory = Arc::new(Memory::new(130));
        let cache = Cache::new(&memory);
        let pool: Arc<dyn MemoryPool> = Arc::clone(&memory) as _;
        let reservation = MemoryConsumer::new("join").register(&pool);
        reservation.try_grow(90).expect("there is room");
        cache.fill();
        memory.settle();
        assert_eq!(cache.bytes(), 40);
        reservation.free();
        cache.fill();
        memory.settle();
        assert_eq!(cache.bytes(), 100, "as much as it may have by itself");
    }
}
