//! One Parquet file of a table, and its footer once somebody has needed it.

use std::sync::Arc;

use datafusion::common::Statistics;
use protocol::Failure;
use tokio::sync::Mutex;

use super::footer::read_footer;
use super::footers::{Footers, ReadFooter};
use crate::column::Columns;
use crate::io::{Counters, Io, Object};

/// What the files of an engine are read with.
#[derive(Debug, Clone)]
pub struct Source {
    /// Ranges.
    pub io: Io,
    /// Footers.
    pub footers: Arc<Footers>,
    /// Decoded columns.
    pub columns: Arc<Columns>,
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

    /// Rows, as far as is known.
    pub(crate) fn rows(&self) -> u64 {
        self.statistics
            .num_rows
            .get_value()
            .map_or(0, |rows| *rows as u64)
    }

    /// What planning may take as true.
    pub(crate) fn statistics(&self) -> Arc<Statistics> {
        Arc::clone(&self.statistics)
    }

    /// Bounds of the columns, for pruning.
    pub(crate) fn bounds(&self) -> Arc<Statistics> {
        Arc::clone(&self.bounds)
    }

    /// The footer, and whether it was known; concurrent callers share the request.
    pub(super) async fn footer(
        &self,
        source: &Source,
        counters: &Arc<Counters>,
    ) -> Result<(ReadFooter, bool), Failure> {
        let _reading = self.reading.lock().await;
        if let Some(footer) = source.footers.get(&self.object) {
            return Ok((footer, true));
        }
        let footer = read_footer(&source.io, &self.object, self.footer_start, counters).await?;
        source.footers.insert(&self.object, footer.clone());
        Ok((footer, false))
    }
}
