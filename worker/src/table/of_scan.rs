//! Which table a scan is of, and which file of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::read_ahead::ScanReads;

/// A file and its place in a scan; an extension of DataFusion's `PartitionedFile`.
#[derive(Debug, Clone)]
pub(crate) struct FileOfScan {
    pub(crate) reads: Arc<ScanReads>,
    pub(crate) index: usize,
}

/// The table of a scan.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfTable {
    /// Its name.
    pub(crate) name: String,
    /// Files, also those that are ruled out.
    pub(crate) files: u64,
    /// Row groups of all files.
    pub(crate) row_groups: u64,
    /// Rows, as far as is known.
    pub(crate) rows: u64,
    /// For each file of the scan, the ordinal of its first row group among those of the table.
    pub(crate) first_ordinals: Vec<u64>,
    /// How many distinct values columns have, roughly, where that is known.
    pub(crate) distinct_values: BTreeMap<String, u64>,
}
