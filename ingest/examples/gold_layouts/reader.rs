//! A reader that prunes by footer and page index, and knows the bytes that it needs before it reads them.

use std::ops::Range;
use std::time::Instant;

use anyhow::Context;
use bytes::Bytes;
use duckdb::arrow::array::AsArray;
use duckdb::arrow::datatypes::TimestampMicrosecondType;
use duckdb::arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::page_index::column_index::ColumnIndexMetaData;

/// Ranges with no more than so much between them are fetched together.
const GAP_BYTES: u64 = 32 * 1024;

/// Columns of some rows.
pub struct Slice {
    /// What a person asks.
    pub name: &'static str,
    columns: Vec<&'static str>,
    rows: Rows,
}

enum Rows {
    All,
    First(u64),
    /// Those whose `pickup_at` lies in this range.
    Between(Range<i64>),
}

/// What reading took.
pub struct Read {
    pub bytes: u64,
    pub requests: usize,
    pub seconds: f64,
}

impl Slice {
    /// What people ask of trips.
    pub fn all(batch: &RecordBatch) -> anyhow::Result<Vec<Self>> {
        const DAY: i64 = 86_400_000_000;
        let times = batch
            .column_by_name("pickup_at")
            .context("there is no pickup_at")?;
        let times = times.as_primitive::<TimestampMicrosecondType>().values();
        let middle = times[times.len() / 2];
        let week = middle..middle + 7 * DAY;
        Ok(vec![
            Self {
                name: "one week by day",
                columns: vec!["pickup_at", "fare"],
                rows: Rows::Between(week),
            },
            Self {
                name: "one zone",
                columns: vec!["pickup_zone", "pickup_at", "fare"],
                rows: Rows::All,
            },
            Self {
                name: "top 10 by total",
                columns: vec!["total"],
                rows: Rows::All,
            },
            Self {
                name: "all of pickup_at",
                columns: vec!["pickup_at"],
                rows: Rows::All,
            },
            Self {
                name: "all of trip_id",
                columns: vec!["trip_id"],
                rows: Rows::All,
            },
            Self {
                name: "first 1000 rows",
                columns: batch
                    .schema_ref()
                    .fields()
                    .iter()
                    .map(|field| leaked(field.name()))
                    .collect(),
                rows: Rows::First(1000),
            },
        ])
    }
}

