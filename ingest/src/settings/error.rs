//! What can be wrong with settings.

use std::path::PathBuf;

use super::Origin;

/// A setting that cannot be used, or is missing. Values are not repeated: one may be a secret in the wrong place.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A value of another shape.
    #[error("{name}, from {origin}, is not what it should be: write {expects}. It can be set by {places}")]
    Malformed {
        /// The setting.
        name: &'static str,
        /// Where the value stands.
        origin: Box<Origin>,
        /// What it must look like.
        expects: &'static str,
        /// Every place where it can be set.
        places: String,
    },
    /// A value that is needed and stands nowhere.
    #[error("{name} is not set, {reason}: set it by {places}")]
    Missing {
        /// The setting.
        name: &'static str,
        /// Why it is needed.
        reason: String,
        /// Every place where it can be set.
        places: String,
    },
    /// A value of `ingest.toml` whose variable is not set.
    #[error("{0}")]
    Variable(String),
    /// `.env` exists and cannot be read.
    #[error("cannot read {}: {cause}", .file.display())]
    UnreadableEnvFile {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// `.env` holds something else than `NAME=value`. The line is not shown: it may hold a secret.
    #[error(
        "{}{} is not valid: write NAME=value, and put a value with spaces, $ or # into single quotes",
        .file.display(), .line.map_or_else(String::new, |line| format!(" line {line}"))
    )]
    MalformedEnvFile {
        /// The file.
        file: PathBuf,
        /// Which line, from 1, where known.
        line: Option<usize>,
    },
    /// A key that is no setting.
    #[error("{} is not valid: {table} has no key `{key}`; it takes {known}", .file.display())]
    UnknownKey {
        /// `ingest.toml`.
        file: PathBuf,
        /// `[targets.NAME]` or `[settings]`.
        table: String,
        /// The key.
        key: String,
        /// Keys that exist.
        known: String,
    },
    /// `cloud` with a target that is a folder.
    #[error(
        "execution_mode is cloud, from {origin}, and target {target} is the folder {address}: choose a target whose gold is s3://bucket/prefix by {target_places}, or set execution_mode to local by {places}"
    )]
    FolderInCloud {
        /// Where the mode was set.
        origin: Box<Origin>,
        /// The target.
        target: String,
        /// Its address as configured.
        address: String,
        /// Every place where the target can be set.
        target_places: String,
        /// Every place where the mode can be set.
        places: String,
    },
}
