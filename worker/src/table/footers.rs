//! Footers and page indexes that were read, decoded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use parquet::file::metadata::ParquetMetaData;
use protocol::{CacheKind, CacheUse};

use super::decoding::Decoding;
use crate::cache::Budgeted;
use crate::io::Object;
use crate::memory::{GivesWay, Memory};

/// A footer that was read.
#[derive(Debug, Clone)]
pub(crate) struct ReadFooter {
    pub(crate) metadata: Arc<ParquetMetaData>,
    /// How its columns are decoded.
    pub(crate) decoding: Arc<Decoding>,
    /// Bytes that it took.
    pub(super) bytes: u64,
}

/// The footers of an engine.
#[derive(Debug)]
pub struct Footers {
    known: Mutex<Budgeted<Arc<Object>, ReadFooter>>,
    memory: Arc<Memory>,
}

impl GivesWay for Footers {
    fn give_way(&self, bytes: u64) {
        self.lock().evict(bytes);
    }
}

impl Footers {
    /// Keeps so much, and gives way.
    pub fn new(memory: &Arc<Memory>, budget_bytes: u64) -> Arc<Self> {
        let footers = Arc::new(Self {
            known: Mutex::new(Budgeted::counted(budget_bytes, memory.gauge())),
            memory: Arc::clone(memory),
        });
        let weak: Weak<Self> = Arc::downgrade(&footers);
        memory.add_cache(weak);
        footers
    }

    pub(super) fn get(&self, object: &Arc<Object>) -> Option<ReadFooter> {
        self.lock().get(object).cloned()
    }

    pub(super) fn insert(&self, object: &Arc<Object>, footer: ReadFooter) {
        let bytes = footer.metadata.memory_size() as u64;
        self.lock().insert(Arc::clone(object), footer, bytes);
        self.memory.settle();
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How the cache stands.
    pub fn report(&self) -> CacheUse {
        self.lock().report(CacheKind::Footers)
    }

    /// A holder that panicked may have lost footers, which are then read again.
    fn lock(&self) -> MutexGuard<'_, Budgeted<Arc<Object>, ReadFooter>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
