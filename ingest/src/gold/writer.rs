//! Writes a stored DuckDB table as Parquet with parquet-rs, which writes the page indexes that browsers need.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalog::{Column, Footer, SortKey};
use duckdb::arrow::compute::concat_batches;
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use duckdb::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use parquet::arrow::{ArrowWriter, PARQUET_FIELD_ID_META_KEY};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use sha2::{Digest, Sha256};

use super::{GoldError, WrittenFile};
use crate::engine::Engine;
use crate::plan::Name;

const ZSTD_LEVEL: i32 = 3;
const PAGE_ROWS: usize = 20_000;
/// A page ends only at the end of such a batch, so this divides [`PAGE_ROWS`].
const PAGE_BATCH_ROWS: usize = 1_000;
/// Metadata length and magic, behind the metadata.
const TRAILER_BYTES: u64 = 8;

/// How rows are laid out in files.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// Rows in a row group.
    pub row_group_rows: usize,
    /// A file ends at the first row group's end beyond this size.
    pub file_bytes: u64,
    /// How the table's rows are sorted.
    pub sort_keys: &'a [SortKey],
}

/// Writes the table's rows, in their order, into files in the folder. At least one file, even without rows:
/// it tells the schema to readers of plain Parquet.
///
/// The same rows in the same order give the same bytes, however DuckDB cuts its batches.
pub fn write(
    engine: &Engine,
    table: &Name,
    columns: &[Column],
    layout: Layout<'_>,
    folder: &Path,
) -> Result<Vec<WrittenFile>, GoldError> {
    let (duck_schema, _) = engine.batches(&format!("SELECT * FROM {} LIMIT 0", table.quoted()))?;
    let schema = parquet_schema(&duck_schema, columns);
    let mut files = Files {
        folder,
        layout,
        properties: properties(&schema, layout),
        schema,
        open: None,
        done: Vec::new(),
    };
    let mut pending: Vec<RecordBatch> = Vec::new();
    let mut pending_rows = 0;
    engine.stream_table(&table.quoted(), |batch| {
        pending_rows += batch.num_rows();
        pending.push(batch);
        while pending_rows >= layout.row_group_rows {
            let all = concat_batches(&duck_schema, &pending)?;
            files.write_row_group(&all.slice(0, layout.row_group_rows))?;
            pending_rows -= layout.row_group_rows;
            pending = vec![all.slice(layout.row_group_rows, pending_rows)];
        }
        Ok::<(), GoldError>(())
    })?;
    let rest = concat_batches(&duck_schema, &pending)?;
    if rest.num_rows() > 0 || files.done.is_empty() && files.open.is_none() {
        files.write_row_group(&rest)?;
    }
    files.finish_open()?;
    Ok(files.done)
}

struct Files<'a> {
    folder: &'a Path,
    layout: Layout<'a>,
    schema: SchemaRef,
    properties: WriterProperties,
    open: Option<OpenFile>,
    done: Vec<WrittenFile>,
}

struct OpenFile {
    path: PathBuf,
    writer: ArrowWriter<HashingFile>,
}

impl Files<'_> {
    fn write_row_group(&mut self, batch: &RecordBatch) -> Result<(), GoldError> {
        let batch = RecordBatch::try_new_with_options(
            self.schema.clone(),
            batch.columns().to_vec(),
            &RecordBatchOptions::new().with_row_count(Some(batch.num_rows())),
        )?;
        let mut file = match self.open.take() {
            Some(file) => file,
            None => self.create()?,
        };
        file.writer.write(&batch)?;
        file.writer.flush()?;
        let is_full = file.writer.bytes_written() as u64 >= self.layout.file_bytes;
        self.open = Some(file);
        if is_full {
            self.finish_open()?;
        }
        Ok(())
    }

    fn create(&self) -> Result<OpenFile, GoldError> {
        let path = self.folder.join(format!("{:05}.parquet", self.done.len()));
        let file = File::create(&path).map_err(|cause| GoldError::Io {
            path: path.clone(),
            cause,
        })?;
        let sink = HashingFile {
            file,
            hash: Sha256::new(),
            bytes: 0,
        };
        let writer = ArrowWriter::try_new(sink, self.schema.clone(), Some(self.properties.clone()))?;
        Ok(OpenFile { path, writer })
    }

    fn finish_open(&mut self) -> Result<(), GoldError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let metadata = open.writer.finish()?;
        let sink = open.writer.inner();
        let footer = footer_of(&open.path, sink.bytes, &metadata)?;
        self.done.push(WrittenFile {
            bytes: sink.bytes,
            rows: u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0),
            row_groups: u32::try_from(metadata.num_row_groups()).unwrap_or(u32::MAX),
            content_hash: hex::encode(sink.hash.clone().finalize()),
            footer,
            path: open.path,
        });
        Ok(())
    }
}

/// Hashes what it writes, so that the file need not be read again.
struct HashingFile {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for HashingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// DuckDB's schema with the field ids and nullability of the manifest.
fn parquet_schema(duck_schema: &SchemaRef, columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = duck_schema
        .fields()
        .iter()
        .zip(columns)
        .map(|(field, column)| {
            Field::new(&column.name, field.data_type().clone(), column.nullable)
                .with_metadata([(PARQUET_FIELD_ID_META_KEY.to_owned(), column.field_id.to_string())].into())
        })
        .collect();
    Arc::new(Schema::new(fields))
}

fn properties(schema: &Schema, layout: Layout<'_>) -> WriterProperties {
    let sorting: Vec<SortingColumn> = layout
        .sort_keys
        .iter()
        .filter_map(|key| {
            let index = schema.index_of(&key.column).ok()?;
            let leaf: usize = schema.fields()[..index]
                .iter()
                .map(|field| leaves(field.data_type()))
                .sum();
            Some(SortingColumn {
                column_idx: i32::try_from(leaf).ok()?,
                descending: key.descending,
                nulls_first: false,
            })
        })
        .collect();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(
            ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default(),
        ))
        .set_max_row_group_row_count(Some(layout.row_group_rows))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_BATCH_ROWS)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns((!sorting.is_empty()).then_some(sorting))
        .build()
}

/// Parquet counts leaf columns: a struct has one for each of its fields.
fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(field) | DataType::FixedSizeList(field, _) | DataType::Map(field, _) => {
            leaves(field.data_type())
        }
        _ => 1,
    }
}

fn footer_of(path: &Path, bytes: u64, metadata: &ParquetMetaData) -> Result<Footer, GoldError> {
    let io = |cause| GoldError::Io {
        path: path.to_owned(),
        cause,
    };
    let trailer = read_last(path, bytes, TRAILER_BYTES).map_err(io)?;
    let length = u64::from(u32::from_le_bytes([
        trailer[0], trailer[1], trailer[2], trailer[3],
    ]));
    let offset = bytes.saturating_sub(TRAILER_BYTES + length);
    let index_offset = metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns())
        .flat_map(|column| [column.column_index_offset(), column.offset_index_offset()])
        .flatten()
        .filter_map(|offset| u64::try_from(offset).ok())
        .min()
        .unwrap_or(offset);
    Ok(Footer {
        offset,
        bytes: bytes - offset,
        index_offset,
    })
}

fn read_last(path: &Path, bytes: u64, count: u64) -> io::Result<[u8; 8]> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(bytes.saturating_sub(count)))?;
    let mut trailer = [0; 8];
    file.read_exact(&mut trailer)?;
    Ok(trailer)
}
