//! Gold tables as Parquet files that browsers read well, and what a manifest says of them.
//!
//! Invariant: rows are counted as they leave DuckDB and again in the footers of the files; a table that does not come
//! back whole is not published.
//!
//! Entry points: [`columns_of`] (types), [`order_by`] (how rows are sorted), [`write()`] (files and their sketch),
//! [`describe`] (manifest).

mod describe;
mod edges;
mod encode;
mod encoding;
mod ends;
mod files;
mod footer;
mod histogram;
mod order;
mod ordering;
mod partition;
mod properties;
mod scalar;
mod sketch;
mod types;
mod writer;

use std::path::PathBuf;

use crate::engine::EngineError;

pub use describe::{Description, describe, name_nested_types};
pub use ends::{complete, ends, partition_words, partitions};
pub use files::WrittenFile;
pub(crate) use footer::column_type;
pub use footer::{ForeignError, ForeignFooter};
pub use order::order_by;
pub(crate) use partition::NULL_PART;
pub(crate) use properties::stored_whole_values;
pub use sketch::{SketchError, TableSketch};
pub use types::{GoldColumn, columns_of};
pub use writer::{Layout, Written, write};

/// Rows in a row group unless a model says otherwise: a first batch waits for a whole projected row group.
pub const ROW_GROUP_ROWS: usize = 122_880;

/// How hard zstd tries unless a model says otherwise: 1 is fastest to write, 22 smallest.
pub const ZSTD_LEVEL: i32 = 3;

/// The size at which a file ends and another begins, at the next row group's end.
pub const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A gold table that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum GoldError {
    /// DuckDB failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A column has a type that Parquet readers cannot take exactly.
    #[error("{0}")]
    Type(String),
    /// The Parquet writer failed.
    #[error("cannot write Parquet: {0}")]
    Parquet(String),
    /// Arrow refused a batch: a column that is declared not_null held NULL.
    #[error("cannot write Parquet: {0}")]
    Arrow(String),
    /// The SELECT does not return what the table is to have.
    #[error("the table is to have the columns {wanted}, but the SELECT returns {found}")]
    Columns {
        /// Names of the table's columns.
        wanted: String,
        /// Names that came.
        found: String,
    },
    /// A column that is declared not_null holds NULL.
    #[error("column `{column}` is declared not_null but holds NULL {nulls} times")]
    Null {
        /// The column.
        column: String,
        /// How often, as far as it was seen.
        nulls: usize,
    },
    /// Files cannot be partitioned as declared.
    #[error("{0}")]
    Partition(String),
    /// A bloom filter cannot be made as declared.
    #[error("{0}")]
    Bloom(String),
    /// The scratch folder failed.
    #[error("cannot write to {}: {cause}", .path.display())]
    Io {
        /// What was written.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// What was written does not read back as it was.
    #[error("{expected} rows were written but {found} read back: nothing of the table is published")]
    ReadBack {
        /// Rows of the table.
        expected: u64,
        /// Rows of its files.
        found: u64,
    },
}

impl GoldError {
    /// A thread that encodes is gone.
    fn stopped() -> Self {
        Self::Parquet("a thread that encodes columns has stopped".to_owned())
    }
}

impl From<parquet::errors::ParquetError> for GoldError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::Parquet(error.to_string())
    }
}

impl From<duckdb::arrow::error::ArrowError> for GoldError {
    fn from(error: duckdb::arrow::error::ArrowError) -> Self {
        Self::Arrow(error.to_string())
    }
}
