//! What a statement would cost, said before it runs.

use serde::{Deserialize, Serialize};

/// What a statement would fetch now, from manifests and footers alone. `LIMIT`, top-k and values that no statistics
/// tell apart may make it less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Bytes to fetch, gaps between ranges included.
    pub bytes: u64,
    /// Requests to send.
    pub requests: u64,
    /// Bytes that caches have already; not in [`Self::bytes`].
    pub cached_bytes: u64,
    /// Files to read from.
    pub files: u64,
    /// Files of the tables that the statement names.
    pub files_total: u64,
    /// Row groups to read from.
    pub row_groups: u64,
    /// Row groups of those tables.
    pub row_groups_total: u64,
}
