//! One Parquet file of a table, and its footer once somebody has needed it.

use std::sync::Arc;

use datafusion::common::Statistics;
use parquet::file::metadata::ParquetMetaData;
use protocol::Failure;
use tokio::sync::OnceCell;

use super::footer::{ReadFooter, read_footer};
use crate::io::{Counters, Io, Object};

/// A file of a table.
#[derive(Debug)]
pub struct TableFile {
    /// The object.
    pub object: Object,
    /// Row groups; 0 where the footer has yet to tell.
    pub row_groups: u64,
    /// Where page indexes and footer begin, when the manifest tells.
    pub(super) footer_start: Option<u64>,
    /// What planning may take as true.
    pub(super) statistics: Arc<Statistics>,
    /// Bounds, marked exact so that pruning uses them.
    pub(super) bounds: Arc<Statistics>,
    footer: OnceCell<ReadFooter>,
}

impl TableFile {
    pub(super) fn new(
        object: Object,
        row_groups: u64,
        footer_start: Option<u64>,
        statistics: Arc<Statistics>,
        bounds: Arc<Statistics>,
    ) -> Self {
        Self {
            object,
            row_groups,
            footer_start,
            statistics,
            bounds,
            footer: OnceCell::new(),
        }
    }

    pub(super) fn with_footer(mut self, footer: ReadFooter) -> Self {
        self.footer = OnceCell::new_with(Some(footer));
        self
    }

    /// The footer, read at most once; concurrent callers share the request.
    pub async fn footer(&self, io: &Io, counters: &Counters) -> Result<Arc<ParquetMetaData>, Failure> {
        if let Some(known) = self.footer.get() {
            counters.add_cache_hit(known.bytes);
            return Ok(Arc::clone(&known.metadata));
        }
        let read = self
            .footer
            .get_or_try_init(|| read_footer(io, &self.object, self.footer_start, counters))
            .await?;
        Ok(Arc::clone(&read.metadata))
    }
}
