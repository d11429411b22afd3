//! What a query has cost so far.

use std::sync::atomic::{AtomicU64, Ordering};

use protocol::Progress;

/// Counts of one query; shared by everything that works for it.
#[derive(Debug, Default)]
pub struct Counters {
    bytes_fetched: AtomicU64,
    requests: AtomicU64,
    cache_hit_bytes: AtomicU64,
    bytes_estimated: AtomicU64,
    row_groups_total: AtomicU64,
    row_groups_pruned: AtomicU64,
    row_groups_done: AtomicU64,
    row_groups_cached: AtomicU64,
    rows_total: AtomicU64,
    rows_seen: AtomicU64,
}

impl Counters {
    /// Notes an answer from the network or a local file.
    pub fn add_fetch(&self, requests: u64, bytes: u64) {
        add(&self.requests, requests);
        add(&self.bytes_fetched, bytes);
    }

    /// Notes bytes that need not be fetched again.
    pub fn add_cache_hit(&self, bytes: u64) {
        add(&self.cache_hit_bytes, bytes);
    }

    /// Notes bytes that are going to be fetched, at most.
    pub fn add_estimated(&self, bytes: u64) {
        add(&self.bytes_estimated, bytes);
    }

    /// Notes a file that a scan names.
    pub fn add_row_groups(&self, row_groups: u64) {
        add(&self.row_groups_total, row_groups);
    }

    /// Notes row groups that statistics ruled out.
    pub fn add_pruned(&self, row_groups: u64) {
        add(&self.row_groups_pruned, row_groups);
    }

    /// Notes a row group whose bytes have all arrived, and whether all of them came from caches.
    pub fn add_done(&self, is_cached: bool) {
        add(&self.row_groups_done, 1);
        add(&self.row_groups_cached, u64::from(is_cached));
    }

    /// Notes rows that are going to be looked at.
    pub fn add_rows_total(&self, rows: u64) {
        add(&self.rows_total, rows);
    }

    /// Notes rows that were looked at, or ruled out after all.
    pub fn add_rows_seen(&self, rows: u64) {
        add(&self.rows_seen, rows);
    }

    /// Takes in what another worker counted for the same query since it was asked last.
    pub fn add(&self, more: &Progress) {
        add(&self.bytes_fetched, more.bytes_fetched);
        add(&self.requests, more.requests);
        add(&self.cache_hit_bytes, more.cache_hit_bytes);
        add(&self.bytes_estimated, more.bytes_estimated);
        add(&self.row_groups_pruned, more.row_groups_pruned);
        add(&self.row_groups_done, more.row_groups_done);
        add(&self.row_groups_cached, more.row_groups_cached);
        add(&self.rows_total, more.rows_total);
        add(&self.rows_seen, more.rows_seen);
    }

    /// The counts now.
    pub fn progress(&self) -> Progress {
        let now = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let bytes_fetched = now(&self.bytes_fetched);
        Progress {
            bytes_fetched,
            requests: now(&self.requests),
            row_groups_total: now(&self.row_groups_total),
            row_groups_pruned: now(&self.row_groups_pruned),
            row_groups_done: now(&self.row_groups_done),
            row_groups_cached: now(&self.row_groups_cached),
            cache_hit_bytes: now(&self.cache_hit_bytes),
            bytes_estimated: now(&self.bytes_estimated).max(bytes_fetched),
            rows_seen: now(&self.rows_seen),
            rows_total: now(&self.rows_total),
        }
    }
}

/// What was counted between two reports of one worker.
pub fn since(now: &Progress, before: &Progress) -> Progress {
    Progress {
        bytes_fetched: now.bytes_fetched - before.bytes_fetched,
        requests: now.requests - before.requests,
        row_groups_total: now.row_groups_total - before.row_groups_total,
        row_groups_pruned: now.row_groups_pruned - before.row_groups_pruned,
        row_groups_done: now.row_groups_done - before.row_groups_done,
        row_groups_cached: now.row_groups_cached - before.row_groups_cached,
        cache_hit_bytes: now.cache_hit_bytes - before.cache_hit_bytes,
        bytes_estimated: now.bytes_estimated - before.bytes_estimated,
        rows_seen: now.rows_seen - before.rows_seen,
        rows_total: now.rows_total - before.rows_total,
    }
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}
