//! A cache with a budget of bytes: what was used least recently gives way.

use std::hash::Hash;

use lru::LruCache;
use protocol::{CacheKind, CacheUse};

use crate::memory::Gauge;

/// Values of known sizes. What is larger than the whole budget is not kept.
#[derive(Debug)]
pub struct Budgeted<K: Hash + Eq, V> {
    values: LruCache<K, (V, u64)>,
    bytes: u64,
    gauge: Gauge,
    budget_bytes: u64,
    hits: u64,
    misses: u64,
    evictions: u64,
}

impl<K: Hash + Eq, V> Budgeted<K, V> {
    /// An empty cache.
    pub fn new(budget_bytes: u64) -> Self {
        Self::counted(budget_bytes, Gauge::default())
    }

    /// An empty cache that counts what it holds at the gauge, too.
    pub fn counted(budget_bytes: u64, gauge: Gauge) -> Self {
        Self {
            values: LruCache::unbounded(),
            bytes: 0,
            gauge,
            budget_bytes,
            hits: 0,
            misses: 0,
            evictions: 0,
        }
    }

    /// Looks up a value, which is then the one used most recently. Counts.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        let found = self.values.get(key).map(|(value, _)| value);
        match found {
            Some(_) => self.hits += 1,
            None => self.misses += 1,
        }
        found
    }

    /// Whether a value is there; neither counts nor changes what is least recent.
    pub fn has(&self, key: &K) -> bool {
        self.values.contains(key)
    }

    /// Notes that a value was used, without counting a look-up.
    pub fn touch(&mut self, key: &K) {
        self.values.promote(key);
    }

    /// Counts look-ups that somebody else made.
    pub fn count(&mut self, hits: u64, misses: u64) {
        self.hits += hits;
        self.misses += misses;
    }

    /// Keeps a value; returns those that gave way.
    pub fn insert(&mut self, key: K, value: V, bytes: u64) -> Vec<K> {
        if bytes > self.budget_bytes {
            return vec![key];
        }
        let before = self.bytes;
        if let Some((_, replaced)) = self.values.put(key, (value, bytes)) {
            self.bytes -= replaced;
        }
        self.bytes += bytes;
        self.gauge.change(before, self.bytes);
        self.shrink_to(self.budget_bytes)
    }

    /// Gives up at least so many bytes, if it holds so many; returns whose values they were.
    pub fn evict(&mut self, bytes: u64) -> Vec<K> {
        self.shrink_to(self.bytes.saturating_sub(bytes))
    }

    fn shrink_to(&mut self, most_bytes: u64) -> Vec<K> {
        let before = self.bytes;
        let mut gone = Vec::new();
        while self.bytes > most_bytes
            && let Some((key, (_, bytes))) = self.values.pop_lru()
        {
            self.bytes -= bytes;
            self.evictions += 1;
            gone.push(key);
        }
        self.gauge.change(before, self.bytes);
        gone
    }

    /// Forgets all values; the counts go on.
    pub fn clear(&mut self) {
        self.values.clear();
        self.gauge.change(self.bytes, 0);
        self.bytes = 0;
    }

    /// How it stands.
    pub fn report(&self, cache: CacheKind) -> CacheUse {
        CacheUse {
            cache,
            bytes: self.bytes,
            budget_bytes: self.budget_bytes,
            entries: self.values.len() as u64,
            hits: self.hits,
            misses: self.misses,
            evictions: self.evictions,
        }
    }
}

impl<K: Hash + Eq, V> Drop for Budgeted<K, V> {
    fn drop(&mut self) {
        self.gauge.change(self.bytes, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_least_recently_gives_way() {
        let mut cache = Budgeted::new(10);
        assert!(cache.insert("a", 1, 4).is_empty());
        assert!(cache.insert("b", 2, 4).is_empty());
        assert_eq!(cache.get(&"a"), Some(&1));
        assert_eq!(cache.insert("c", 3, 4), ["b"]);
        assert_eq!(cache.get(&"b"), None);
        let report = cache.report(CacheKind::Memory);
        assert_eq!(
            (
                report.bytes,
                report.entries,
                report.hits,
                report.misses,
                report.evictions
            ),
            (8, 2, 1, 1, 1)
        );
    }

    #[test]
    fn a_value_above_the_budget_evicts_nothing() {
        let mut cache = Budgeted::new(10);
        cache.insert("a", 1, 10);
        assert_eq!(cache.insert("b", 2, 11), ["b"]);
        assert_eq!(cache.get(&"a"), Some(&1));
    }

    #[test]
    fn a_value_in_the_place_of_another_is_counted_once() {
        let mut cache = Budgeted::new(10);
        cache.insert("a", 1, 6);
        assert!(cache.insert("a", 2, 8).is_empty());
        assert_eq!(cache.report(CacheKind::Results).bytes, 8);
        cache.clear();
        assert_eq!(cache.report(CacheKind::Results).bytes, 0);
    }
}
