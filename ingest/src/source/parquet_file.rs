//! A Parquet file that DuckDB is going to read once or twice, and that goes with the run.
//!
//! Invariant: no more than a row group of it is in memory, which is bounded in rows and in bytes.
//!
//! Entry point: [`ParquetFile::create`].

use std::fs::File;
use std::path::Path;

use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

/// DuckDB's threads share a file by row groups.
const ROW_GROUP_ROWS: usize = 122_880;
/// Bytes of a row group, so that long texts do not fill the memory.
const ROW_GROUP_BYTES: usize = 64 << 20;

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
        let mut written = self.writer.write(rows);
        if written.is_ok() && self.writer.in_progress_size() >= ROW_GROUP_BYTES {
            written = self.writer.flush();
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::{ArrayRef, BinaryArray};
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    #[test]
    fn a_row_group_is_bounded_in_bytes() {
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_le_bytes()[7]
        })
        .take(ROW_GROUP_BYTES / 2)
        .collect();
        let column: ArrayRef = Arc::new(BinaryArray::from_vec(vec![noise.as_slice()]));
        let rows = RecordBatch::try_from_iter([("bytes", column)]).expect("rows");
        let work = tempfile::tempdir().expect("temporary folder");
        let path = work.path().join("x.parquet");
        let mut file = ParquetFile::create(&path, rows.schema()).expect("created");
        for _ in 0..3 {
            file.write(&rows).expect("written");
        }
        file.finish().expect("finished");
        let written = SerializedFileReader::new(File::open(&path).expect("opened")).expect("Parquet");
        assert_eq!(written.metadata().num_row_groups(), 2);
    }
}
