//! The contract between the writer of a gold layer (`ingest`) and its readers (`worker`, `app`).
//!
//! Purpose: one definition of every JSON document that crosses between them. Beside them how ranges of a
//! file are put together to requests ([`ranges`]), for those who fetch and those who foretell it. Serde only, no I/O.
//!
//! Invariant: data files and manifests are immutable and named by their content; [`Catalog`] is the only
//! mutable object and is replaced last, by compare-and-swap.
//!
//! Entry points: [`Catalog`] (the pointer), [`TableManifest`] (one version of a table), [`access`] (how a
//! browser gets at the objects), [`keys`] (where objects live below the gold root).

pub mod access;
pub mod column;
pub mod keys;
pub mod manifest;
pub mod ranges;
pub mod scalar;
pub mod snapshot;
pub mod statistics;

pub use column::{Column, ColumnType, Role};
pub use manifest::{
    CheckResult, CheckStatus, ColumnOrigin, DataFile, Footer, Lineage, Severity, SortKey, TableManifest,
};
pub use scalar::Scalar;
pub use snapshot::{Catalog, SnapshotEntry, TableEntry};
pub use statistics::{ColumnStatistics, FileColumnStatistics, Histogram, ValueCount};

/// The version of every document in this crate. A reader refuses a higher one by name.
pub const FORMAT_VERSION: u32 = 1;

/// A document that this version of the crate cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes are not JSON of the expected shape.
    #[error("{document} is not valid: {reason}")]
    Malformed {
        /// Which document, for example `catalog.json`.
        document: String,
        /// What the JSON reader said, with line and column.
        reason: String,
    },
    /// The document was written by a newer writer.
    #[error(
        "{document} has format version {found}, this reader knows up to {FORMAT_VERSION}: update the reader"
    )]
    TooNew {
        /// Which document.
        document: String,
        /// The version that it states.
        found: u32,
    },
}

/// Reads a versioned document: the version first, so that a newer one is named as such and not as malformed.
pub(crate) fn parse_versioned<T: serde::de::DeserializeOwned>(
    document: &str,
    bytes: &[u8],
) -> Result<T, FormatError> {
    #[derive(serde::Deserialize)]
    struct Version {
        format_version: u32,
    }
    let malformed = |error: serde_json::Error| FormatError::Malformed {
        document: document.to_owned(),
        reason: error.to_string(),
    };
    let Version { format_version } = serde_json::from_slice(bytes).map_err(malformed)?;
    if format_version > FORMAT_VERSION {
        return Err(FormatError::TooNew {
            document: document.to_owned(),
            found: format_version,
        });
    }
    serde_json::from_slice(bytes).map_err(malformed)
}
