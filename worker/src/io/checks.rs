//! What is wanted must lie in its object, and what comes back must be it.

use std::ops::Range;

use protocol::{Failure, FailureKind};

use super::{Chunk, MAX_READ_BYTES, Object};

/// A file that is not what it should be.
pub fn corrupt(name: &str, what: &str) -> Failure {
    Failure::new(
        FailureKind::CorruptFile,
        format!("{name} cannot be read: {what}."),
    )
    .with_hint("The file is damaged, truncated or not Parquet. Write it again, or open another copy.")
}

pub(super) fn check_bounds(object: &Object, ranges: &[Range<u64>]) -> Result<(), Failure> {
    let outside = ranges
        .iter()
        .find(|range| range.start > range.end || range.end > object.bytes);
    match outside {
        None => Ok(()),
        Some(range) => Err(corrupt(
            object.origin.display_name(),
            &format!("it refers to bytes {range:?}, but has {}", object.bytes),
        )),
    }
}

pub(super) fn check_size(object: &Object, bytes: u64) -> Result<(), Failure> {
    if bytes <= MAX_READ_BYTES {
        return Ok(());
    }
    let megabytes = |bytes: u64| bytes / (1024 * 1024);
    Err(Failure::new(
        FailureKind::OutOfMemory,
        format!(
            "One read of {} needs {} MiB, and a browser tab may hold {} MiB at once.",
            object.origin.display_name(),
            megabytes(bytes),
            megabytes(MAX_READ_BYTES)
        ),
    )
    .with_hint("Select fewer columns, or write the file with smaller row groups."))
}

/// The answer, if it is of the version that was planned with and of the length that was asked for.
pub(super) fn checked(chunk: Chunk, object: &Object, range: &Range<u64>) -> Result<Chunk, Failure> {
    let name = object.origin.display_name();
    if !object.is_version(chunk.etag.as_deref(), chunk.total_bytes) {
        return Err(Failure::new(
            FailureKind::StaleSnapshot,
            format!("{name} has changed since the table was opened."),
        )
        .with_hint("Reload the catalog, or open the file again."));
    }
    let asked = range.end - range.start;
    if chunk.bytes.len() as u64 != asked {
        return Err(corrupt(
            name,
            &format!("the answer holds {} of {asked} bytes", chunk.bytes.len()),
        ));
    }
    Ok(chunk)
}
