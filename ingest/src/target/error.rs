//! What can go wrong at a target.
//!
//! Invariant: a message holds its cause, so no error here has a `source`; whoever prints a chain would say it twice.

use std::path::PathBuf;

use crate::project::ProjectError;

/// A target that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The project does not say which target, or says it wrongly.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The address is neither a folder nor `s3://bucket/prefix`.
    #[error("`{address}` is no address that can be used: {reason}")]
    Address {
        /// As it is configured.
        address: String,
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// The folder cannot be made.
    #[error("cannot open the folder {}: {cause}", .folder.display())]
    Folder {
        /// The gold root.
        folder: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// An S3 client cannot be configured.
    #[error("cannot reach bucket {bucket}: {cause}")]
    Bucket {
        /// The bucket.
        bucket: String,
        /// What the client said.
        cause: String,
    },
    /// A document of the lake names what cannot be an object.
    #[error(
        "`{key}` cannot be the key of an object at target {target}: {cause}. What names it was not written by ingest: \
         publish the table again"
    )]
    Key {
        /// The key.
        key: String,
        /// The target's name.
        target: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A request to the store failed.
    #[error("cannot {action} {key} at target {target} ({address}): {cause}")]
    Store {
        /// `read`, `write` or `replace`.
        action: &'static str,
        /// Key below the gold root.
        key: String,
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
        /// What the store said.
        cause: String,
    },
}

/// Why [`super::Target::replace`] did not replace.
#[derive(Debug, thiserror::Error)]
pub enum Conflict {
    /// Another writer was first: read again, merge, try again.
    #[error("another writer published first")]
    Lost,
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] TargetError),
}
