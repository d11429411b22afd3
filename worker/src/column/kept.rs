//! The decoded columns that are kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use datafusion::arrow::datatypes::DataType;
use protocol::{CacheKind, CacheUse};

use super::Column;
use crate::cache::Budgeted;
use crate::io::Object;
use crate::memory::{GivesWay, Memory};

/// Columns of which a few rows were wanted, and that are remembered for it.
const MAX_WANTED: u64 = 4_096;

/// Which column of which row group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnKey {
    /// The file.
    pub object: Arc<Object>,
    /// Index of the row group in the file.
    pub row_group: usize,
    /// Index of the root column in the file.
    pub root: usize,
}

impl ColumnKey {
    /// The column with this index of a row group with this index.
    pub fn new(object: &Arc<Object>, row_group: usize, root: usize) -> Self {
        Self {
            object: Arc::clone(object),
            row_group,
            root,
        }
    }
}

/// The decoded columns of an engine.
#[derive(Debug)]
pub struct Columns {
    state: Mutex<State>,
    memory: Arc<Memory>,
}

#[derive(Debug)]
struct State {
    known: Budgeted<ColumnKey, Arc<Column>>,
    /// What was asked for in part: the second time it is worth to decode it whole.
    wanted: Budgeted<ColumnKey, ()>,
}

impl Columns {
    /// Keeps so much, and gives way.
    pub fn new(memory: &Arc<Memory>, budget_bytes: u64) -> Arc<Self> {
        let columns = Arc::new(Self {
            state: Mutex::new(State {
                known: Budgeted::counted(budget_bytes, memory.gauge()),
                wanted: Budgeted::new(MAX_WANTED),
            }),
            memory: Arc::clone(memory),
        });
        let weak: Weak<Self> = Arc::downgrade(&columns);
        memory.add_cache(weak);
        columns
    }

    /// A column that is kept, of that type. Counts.
    pub fn get(&self, key: &ColumnKey, data_type: &DataType) -> Option<Arc<Column>> {
        let mut state = self.lock();
        state
            .known
            .get(key)
            .filter(|column| column.data_type() == data_type)
            .cloned()
    }

    /// Whether a column is kept; does not count.
    pub fn has(&self, key: &ColumnKey) -> bool {
        self.lock().known.has(key)
    }

    /// Keeps a column.
    pub fn insert(&self, key: ColumnKey, column: Arc<Column>) {
        let bytes = column.bytes();
        self.lock().known.insert(key, column, bytes);
        self.memory.settle();
    }

    /// Notes that a part of a column is wanted; whether that was so before.
    pub fn is_wanted_again(&self, key: &ColumnKey) -> bool {
        let mut state = self.lock();
        let is_again = state.wanted.has(key);
        state.wanted.insert(key.clone(), (), 1);
        is_again
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.known.clear();
        state.wanted.clear();
    }

    /// How the cache stands.
    pub fn report(&self) -> CacheUse {
        self.lock().known.report(CacheKind::Columns)
    }

    /// A holder that panicked may have lost columns, which are then decoded again.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GivesWay for Columns {
    fn give_way(&self, bytes: u64) {
        self.lock().known.evict(bytes);
    }
}
