//! Rows of a database as a Parquet file.
//!
//! Entry point: [`Rows::create`].

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use duckdb::arrow::array::{
    ArrayRef, BinaryBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
};
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

/// Rows that are encoded together.
const BATCH_ROWS: usize = 8192;
/// Bytes of text and blobs that are, at most about.
const BATCH_BYTES: usize = 16 << 20;
/// The encoder keeps a row group in memory.
const ROW_GROUP_ROWS: usize = 122_880;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnType {
    Int64,
    Float64,
    Text,
    Binary,
}

/// A value that fits its column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Int(i64),
    Float(f64),
    Text(&'a str),
    Binary(&'a [u8]),
}

enum Builder {
    Int64(Int64Builder),
    Float64(Float64Builder),
    Text(StringBuilder),
    Binary(BinaryBuilder),
}

/// A Parquet file that is written row by row.
pub(super) struct Rows {
    schema: SchemaRef,
    builders: Vec<Builder>,
    writer: ArrowWriter<File>,
    rows: usize,
    bytes: usize,
}

impl Rows {
    /// A file with these columns.
    pub fn create(path: &Path, columns: &[(String, ColumnType)]) -> Result<Self, String> {
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, column_type)| Field::new(name, column_type.arrow(), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let file =
            File::create(path).map_err(|error| format!("cannot write to {}: {error}", path.display()))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))
            .map_err(|error| format!("cannot write to {}: {error}", path.display()))?;
        Ok(Self {
            schema,
            builders: columns
                .iter()
                .map(|(_, column_type)| column_type.builder())
                .collect(),
            writer,
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a value to the row that is begun; false where it does not fit the column.
    pub fn push(&mut self, column: usize, value: Value<'_>) -> bool {
        let Some(builder) = self.builders.get_mut(column) else {
            return false;
        };
        match (builder, value) {
            (Builder::Int64(builder), Value::Int(value)) => builder.append_value(value),
            (Builder::Float64(builder), Value::Float(value)) => builder.append_value(value),
            (Builder::Text(builder), Value::Text(value)) => {
                self.bytes += value.len();
                builder.append_value(value);
            }
            (Builder::Binary(builder), Value::Binary(value)) => {
                self.bytes += value.len();
                builder.append_value(value);
            }
            (Builder::Int64(builder), Value::Null) => builder.append_null(),
            (Builder::Float64(builder), Value::Null) => builder.append_null(),
            (Builder::Text(builder), Value::Null) => builder.append_null(),
            (Builder::Binary(builder), Value::Null) => builder.append_null(),
            _ => return false,
        }
        true
    }

    /// Ends a row, of which every column has got a value.
    pub fn end_row(&mut self) -> Result<(), String> {
        self.rows += 1;
        if self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            return self.flush();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| error.to_string())?;
        (self.rows, self.bytes) = (0, 0);
        self.writer.write(&batch).map_err(|error| error.to_string())
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<(), String> {
        self.flush()?;
        self.writer.close().map(drop).map_err(|error| error.to_string())
    }
}

impl ColumnType {
    fn arrow(self) -> DataType {
        match self {
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Text => DataType::Utf8,
            Self::Binary => DataType::Binary,
        }
    }

    fn builder(self) -> Builder {
        match self {
            Self::Int64 => Builder::Int64(Int64Builder::new()),
            Self::Float64 => Builder::Float64(Float64Builder::new()),
            Self::Text => Builder::Text(StringBuilder::new()),
            Self::Binary => Builder::Binary(BinaryBuilder::new()),
        }
    }
}

impl Builder {
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Binary(builder) => Arc::new(builder.finish()),
        }
    }
}
