//! Arrow IPC: the file format, of which Feather is another name, and the stream format.

mod lengths;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow_ipc::reader::{FileReader, StreamReader};
use duckdb::arrow::array::{Array, RecordBatchReader};
use duckdb::arrow::compute::{CastOptions, cast_with_options};
use duckdb::arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, Schema, SchemaRef, TimeUnit};
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;

use super::Notes;
use crate::source::Readers;
use crate::source::parquet_file::ParquetFile;

/// What a file of each kind begins with.
const FILE_FORMAT: &[u8] = b"ARROW1";
const FEATHER_1: &[u8] = b"FEA1";
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Digits of DuckDB's widest DECIMAL.
const MOST_DIGITS: u8 = 38;

/// Converts a file. For a plan, which asks for columns only, no rows are read.
pub(super) fn convert(raw: &Path, parquet: &Path, readers: Readers) -> Result<Notes, String> {
    let batches = open(raw)?;
    let (schema, notes) = carried_schema(&batches.schema())?;
    let mut file = ParquetFile::create(parquet, schema.clone())?;
    if readers == Readers::Models {
        for (index, batch) in batches.enumerate() {
            let of_batch = |error: ArrowError| format!("record batch {}: {}", index + 1, words(&error));
            let batch = batch.map_err(of_batch)?;
            file.write(&as_carried(&batch, &schema).map_err(of_batch)?)?;
        }
    }
    file.finish()?;
    Ok(notes)
}

fn open(raw: &Path) -> Result<Box<dyn RecordBatchReader>, String> {
    let unreadable = |error: std::io::Error| format!("cannot read it: {error}");
    let mut file = BufReader::new(File::open(raw).map_err(unreadable)?);
    let mut beginning = Vec::new();
    file.by_ref()
        .take(8)
        .read_to_end(&mut beginning)
        .map_err(unreadable)?;
    let bytes = file.get_ref().metadata().map_err(unreadable)?.len();
    file.rewind().map_err(unreadable)?;
    let not_arrow = |error: ArrowError| format!("it is no Arrow IPC file: {}", words(&error));
    match beginning.as_slice() {
        [] => Err("it is empty: an Arrow file has a schema, also where it has no rows".to_owned()),
        start if start.starts_with(FEATHER_1) => {
            Err("it is Feather of version 1, which is not Arrow: write it again with version 2".to_owned())
        }
        start if start.starts_with(GZIP) || start.starts_with(ZSTD) => Err(
            "it is compressed as a whole: unpack it, or compress the buffers in it (lz4 and zstd are read)"
                .to_owned(),
        ),
        start if start.starts_with(FILE_FORMAT) => {
            lengths::check_file(&mut file, bytes)?;
            file.rewind().map_err(unreadable)?;
            Ok(Box::new(FileReader::try_new(file, None).map_err(not_arrow)?))
        }
        _ => {
            lengths::check_stream(&mut file, bytes)?;
            file.rewind().map_err(unreadable)?;
            Ok(Box::new(StreamReader::try_new(file, None).map_err(not_arrow)?))
        }
    }
}

fn words(error: &ArrowError) -> String {
    match error {
        ArrowError::IoError(_, cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            "it ends too early".to_owned()
        }
        error => error.to_string(),
    }
}

/// The schema as Parquet and DuckDB know it, and what differs so much that it is to be told.
fn carried_schema(schema: &Schema) -> Result<(SchemaRef, Notes), String> {
    if schema.fields().is_empty() {
        return Err("it has no columns".to_owned());
    }
    let mut notes = Notes::new();
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut differences = BTreeSet::new();
        fields.push(carried_field(field, &mut differences).map_err(|reason| {
            format!(
                "column `{}` is {}, {reason}: write it as another type",
                field.name(),
                field.data_type()
            )
        })?);
        notes.extend(
            differences
                .iter()
                .map(|difference| format!("column `{}`: {difference}", field.name())),
        );
    }
    Ok((Arc::new(Schema::new(fields)), notes))
}

fn carried_field(field: &Field, differences: &mut BTreeSet<String>) -> Result<FieldRef, &'static str> {
    let data_type = carried(field.data_type(), differences)?;
    Ok(Arc::new(Field::new(field.name(), data_type, field.is_nullable())))
}

/// The type that Parquet has for an Arrow type; exact, or noted.
fn carried(data_type: &DataType, differences: &mut BTreeSet<String>) -> Result<DataType, &'static str> {
    let mut note = |text: String| differences.insert(text);
    Ok(match data_type {
        // Parquet has no seconds: readers would take them for numbers.
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Date64 => DataType::Date32,
        DataType::Float16 => DataType::Float32,
        DataType::Duration(unit) => {
            note(format!(
                "durations are read as whole numbers of {}",
                in_words(*unit)
            ));
            DataType::Int64
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            note("intervals of months, days and nanoseconds are read as text".to_owned());
            DataType::Utf8
        }
        DataType::Decimal256(digits, _) if *digits > MOST_DIGITS => {
            note(format!("decimals of {digits} digits are read as text"));
            DataType::Utf8
        }
        DataType::Dictionary(_, values) => {
            let known = carried(values, differences)?;
            if known == **values {
                data_type.clone()
            } else {
                known
            }
        }
        DataType::RunEndEncoded(_, values) => carried(values.data_type(), differences)?,
        DataType::List(item) | DataType::ListView(item) => DataType::List(carried_field(item, differences)?),
        DataType::LargeList(item) | DataType::LargeListView(item) => {
            DataType::LargeList(carried_field(item, differences)?)
        }
        DataType::FixedSizeList(item, length) => {
            DataType::FixedSizeList(carried_field(item, differences)?, *length)
        }
        DataType::Map(entries, is_sorted) => DataType::Map(carried_field(entries, differences)?, *is_sorted),
        DataType::Struct(fields) if fields.is_empty() => return Err("a struct without fields"),
        DataType::Struct(fields) => DataType::Struct(
            fields
                .iter()
                .map(|field| carried_field(field, differences))
                .collect::<Result<_, _>>()?,
        ),
        DataType::Union(..) => return Err("which can be several types at once"),
        other => other.clone(),
    })
}

fn in_words(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "seconds",
        TimeUnit::Millisecond => "milliseconds",
        TimeUnit::Microsecond => "microseconds",
        TimeUnit::Nanosecond => "nanoseconds",
    }
}

fn as_carried(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let exactly = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| {
            if column.data_type() == field.data_type() {
                Ok(column.clone())
            } else {
                cast_with_options(column, field.data_type(), &exactly)
            }
        })
        .collect::<Result<_, _>>()?;
    RecordBatch::try_new(schema.clone(), columns)
}
