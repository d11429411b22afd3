//! What a query has cost so far.

use std::sync::atomic::{AtomicU64, Ordering};

use protocol::Progress;

/// Counts of one query; shared by everything that works for it.
#[derive(Debug, Default)]
pub struct Counters {
    bytes_fetched: AtomicU64,
    requests: AtomicU64,
    cache_hit_bytes: AtomicU64,
    row_groups_total: AtomicU64,
    row_groups_pruned: AtomicU64,
}

impl Counters {
    /// Notes an answer from the network or disk.
    pub fn add_fetch(&self, requests: u64, bytes: u64) {
        self.requests.fetch_add(requests, Ordering::Relaxed);
        self.bytes_fetched.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes bytes that need not be fetched again: a footer that is known.
    pub fn add_cache_hit(&self, bytes: u64) {
        self.cache_hit_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that were not fetched because they are known.
    pub fn cache_hit_bytes(&self) -> u64 {
        self.cache_hit_bytes.load(Ordering::Relaxed)
    }

    /// Notes a file that a scan names.
    pub fn add_row_groups(&self, row_groups: u64) {
        self.row_groups_total.fetch_add(row_groups, Ordering::Relaxed);
    }

    /// Notes row groups that statistics ruled out.
    pub fn add_pruned(&self, row_groups: u64) {
        self.row_groups_pruned.fetch_add(row_groups, Ordering::Relaxed);
    }

    /// The counts now.
    pub fn progress(&self) -> Progress {
        Progress {
            bytes_fetched: self.bytes_fetched.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            row_groups_total: self.row_groups_total.load(Ordering::Relaxed),
            row_groups_pruned: self.row_groups_pruned.load(Ordering::Relaxed),
        }
    }
}
