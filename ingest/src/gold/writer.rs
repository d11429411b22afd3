//! Writes the rows of a SELECT as Parquet with parquet-rs, which writes the page indexes that browsers need.
//!
//! Invariant: the same rows in the same order give the same bytes, however DuckDB cuts its batches; memory does not grow
//! with the number of rows.
//!
//! Entry point: [`write()`].

use std::io;
use std::path::Path;
use std::sync::Arc;

use catalog::{Column, SortKey};
use duckdb::arrow::array::ArrayRef;
use duckdb::arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::arrow::{ArrowSchemaConverter, PARQUET_FIELD_ID_META_KEY};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::GoldError;
use super::encode::{Encoder, Factories, RowGroup};
use super::files::{Files, WrittenFile};
use super::partition::{Partition, Partitions, Stretch};
use super::properties::properties;
use super::sketch::{TableSketch, Tally, refine};
use crate::engine::{BatchStream, Engine};

/// How rows are laid out in files.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// Rows in a row group.
    pub row_group_rows: usize,
    /// A file ends at the first row group's end beyond this size.
    pub file_bytes: u64,
    /// How rows are sorted within a partition.
    pub sort_keys: &'a [SortKey],
    /// Columns of which each file holds one combination of values, outermost first.
    pub partition_by: &'a [String],
    /// Columns that get a bloom filter in each row group.
    pub bloom: &'a [String],
    /// How hard zstd tries, 1 to 22.
    pub zstd_level: i32,
}

/// What came of the rows.
#[derive(Debug, Clone)]
pub struct Written {
    /// The files, in the order of the rows. At least one, even without rows: it tells the schema to readers of plain
    /// Parquet.
    pub files: Vec<WrittenFile>,
    /// What the table's statistics are made of.
    pub sketch: TableSketch,
}

/// Writes the rows of a SELECT, in their order, into files in the folder.
///
/// The SELECT returns the columns, by these names and in this order, sorted as [`super::order_by`] says. Fails where DuckDB
/// fails, also halfway, and where the rows of a partition do not come together.
pub fn write(
    engine: &Engine,
    select: &str,
    columns: &[Column],
    layout: Layout<'_>,
    folder: &Path,
) -> Result<Written, GoldError> {
    let threads = engine.threads()?;
    let mut rows = engine.stream(select)?;
    let schema = parquet_schema(rows.schema(), columns)?;
    let properties = properties(&schema, columns, &layout)?;
    let root = ArrowSchemaConverter::new().convert(&schema)?.root_schema_ptr();
    let factory = |properties: WriterProperties| -> Result<_, GoldError> {
        let properties = Arc::new(properties);
        // Chunks do not depend on the file that they come to lie in.
        let any_file = SerializedFileWriter::new(io::sink(), root.clone(), properties.clone())?;
        Ok((
            ArrowRowGroupWriterFactory::new(&any_file, schema.clone()),
            properties,
        ))
    };
    let (delta, _) = factory(properties.delta)?;
    let (dictionary, properties) = factory(properties.dictionary)?;
    let tallies = columns.iter().map(Tally::of).collect();
    let mut files = Files::new(folder, layout.file_bytes, columns, root.clone(), properties);
    let mut partitions = Partitions::by(layout.partition_by, columns)?;
    let (encoder, workshop) = Encoder::new(Factories { dictionary, delta }, schema.clone(), tallies);
    let count = std::thread::scope(|scope| {
        workshop.start(scope, threads);
        let mut collected = Collected::new(encoder, layout.row_group_rows, columns.len());
        collect(&mut rows, &mut partitions, &mut collected, &mut files)
    })?;
    drop(rows);
    let files = files.finish(count)?;
    let mut sketch = TableSketch::of_tallies(count, columns, workshop.finish());
    refine(engine, &mut sketch, columns, &files)?;
    Ok(Written { files, sketch })
}

/// Takes all rows to the encoder, and what it has encoded to the files. Returns how many there were.
fn collect(
    rows: &mut BatchStream<'_>,
    partitions: &mut Partitions,
    collected: &mut Collected,
    files: &mut Files<'_>,
) -> Result<u64, GoldError> {
    let mut count = 0;
    while let Some(batch) = rows.next_batch()? {
        count += batch.num_rows() as u64;
        for Stretch { rows: range, begins } in partitions.cut(&batch)? {
            if begins.is_some() {
                files.append_all(collected.end_row_group()?)?;
                collected.begins = begins;
            }
            let mut from = range.start;
            while from < range.end {
                let rows = collected.room().min(range.end - from);
                for (column, arrays) in batch.columns().iter().zip(&mut collected.columns) {
                    arrays.push(column.slice(from, rows));
                }
                collected.rows += rows;
                from += rows;
                if collected.room() == 0 {
                    files.append_all(collected.end_row_group()?)?;
                }
            }
        }
    }
    files.append_all(collected.end_row_group()?)?;
    while let Some(row_group) = collected.encoder.next()? {
        files.append_all(Some(row_group))?;
    }
    Ok(count)
}

/// The rows of the next row group.
struct Collected {
    encoder: Encoder,
    row_group_rows: usize,
    columns: Vec<Vec<ArrayRef>>,
    rows: usize,
    begins: Option<Partition>,
}

impl Collected {
    fn new(encoder: Encoder, row_group_rows: usize, columns: usize) -> Self {
        Self {
            encoder,
            row_group_rows: row_group_rows.max(1),
            columns: vec![Vec::new(); columns],
            rows: 0,
            begins: None,
        }
    }

    fn room(&self) -> usize {
        self.row_group_rows - self.rows
    }

    /// Gives the rows so far to the encoder, if there are any. Returns a row group that is finished.
    fn end_row_group(&mut self) -> Result<Option<RowGroup>, GoldError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let empty = vec![Vec::new(); self.columns.len()];
        let columns = std::mem::replace(&mut self.columns, empty);
        self.encoder
            .begin(std::mem::take(&mut self.rows), columns, self.begins.take())
    }
}

/// DuckDB's schema with the field ids and nullability of the manifest.
fn parquet_schema(duck_schema: &Schema, columns: &[Column]) -> Result<SchemaRef, GoldError> {
    let found: Vec<&str> = duck_schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let wanted: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    if found != wanted {
        return Err(GoldError::Columns {
            wanted: wanted.join(", "),
            found: found.join(", "),
        });
    }
    let fields: Vec<Field> = duck_schema
        .fields()
        .iter()
        .zip(columns)
        .map(|(field, column)| {
            Field::new(&column.name, field.data_type().clone(), column.nullable)
                .with_metadata([(PARQUET_FIELD_ID_META_KEY.to_owned(), column.field_id.to_string())].into())
        })
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}
