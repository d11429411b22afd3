//! One row group of a scan.

use std::collections::VecDeque;
use std::ops::Range;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::metadata::RowGroupMetaData;

use super::expressions::width;
use super::file_columns::Origin;
use super::open_file::OpenFile;
use super::window::{Means, Window};
use crate::column::{CHUNK_ROWS, ColumnKey};
use crate::io::{Held, union};
use crate::table::{is_all_dictionary, pages};

/// What the decoded columns of a window may hold beside those that are kept.
const WINDOW_BYTES: usize = 64 * 1024 * 1024;

/// A row group that is left to scan.
#[derive(Debug)]
pub(super) struct RowGroup {
    pub(super) file: OpenFile,
    /// Its index in the file.
    pub(super) index: usize,
    /// Its place among the row groups of the table.
    pub(super) ordinal: u64,
    pub(super) rows: usize,
    /// Rows that the page index leaves.
    pub(super) selection: Option<RowSelection>,
}

impl RowGroup {
    pub(super) fn key(&self, root: usize) -> ColumnKey {
        let object = &self.file.reads.files[self.file.index].object;
        ColumnKey::new(object, self.index, root)
    }

    fn metadata(&self) -> &RowGroupMetaData {
        self.file.footer.metadata.row_group(self.index)
    }

    /// Indexes of the Parquet columns below a root column.
    fn leaves(&self, root: usize) -> impl Iterator<Item = usize> {
        let schema = self.file.footer.metadata.file_metadata().schema_descr();
        (0..schema.num_columns()).filter(move |leaf| schema.get_column_root_idx(*leaf) == root)
    }

    pub(super) fn is_all_dictionary(&self, root: usize) -> bool {
        self.leaves(root)
            .all(|leaf| is_all_dictionary(self.metadata().column(leaf)))
    }

    pub(super) fn compressed_bytes(&self, root: usize) -> u64 {
        let sizes = self
            .leaves(root)
            .map(|leaf| self.metadata().column(leaf).byte_range().1);
        sizes.sum()
    }

    /// Whether all of a column costs no more bytes than these rows of it.
    pub(super) fn is_whole_as_cheap(&self, root: usize, selection: &RowSelection) -> bool {
        let cost = |selection: Option<&RowSelection>| {
            let metadata = &self.file.footer.metadata;
            let ranges: Vec<Range<u64>> = self
                .leaves(root)
                .flat_map(|leaf| pages(metadata, self.index, leaf, selection))
                .collect();
            let reads = &self.file.reads;
            let object = &reads.files[self.file.index].object;
            reads.source.io.cost(object, &union(&ranges)).bytes
        };
        cost(None) <= cost(Some(selection))
    }

    /// Parts of the row group that are worked on at a time: mostly one.
    fn windows(&self) -> VecDeque<Range<usize>> {
        let columns = &self.file.reads.source.columns;
        let bytes_per_row = |origin: &Origin| match origin {
            Origin::Constant(_) => 0,
            Origin::Root(root) if columns.has(&self.key(root.index)) => 0,
            Origin::Root(root) => {
                let sizes = self.leaves(root.index).map(|leaf| {
                    let size = self.metadata().column(leaf).uncompressed_size();
                    usize::try_from(size).unwrap_or_default() / self.rows.max(1)
                });
                width(&root.data_type).max(sizes.sum())
            }
        };
        let bytes_per_row: usize = self.file.origins.iter().map(bytes_per_row).sum();
        let rows = (WINDOW_BYTES / bytes_per_row.max(1) / CHUNK_ROWS).max(1) * CHUNK_ROWS;
        (0..self.rows)
            .step_by(rows)
            .map(|start| start..start.saturating_add(rows).min(self.rows))
            .collect()
    }
}

/// A row group that is being scanned.
#[derive(Debug)]
pub(super) struct GroupScan {
    pub(super) group: RowGroup,
    windows: VecDeque<Range<usize>>,
    window: Option<Window>,
    /// What came along with one question answers the next.
    held: Vec<Held>,
}

impl GroupScan {
    pub(super) fn new(group: RowGroup) -> Self {
        Self {
            windows: group.windows(),
            group,
            window: None,
            held: Vec::new(),
        }
    }

    /// The next rows, of at most `limit` more; none when there are no more.
    pub(super) async fn next(
        &mut self,
        limit: Option<usize>,
        means: &mut Means<'_>,
    ) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(window) = &mut self.window {
                if let Some(batch) = window.next(means).await? {
                    return Ok(Some(batch));
                }
                self.window = None;
            }
            if limit == Some(0) {
                return Ok(None);
            }
            let Some(range) = self.windows.pop_front() else {
                return Ok(None);
            };
            self.window = Some(Window::open(&self.group, range, limit, &mut self.held, means).await?);
        }
    }
}
