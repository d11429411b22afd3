//! A Parquet file that DuckDB is going to read once or twice, and that goes with the run.

use std::fs::File;
use std::path::Path;

use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

/// DuckDB's threads share a file by row groups.
const ROW_GROUP_ROWS: usize = 122_880;

/// A file that is being written.
pub(super) struct ParquetFile {
    path: String,
    writer: ArrowWriter<File>,
}

impl ParquetFile {
    /// An empty file of this schema.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<Self, String> {
        let path_in_words = path.display().to_string();
        let failed = |error: &dyn std::fmt::Display| format!("cannot write {path_in_words}: {error}");
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        let file = File::create(path).map_err(|error| failed(&error))?;
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|error| failed(&error))?;
        Ok(Self {
            path: path_in_words,
            writer,
        })
    }

    /// Adds rows.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), String> {
        let written = self.writer.write(rows);
        written.map_err(|error| format!("cannot write {}: {error}", self.path))
    }

    /// Ends the file.
    pub fn finish(self) -> Result<(), String> {
        match self.writer.close() {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("cannot write {}: {error}", self.path)),
        }
    }
}