/// Names live as long as the process: there are a dozen.
fn leaked(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

/// Footer and page index of a file.
pub struct Footer {
    metadata: ArrowReaderMetadata,
    /// From the page index to the end of the file.
    pub bytes: u64,
}

impl Footer {
    /// Reads it.
    pub fn of(content: &Bytes) -> anyhow::Result<Self> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(content, options)?;
        let columns = metadata
            .metadata()
            .row_groups()
            .iter()
            .flat_map(|group| group.columns());
        let begin = columns
            .flat_map(|column| [column.column_index_offset(), column.offset_index_offset()])
            .flatten()
            .min()
            .unwrap_or(0);
        Ok(Self {
            bytes: content.len() as u64 - u64::try_from(begin)?,
            metadata,
        })
    }

    /// Reads a slice of the file whose footer this is.
    pub fn read(&self, content: &Bytes, slice: &Slice) -> anyhow::Result<Read> {
        let metadata = self.metadata.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let leaves: Vec<usize> = (0..schema.num_columns())
            .filter(|&leaf| slice.columns.contains(&schema.column(leaf).name()))
            .collect();
        let mut ranges = Vec::new();
        let mut groups = Vec::new();
        let mut selectors = Vec::new();
        for group in 0..metadata.num_row_groups() {
            let rows = u64::try_from(metadata.row_group(group).num_rows())?;
            let wanted = self.wanted(group, rows, &slice.rows)?;
            if wanted.is_empty() {
                continue;
            }
            groups.push(group);
            selectors.push(RowSelector::skip(usize::try_from(wanted.start)?));
            selectors.push(RowSelector::select(usize::try_from(wanted.end - wanted.start)?));
            selectors.push(RowSelector::skip(usize::try_from(rows - wanted.end)?));
            for &leaf in &leaves {
                self.ranges(group, leaf, rows, &wanted, &mut ranges)?;
            }
        }
        ranges.sort_by_key(|range: &Range<u64>| range.start);
        let mut merged: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end + GAP_BYTES => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        let started = Instant::now();
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(content.clone(), self.metadata.clone())
                .with_projection(ProjectionMask::leaves(schema, leaves))
                .with_row_groups(groups)
                .with_row_selection(RowSelection::from(selectors))
                .build()?;
        let mut rows = 0;
        for batch in reader {
            rows += std::hint::black_box(batch?).num_rows();
        }
        anyhow::ensure!(rows > 0, "no rows for {}", slice.name);
        Ok(Read {
            bytes: merged.iter().map(|range| range.end - range.start).sum(),
            requests: merged.len(),
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// Rows of a row group whose pages may hold what is asked for.
    fn wanted(&self, group: usize, rows: u64, wanted: &Rows) -> anyhow::Result<Range<u64>> {
        let metadata = self.metadata.metadata();
        match wanted {
            Rows::All => Ok(0..rows),
            Rows::First(count) => Ok(if group == 0 { 0..rows.min(*count) } else { 0..0 }),
            Rows::Between(between) => {
                let schema = metadata.file_metadata().schema_descr();
                let leaf = (0..schema.num_columns())
                    .find(|&leaf| schema.column(leaf).name() == "pickup_at")
                    .context("there is no pickup_at")?;
                let index = metadata.column_index().context("there is no column index")?;
                let ColumnIndexMetaData::INT64(pages) = &index[group][leaf] else {
                    anyhow::bail!("pickup_at has no index of whole numbers");
                };
                let starts = self.starts(group, leaf, rows)?;
                let mut found = rows..0;
                for (page, (min, max)) in pages.min_values_iter().zip(pages.max_values_iter()).enumerate() {
                    if let (Some(min), Some(max)) = (min, max)
                        && *min < between.end
                        && *max >= between.start
                    {
                        found = found.start.min(starts[page])..found.end.max(starts[page + 1]);
                    }
                }
                Ok(if found.start < found.end { found } else { 0..0 })
            }
        }
    }

    /// First rows of the pages, and the end.
    fn starts(&self, group: usize, leaf: usize, rows: u64) -> anyhow::Result<Vec<u64>> {
        let index = self
            .metadata
            .metadata()
            .offset_index()
            .context("there is no offset index")?;
        let mut starts = Vec::new();
        for page in index[group][leaf].page_locations() {
            starts.push(u64::try_from(page.first_row_index)?);
        }
        starts.push(rows);
        Ok(starts)
    }

    /// The dictionary and the pages of a column chunk that hold wanted rows.
    fn ranges(
        &self,
        group: usize,
        leaf: usize,
        rows: u64,
        wanted: &Range<u64>,
        ranges: &mut Vec<Range<u64>>,
    ) -> anyhow::Result<()> {
        let metadata = self.metadata.metadata();
        let index = metadata.offset_index().context("there is no offset index")?;
        let pages = index[group][leaf].page_locations();
        let starts = self.starts(group, leaf, rows)?;
        let (begin, _) = metadata.row_group(group).column(leaf).byte_range();
        let first = pages
            .first()
            .map_or(begin, |page| u64::try_from(page.offset).unwrap_or(begin));
        if begin < first {
            ranges.push(begin..first);
        }
        for (page, location) in pages.iter().enumerate() {
            if starts[page] < wanted.end && starts[page + 1] > wanted.start {
                let begin = u64::try_from(location.offset)?;
                ranges.push(begin..begin + u64::try_from(location.compressed_page_size)?);
            }
        }
        Ok(())
    }
}
