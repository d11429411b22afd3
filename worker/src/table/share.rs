//! Which row groups of a table a worker reads.

/// A worker's share of the row groups of a table; an extension of the session's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which worker, from 0 on.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Default for Share {
    fn default() -> Self {
        Self { index: 0, of: 1 }
    }
}

impl Share {
    /// Whether a row group is at home here. Ordinals count the row groups of all files of the table, also those that
    /// are ruled out.
    pub fn has(&self, ordinal: u64) -> bool {
        ordinal % u64::from(self.of.max(1)) == u64::from(self.index)
    }
}
