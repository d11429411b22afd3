//! Reads the footers of files that somebody else wrote, many at a time, by ranges of their tails.
//!
//! Invariant: no object is read whole unless it is no larger than what the first request gets; a footer is of the version that was
//! listed.
//!
//! Entry point: [`read`].

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use catalog::{Column, DataFile, Footer};
use futures::StreamExt;
use object_store::{GetOptions, GetRange, ObjectMeta};
use parquet::file::metadata::ParquetMetaData;
use sha2::{Digest, Sha256};

use crate::footer::{self, ReadFooter};
use crate::gold::{ForeignError, ForeignFooter};
use crate::target::{Location, Target};

/// Requests that are under way at once.
const AT_ONCE: usize = 32;

/// A file as it was listed.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Key below the root.
    pub key: String,
    /// What the store says of it.
    pub meta: ObjectMeta,
}

impl Listed {
    /// Stands for the content, which is not read: key, size and version as the store lists them.
    pub fn identity(&self) -> String {
        let version = self
            .meta
            .e_tag
            .clone()
            .unwrap_or_else(|| self.meta.last_modified.to_string());
        hex::encode(Sha256::digest(format!(
            "{}\0{}\0{version}",
            self.key, self.meta.size
        )))
    }
}

/// A file that was read: what a manifest says of it, and its columns.
#[derive(Debug)]
pub(super) struct ReadFile {
    pub file: DataFile,
    pub columns: Vec<Column>,
}

/// Reads the footers of these files, in their order. What cannot be read is told as a sentence that names the file.
pub(super) async fn read(
    target: &Target,
    files: Vec<Listed>,
    requests: &AtomicU64,
) -> Vec<Result<ReadFile, String>> {
    futures::stream::iter(files)
        .map(|listed| async move {
            let key = listed.key.clone();
            read_one(target, listed, requests)
                .await
                .map_err(|reason| format!("{key}: {reason}"))
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

async fn read_one(target: &Target, listed: Listed, requests: &AtomicU64) -> Result<ReadFile, String> {
    let size = listed.meta.size;
    let ReadFooter {
        metadata,
        offset,
        seen: etag,
    } = footer::read(size, |bytes| range(target, &listed, bytes, requests)).await?;
    let footer = ForeignFooter::of(&metadata, offset).map_err(|error| match error {
        ForeignError::Damaged(reason) => format!("is damaged: {reason}; write it again"),
        ForeignError::Column { column, reason } => format!("column `{column}` {reason}"),
    })?;
    Ok(ReadFile {
        file: DataFile {
            bytes: size,
            rows: footer.rows,
            row_groups: footer.row_groups,
            // A folder's own tags are not those that its server gives.
            etag: etag.filter(|_| matches!(target.location, Location::S3 { .. })),
            content_hash: listed.identity(),
            footer: Footer {
                offset,
                bytes: size - offset,
                index_offset: index_offset(&metadata, offset),
            },
            partition: std::collections::BTreeMap::new(),
            columns: footer.statistics,
            key: listed.key,
        },
        columns: footer.columns,
    })
}

async fn range(
    target: &Target,
    listed: &Listed,
    range: std::ops::Range<u64>,
    requests: &AtomicU64,
) -> Result<(Bytes, Option<String>), String> {
    let wanted = range.end - range.start;
    let options = GetOptions {
        range: Some(GetRange::Bounded(range)),
        if_match: listed.meta.e_tag.clone(),
        ..GetOptions::default()
    };
    requests.fetch_add(1, Ordering::Relaxed);
    let failed = |error: object_store::Error| match error {
        object_store::Error::Precondition { .. } | object_store::Error::NotFound { .. } => {
            "was replaced while it was read: run again".to_owned()
        }
        error => target.failed("read", &listed.key, &error).to_string(),
    };
    let object = target
        .store
        .get_opts(&listed.meta.location, options)
        .await
        .map_err(failed)?;
    let etag = object.meta.e_tag.clone();
    let bytes = object.bytes().await.map_err(failed)?;
    target.traffic.read(bytes.len() as u64);
    if bytes.len() as u64 == wanted {
        Ok((bytes, etag))
    } else {
        Err("was replaced while it was read: run again".to_owned())
    }
}

/// Where the page indexes begin; at the footer where there are none.
fn index_offset(metadata: &ParquetMetaData, offset: u64) -> u64 {
    metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns())
        .flat_map(|column| [column.column_index_offset(), column.offset_index_offset()])
        .flatten()
        .filter_map(|place| u64::try_from(place).ok())
        .filter(|place| *place < offset)
        .min()
        .unwrap_or(offset)
}
