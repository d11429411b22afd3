//! What can go wrong at a target.

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
    #[error("cannot open the folder {}: {source}", .folder.display())]
    Folder {
        /// The gold root.
        folder: PathBuf,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An S3 client cannot be configured.
    #[error(
        "cannot reach bucket {bucket}: {source}. Check AWS_REGION, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or endpoint and region in ingest.toml"
    )]
    Bucket {
        /// The bucket.
        bucket: String,
        /// What the client said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A request to the store failed.
    #[error("cannot {action} {key} at target {target} ({address}): {source}")]
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
        source: Box<dyn std::error::Error + Send + Sync>,
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
