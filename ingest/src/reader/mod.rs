//! What a browser's reader does with a gold file, played through on a file in memory: which bytes it fetches, in how many
//! requests, and how long decoding takes.
//!
//! Row groups are ruled out by statistics and bloom filters, pages by the page index; then the columns of the filter are
//! read, and of the others only pages that hold rows which pass.
//!
//! Invariant: what is not sure is read.
//!
//! Entry points: [`Reader::of`], [`Reader::read`].

mod bloom;
mod prune;
mod term;

use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use catalog::ranges::coalesce;
use duckdb::arrow::compute::and;
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};

pub use term::{Kind, Term};

/// What a request is worth in bytes, and so the largest gap between two ranges that are fetched together: its share of
/// a round trip of 40 ms on a link of 50 Mbit/s, of which a browser has six requests under way.
pub const REQUEST_BYTES: u64 = 40 * 6_250 / 6;

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// It is no Parquet file with a page index, or a damaged one.
    #[error("cannot read Parquet: {0}")]
    Parquet(#[from] ParquetError),
    /// A term compares values of another type than the column's.
    #[error("cannot compare values: {0}")]
    Arrow(#[from] ArrowError),
}

/// Columns of some rows.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    /// Top-level columns that are wanted; those of the terms are read too.
    pub columns: Vec<String>,
    /// What all wanted rows fulfil.
    pub terms: Vec<Term>,
    /// How many rows are enough; all where none.
    pub first: Option<u64>,
}

/// What reading took, the footer not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Read {
    /// Bytes fetched, gaps and bloom filters among them.
    pub bytes: u64,
    /// Ranges fetched.
    pub requests: u64,
    /// Rows that fulfil the terms.
    pub rows: u64,
    /// Time to decode, on one thread.
    pub decoding: Duration,
}

/// A Parquet file in memory, with its footer and page index.
#[derive(Debug)]
pub struct Reader {
    content: Bytes,
    metadata: ArrowReaderMetadata,
    footer_bytes: u64,
}

impl Reader {
    /// Reads footer and page index.
    pub fn of(content: Bytes) -> Result<Self, ReaderError> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(&content, options)?;
        let groups = metadata.metadata().row_groups().iter();
        let begin = groups
            .flat_map(|group| group.columns())
            .flat_map(|column| [column.column_index_offset(), column.offset_index_offset()])
            .flatten()
            .filter_map(|offset| u64::try_from(offset).ok())
            .min();
        let end = content.len() as u64;
        Ok(Self {
            footer_bytes: end - begin.unwrap_or(end).min(end),
            metadata,
            content,
        })
    }

    /// Bytes from the page index to the end of the file, which come once, before all else.
    pub fn footer_bytes(&self) -> u64 {
        self.footer_bytes
    }

    /// Reads a slice of the file.
    pub fn read(&self, slice: &Slice) -> Result<Read, ReaderError> {
        let is_filtered = |column: &str| slice.terms.iter().any(|term| term.column == column);
        let filtering = self.leaves(&is_filtered);
        let others = self
            .leaves(&|column| !is_filtered(column) && slice.columns.iter().any(|wanted| wanted == column));
        let mut read = Read::default();
        let mut ranges: Vec<Range<u64>> = Vec::new();
        let mut left = slice.first.unwrap_or(u64::MAX);
        for group in self.surviving(&slice.terms, &mut ranges)? {
            if left == 0 {
                break;
            }
            let mut selection = self.selection(group, &slice.terms)?;
            if !slice.terms.is_empty() {
                self.add_pages(group, &filtering, &selection, &mut ranges);
                let started = Instant::now();
                selection = self.passing(group, &filtering, &selection, &slice.terms)?;
                read.decoding += started.elapsed();
            }
            let selection = first(&selection, left);
            let rows = selection.row_count() as u64;
            left -= rows.min(left);
            read.rows += rows;
            if rows > 0 && !others.is_empty() {
                self.add_pages(group, &others, &selection, &mut ranges);
                let started = Instant::now();
                for batch in self.decoder(group, &others, selection)? {
                    std::hint::black_box(batch?);
                }
                read.decoding += started.elapsed();
            }
        }
        let fetched = coalesce(&ranges, REQUEST_BYTES);
        read.bytes = fetched.iter().map(|range| range.end - range.start).sum();
        read.requests = fetched.len() as u64;
        Ok(read)
    }

    fn parquet(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// The leaves of top-level columns.
    fn leaves(&self, is_wanted: &dyn Fn(&str) -> bool) -> Vec<usize> {
        let schema = self.parquet().file_metadata().schema_descr();
        (0..schema.num_columns())
            .filter(|&leaf| is_wanted(schema.get_column_root(leaf).name()))
            .collect()
    }

    /// Of the selected rows of a row group those that fulfil the terms.
    fn passing(
        &self,
        group: usize,
        leaves: &[usize],
        selection: &RowSelection,
        terms: &[Term],
    ) -> Result<RowSelection, ReaderError> {
        let mut masks = Vec::new();
        for batch in self.decoder(group, leaves, selection.clone())? {
            let batch: RecordBatch = batch?;
            let mut mask = None;
            for term in terms {
                let Some(values) = batch.column_by_name(&term.column) else {
                    continue;
                };
                let fulfilled = term.fulfilled(values)?;
                mask = Some(match mask {
                    Some(mask) => and(&mask, &fulfilled)?,
                    None => fulfilled,
                });
            }
            masks.extend(mask);
        }
        Ok(selection.and_then(&RowSelection::from_filters(&masks)))
    }

    fn decoder(
        &self,
        group: usize,
        leaves: &[usize],
        selection: RowSelection,
    ) -> Result<ParquetRecordBatchReader, ReaderError> {
        let schema = self.parquet().file_metadata().schema_descr();
        let mask = ProjectionMask::leaves(schema, leaves.iter().copied());
        Ok(
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.content.clone(), self.metadata.clone())
                .with_projection(mask)
                .with_row_groups(vec![group])
                .with_row_selection(selection)
                .build()?,
        )
    }
}

/// The first selected rows, so many.
fn first(selection: &RowSelection, rows: u64) -> RowSelection {
    let mut left = usize::try_from(rows).unwrap_or(usize::MAX);
    if selection.row_count() <= left {
        return selection.clone();
    }
    let mut selectors = Vec::new();
    for selector in selection.iter() {
        let taken = selector.row_count.min(left);
        if selector.skip {
            selectors.push(*selector);
        } else {
            left -= taken;
            selectors.push(RowSelector::select(taken));
            selectors.push(RowSelector::skip(selector.row_count - taken));
        }
    }
    selectors.into()
}

#[cfg(test)]
mod tests;
