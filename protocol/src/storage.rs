//! What the engine keeps, so that it need not be fetched again.

use serde::{Deserialize, Serialize};

/// One of the caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheKind {
    /// Footers and page indexes, decoded, in memory.
    Footers,
    /// Compressed blocks of data files, in memory.
    Memory,
    /// Compressed blocks of data files in the browser's private file system: they outlive the page.
    Disk,
    /// Columns of row groups, decoded, in memory.
    Columns,
    /// Answers of whole statements, in memory.
    Results,
}

impl CacheKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Footers,
        Self::Memory,
        Self::Disk,
        Self::Columns,
        Self::Results,
    ];
}

/// How a cache stands. Counts are since the engine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheUse {
    /// Which.
    pub cache: CacheKind,
    /// Bytes that it holds; with [`CacheKind::Disk`] without what is pinned.
    pub bytes: u64,
    /// Bytes that it may hold.
    pub budget_bytes: u64,
    /// Things that it holds.
    pub entries: u64,
    /// Look-ups that found what they wanted.
    pub hits: u64,
    /// Look-ups that did not.
    pub misses: u64,
    /// Things that gave way to others.
    pub evictions: u64,
}

/// A table that is kept for use without a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The table's name.
    pub table: String,
    /// Its columns that are kept; all when absent.
    pub columns: Option<Vec<String>>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Whether it is of the snapshot that is open: a newer one has other files.
    pub is_current: bool,
}

/// All that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// The caches, in the order of [`CacheKind::ALL`].
    pub caches: Vec<CacheUse>,
    /// Tables for use without a network, by name.
    pub pins: Vec<Pin>,
    /// Why nothing can be kept on disk, if that is so: a private window, a full disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_problem: Option<String>,
}
