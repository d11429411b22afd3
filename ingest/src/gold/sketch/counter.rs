//! Exact counts of values while there are few, a distinct count of however many.
//!
//! Invariant: what comes out depends on which values came in, not on their order, and memory is bounded.

use std::hash::Hash;

use hashbrown::HashTable;

use super::distinct::{Distinct, hash_bits, hash_bytes};

/// Up to as many values are counted one by one.
pub(super) const FEW_VALUES: usize = 65_536;
/// And up to as many bytes of texts.
const FEW_BYTES: usize = 8 * 1024 * 1024;

/// A value that is counted, with a hash that is stored and hence never changes.
pub(super) trait Key: Eq + Hash {
    fn stable_hash(&self) -> u64;
    /// Bytes that it has on the heap.
    fn heap_bytes(&self) -> usize {
        0
    }
}

impl Key for i64 {
    fn stable_hash(&self) -> u64 {
        hash_bits(self.cast_unsigned())
    }
}

impl Key for i128 {
    fn stable_hash(&self) -> u64 {
        let bits = self.cast_unsigned();
        #[expect(clippy::cast_possible_truncation, reason = "both halves are hashed")]
        let (high, low) = ((bits >> 64) as u64, bits as u64);
        hash_bits(low ^ hash_bits(high))
    }
}

impl Key for Box<str> {
    fn stable_hash(&self) -> u64 {
        hash_bytes(self.as_bytes())
    }
    fn heap_bytes(&self) -> usize {
        self.len()
    }
}

/// Counts values of one column.
#[derive(Debug)]
pub(super) struct Counter<K> {
    /// Counts while there are few values; then empty.
    few: HashTable<(K, u64)>,
    bytes: usize,
    /// Their set, once there are many.
    many: Option<Distinct>,
}

impl<K> Default for Counter<K> {
    fn default() -> Self {
        Self {
            few: HashTable::new(),
            bytes: 0,
            many: None,
        }
    }
}

impl<K: Key> Counter<K> {
    /// Counts values, runs of equal ones at once.
    pub fn add_all<'a, T: Copy + PartialEq + 'a>(
        &mut self,
        values: impl Iterator<Item = T>,
        hash: impl Fn(T) -> u64,
        is: impl Fn(&K, T) -> bool,
        make: impl Fn(T) -> K,
    ) {
        let mut values = values.peekable();
        while let Some(value) = values.next() {
            let mut count = 1;
            while values.next_if(|next| *next == value).is_some() {
                count += 1;
            }
            let hash = hash(value);
            if let Some(many) = &mut self.many {
                many.insert(hash);
            } else if let Some((_, known)) = self.few.find_mut(hash, |(key, _)| is(key, value)) {
                *known += count;
            } else {
                let key = make(value);
                self.bytes += key.heap_bytes();
                self.few
                    .insert_unique(hash, (key, count), |(key, _)| key.stable_hash());
                if self.few.len() > FEW_VALUES || self.bytes > FEW_BYTES {
                    self.many = Some(self.distinct());
                    self.few = HashTable::new();
                }
            }
        }
    }

    /// The set of the values.
    pub fn distinct(&self) -> Distinct {
        self.many.clone().unwrap_or_else(|| {
            let mut distinct = Distinct::default();
            for (key, _) in &self.few {
                distinct.insert(key.stable_hash());
            }
            distinct
        })
    }

    /// The counts, in no order, where there are few values.
    pub fn counts(&self) -> Option<impl Iterator<Item = (&K, u64)>> {
        self.many
            .is_none()
            .then(|| self.few.iter().map(|(key, count)| (key, *count)))
    }

    /// How many values there are, where there are few.
    pub fn few(&self) -> Option<u64> {
        self.many.is_none().then_some(self.few.len() as u64)
    }
}
