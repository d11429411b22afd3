//! One Parquet file of a table, and its footer once somebody has needed it.

use std::sync::Arc;

use datafusion::common::Statistics;
use parquet::file::metadata::ParquetMetaData;
use protocol::Failure;
use tokio::sync::Mutex;

use super::footer::read_footer;
use super::footers::{Footers, ReadFooter};
use crate::io::{Counters, Io, Object};

/// What the files of an engine are read with.
#[derive(Debug, Clone)]
pub struct Source {
    /// Ranges.
    pub io: Io,
    /// Footers.
    pub footers: Arc<Footers>,
}

/// A file of a table.
#[derive(Debug)]
pub struct TableFile {
    /// The object.
    pub object: Arc<Object>,
    /// Row groups; 0 where the footer has yet to tell.
    pub row_groups: u64,
    /// Where page indexes and footer begin, when the manifest tells.
    pub(super) footer_start: Option<u64>,
    /// What planning may take as true.
    pub(super) statistics: Arc<Statistics>,
    /// Bounds, marked exact so that pruning uses them.
    pub(super) bounds: Arc<Statistics>,
    /// Held by the one who reads the footer, while others wait for it.
    reading: Mutex<()>,
}

impl TableFile {
    pub(super) fn new(
        object: Arc<Object>,
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
            reading: Mutex::new(()),
        }
    }

    /// The footer, and how many bytes of it were known; concurrent callers share the request.
    pub(super) async fn footer(
        &self,
        source: &Source,
        counters: &Arc<Counters>,
    ) -> Result<(Arc<ParquetMetaData>, u64), Failure> {
        let _reading = self.reading.lock().await;
        if let Some(ReadFooter { metadata, bytes }) = source.footers.get(&self.object) {
            return Ok((metadata, bytes));
        }
        let footer = read_footer(&source.io, &self.object, self.footer_start, counters).await?;
        let metadata = Arc::clone(&footer.metadata);
        source.footers.insert(&self.object, footer);
        Ok((metadata, 0))
    }
}
