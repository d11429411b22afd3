//! Compressed pages to arrays.

use std::ops::Range;

use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::common::{DataFusionError, Result};
use parquet::DecodeResult;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowSelection};
use parquet::arrow::push_decoder::{ParquetPushDecoder, ParquetPushDecoderBuilder};

use super::external;
use super::file_columns::Root;
use super::metrics::ScanMetrics;
use super::open_file::OpenFile;
use super::pace::Pace;
use crate::column::CHUNK_ROWS;
use crate::io::{Held, corrupt, gather};

/// A column of a row group, and the rows of it that are wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) root: Root,
    /// All rows where there is none.
    pub(super) selection: Option<RowSelection>,
    /// Whether strings are to stay dictionaries.
    pub(super) as_dictionary: bool,
}

/// Reads these columns together and decodes them one after another, each to chunks of [`CHUNK_ROWS`] rows. What is read
/// along with them lives as long as `held`.
pub(super) async fn decode(
    file: &OpenFile,
    row_group: usize,
    wanted: &[Wanted],
    held: &mut Vec<Held>,
    metrics: &ScanMetrics,
    pace: &mut Pace,
) -> Result<Vec<Vec<ArrayRef>>> {
    let mut decoders = wanted
        .iter()
        .map(|wanted| decoder(file, row_group, wanted))
        .collect::<Result<Vec<_>>>()?;
    let readers = read(file, &mut decoders, held, metrics).await?;
    let mut columns = Vec::with_capacity(wanted.len());
    for (reader, wanted) in readers.into_iter().zip(wanted) {
        columns.push(chunks(file, row_group, reader, wanted, metrics, pace).await?);
        metrics.columns_decoded.add(1);
    }
    Ok(columns)
}

fn decoder(file: &OpenFile, row_group: usize, wanted: &Wanted) -> Result<ParquetPushDecoder> {
    let decoding = &file.footer.decoding;
    let metadata = match &decoding.dictionaries {
        Some(dictionaries) if wanted.as_dictionary => dictionaries,
        _ => &decoding.plain,
    };
    let mask = ProjectionMask::roots(metadata.parquet_schema(), [wanted.root.index]);
    let mut builder = ParquetPushDecoderBuilder::new_with_metadata(metadata.clone())
        .with_row_groups(vec![row_group])
        .with_projection(mask)
        .with_batch_size(CHUNK_ROWS);
    if let Some(selection) = &wanted.selection {
        builder = builder.with_row_selection(selection.clone());
    }
    Ok(builder.build()?)
}

/// Asks for what all decoders need at once, until each can decode.
async fn read(
    file: &OpenFile,
    decoders: &mut [ParquetPushDecoder],
    held: &mut Vec<Held>,
    metrics: &ScanMetrics,
) -> Result<Vec<Option<ParquetRecordBatchReader>>> {
    let mut readers: Vec<Option<ParquetRecordBatchReader>> = decoders.iter().map(|_| None).collect();
    let mut is_done = vec![false; decoders.len()];
    loop {
        let mut asked: Vec<(usize, Vec<Range<u64>>)> = Vec::new();
        for (place, decoder) in decoders.iter_mut().enumerate() {
            if is_done[place] {
                continue;
            }
            match decoder.try_next_reader()? {
                DecodeResult::NeedsData(ranges) => asked.push((place, ranges)),
                DecodeResult::Data(reader) => {
                    readers[place] = Some(reader);
                    is_done[place] = true;
                }
                DecodeResult::Finished => is_done[place] = true,
            }
        }
        let ranges: Vec<Range<u64>> = asked.iter().flat_map(|(_, ranges)| ranges.clone()).collect();
        if ranges.is_empty() {
            return Ok(readers);
        }
        let started = file.reads.start(file.index, &ranges).map_err(external)?;
        let object = &file.reads.files[file.index].object;
        let mut bytes = gather(&started, object, &ranges)
            .await
            .map_err(external)?
            .into_iter();
        held.push(started);
        for (place, ranges) in asked {
            let parts: Vec<Bytes> = bytes.by_ref().take(ranges.len()).collect();
            metrics.bytes.add(parts.iter().map(Bytes::len).sum());
            decoders[place].push_ranges(ranges, parts)?;
        }
    }
}

async fn chunks(
    file: &OpenFile,
    row_group: usize,
    reader: Option<ParquetRecordBatchReader>,
    wanted: &Wanted,
    metrics: &ScanMetrics,
    pace: &mut Pace,
) -> Result<Vec<ArrayRef>> {
    let rows_of_group = file.footer.metadata.row_group(row_group).num_rows();
    let expected = match &wanted.selection {
        Some(selection) => selection.row_count(),
        None => usize::try_from(rows_of_group).unwrap_or_default(),
    };
    let mut chunks: Vec<ArrayRef> = Vec::with_capacity(expected.div_ceil(CHUNK_ROWS).min(1 << 12));
    let mut rows = 0;
    for batch in reader.into_iter().flatten() {
        let timer = metrics.decoding.timer();
        let batch = batch?;
        let [values] = batch.columns() else {
            return Err(wrong_length(file, row_group, expected, rows));
        };
        rows += values.len();
        pace.spend(values.len() * cost_of(values.as_ref()));
        chunks.push(if wanted.as_dictionary {
            values.clone()
        } else {
            wanted.root.of_table(values.clone())?
        });
        timer.done();
        pace.rest().await;
    }
    if rows != expected {
        return Err(wrong_length(file, row_group, expected, rows));
    }
    Ok(chunks)
}

/// Values of nested columns and strings take longer than numbers.
fn cost_of(values: &dyn Array) -> usize {
    match values.data_type() {
        data_type if data_type.is_nested() => 8,
        data_type if data_type.is_primitive() => 1,
        _ => 2,
    }
}

fn wrong_length(file: &OpenFile, row_group: usize, expected: usize, rows: usize) -> DataFusionError {
    let name = file.reads.files[file.index].object.origin.display_name();
    let message = format!("row group {row_group} has {expected} rows to read, and {rows} values of a column");
    external(corrupt(name, &message))
}
