//! Rows of a database as a Parquet file.
//!
//! Entry point: [`Rows::create`].

use std::path::Path;
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, RecordBatch};
use duckdb::arrow::datatypes::{Field, Schema, SchemaRef};

use super::column::{Builder, ColumnType, Value};
use crate::source::parquet_file::ParquetFile;

/// Rows that are encoded together.
const BATCH_ROWS: usize = 8192;
/// Bytes of texts and the like that are, at most about.
const BATCH_BYTES: usize = 16 << 20;

/// A Parquet file that is written row by row.
pub(super) struct Rows {
    schema: SchemaRef,
    builders: Vec<Builder>,
    file: ParquetFile,
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
        Ok(Self {
            file: ParquetFile::create(path, schema.clone())?,
            schema,
            builders: columns.iter().map(|(_, column)| column.builder()).collect(),
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a value to the row that is begun; false where it does not fit the column.
    pub fn push(&mut self, column: usize, value: Value<'_>) -> bool {
        self.bytes += value.bytes();
        self.builders
            .get_mut(column)
            .is_some_and(|builder| builder.push(value))
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
        self.file.write(&batch)
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<(), String> {
        self.flush()?;
        self.file.finish()
    }
}
