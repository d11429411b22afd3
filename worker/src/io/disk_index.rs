//! Which ranges of which objects the disk holds, so that reads are planned without asking it.
//!
//! The answering side keeps it up to date; the asking side reads it. An extent that has gone in the meantime (another
//! tab made room) is no error: the answering side then fetches it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ObjectId;

/// Extents by object: its name on disk, or that name's hash. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct DiskIndex {
    extents: Arc<Mutex<HashMap<ObjectId, BTreeMap<u64, u64>>>>,
}

impl DiskIndex {
    /// Notes that the disk holds these bytes of an object.
    pub fn add(&self, object: impl Into<ObjectId>, extent: Range<u64>) {
        self.lock()
            .entry(object.into())
            .or_default()
            .insert(extent.start, extent.end);
    }

    /// Notes that an extent has gone.
    pub fn remove(&self, object: impl Into<ObjectId>, start: u64) {
        let object = object.into();
        let mut extents = self.lock();
        if let Some(known) = extents.get_mut(&object) {
            known.remove(&start);
            if known.is_empty() {
                extents.remove(&object);
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The extents of an object, ascending.
    pub fn extents(&self, object: impl Into<ObjectId>) -> Vec<Range<u64>> {
        self.lock()
            .get(&object.into())
            .map(|known| known.iter().map(|(start, end)| *start..*end).collect())
            .unwrap_or_default()
    }

    /// The map stays whole even if a holder panicked: every change to it is one insertion or removal.
    fn lock(&self) -> MutexGuard<'_, HashMap<ObjectId, BTreeMap<u64, u64>>> {
        self.extents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_found_by_name_and_by_hash() {
        let index = DiskIndex::default();
        index.add("a", 10..20);
        index.add(ObjectId::from("a"), 0..5);
        index.add("b", 0..1);
        assert_eq!(index.extents("a"), [0..5, 10..20]);
        index.remove("a", 0);
        index.remove("a", 7);
        assert_eq!(index.extents(&"a".to_owned()), vec![10..20]);
        index.clear();
        assert!(index.extents("b").is_empty());
    }
}
