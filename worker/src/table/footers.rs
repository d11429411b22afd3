//! Footers and page indexes that were read, decoded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parquet::file::metadata::ParquetMetaData;
use protocol::{CacheKind, CacheUse};

use super::decoding::Decoding;
use crate::cache::Budgeted;
use crate::io::Object;

/// What decoded footers may hold.
const FOOTER_CACHE_BYTES: u64 = 64 * 1024 * 1024;

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
}

impl Default for Footers {
    fn default() -> Self {
        Self {
            known: Mutex::new(Budgeted::new(FOOTER_CACHE_BYTES)),
        }
    }
}

impl Footers {
    pub(super) fn get(&self, object: &Arc<Object>) -> Option<ReadFooter> {
        self.lock().get(object).cloned()
    }

    pub(super) fn insert(&self, object: &Arc<Object>, footer: ReadFooter) {
        let bytes = footer.metadata.memory_size() as u64;
        self.lock().insert(Arc::clone(object), footer, bytes);
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
