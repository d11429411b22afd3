//! Gold tables as Parquet files that browsers read well, and what a manifest says of them.
//!
//! Invariant: what is written is read back by DuckDB before it is described; a table that does not come back
//! whole is not published.
//!
//! Entry points: [`columns_of`] (types), [`write()`] (files), [`describe`] (manifest).

mod axis;
mod describe;
mod histogram;
mod scalar;
mod spread;
mod statistics;
mod types;
mod writer;

use std::path::PathBuf;

use catalog::Footer;

use crate::engine::EngineError;

pub use describe::{Description, describe};
pub use types::{GoldColumn, columns_of};
pub use writer::{Layout, write};

/// Rows in a row group unless a model says otherwise: a first batch waits for a whole projected row group.
pub const ROW_GROUP_ROWS: usize = 122_880;

/// The size at which a file ends and another begins, at the next row group's end.
pub const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// A Parquet file in the scratch folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Where it is.
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Row groups.
    pub row_groups: u32,
    /// SHA-256, hexadecimal.
    pub content_hash: String,
    /// Where its footer lies.
    pub footer: Footer,
}

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
