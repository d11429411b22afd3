//! One object on disk: its head, its bytes, the part of them that a request asks for.
//!
//! Invariant: head and bytes come from one open file, so an object that is replaced meanwhile is answered
//! as it was or as it is, never mixed.

use std::fs::Metadata;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range as ByteRange;
use std::path::Path;

use md5::{Digest, Md5};
use s3s::dto::{ETag, ETagCondition, GetObjectOutput, HeadObjectOutput, Range, StreamingBlob, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

/// Bytes per read and per body chunk.
const CHUNK_BYTES: usize = 256 * 1024;

/// Opens a regular file.
pub(super) async fn open(path: &Path) -> S3Result<(File, Metadata)> {
    let file = File::open(path).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => s3_error!(NoSuchKey),
        _ => internal(error),
    })?;
    let metadata = file.metadata().await.map_err(internal)?;
    if !metadata.is_file() {
        return Err(s3_error!(NoSuchKey));
    }
    Ok((file, metadata))
}

/// The head of a file that no store has described: its ETag is the MD5 of its content.
pub(super) async fn hash(file: &File, metadata: &Metadata) -> S3Result<HeadObjectOutput> {
    let file = file.try_clone().await.map_err(internal)?.into_std().await;
    let digest = tokio::task::spawn_blocking(move || md5_of(file))
        .await
        .map_err(internal)?
        .map_err(internal)?;
    Ok(HeadObjectOutput {
        content_length: Some(i64::try_from(metadata.len()).map_err(internal)?),
        last_modified: Some(Timestamp::from(metadata.modified().map_err(internal)?)),
        e_tag: Some(ETag::Strong(digest)),
        ..Default::default()
    })
}

fn md5_of(mut file: std::fs::File) -> std::io::Result<String> {
    let mut digest = Md5::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    file.seek(SeekFrom::Start(0))?;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}

/// Whether the head is that of the file that is open.
pub(super) fn describes(head: &HeadObjectOutput, metadata: &Metadata) -> bool {
    let len = head.content_length.and_then(|len| u64::try_from(len).ok());
    let modified = metadata.modified().ok().map(Timestamp::from);
    len == Some(metadata.len()) && head.last_modified == modified
}

/// `If-Match` and `If-None-Match` of a read.
pub(super) fn check_conditions(
    head: &HeadObjectOutput,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let holds = |condition: &ETagCondition| match (condition.as_etag(), &head.e_tag) {
        (Some(wanted), Some(etag)) => etag.value() == wanted.value(),
        (wanted, _) => wanted.is_none(),
    };
    if if_match.is_some_and(|condition| !holds(condition)) {
        return Err(s3_error!(PreconditionFailed, "The object has another ETag."));
    }
    if if_none_match.is_some_and(holds) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

/// The object's bytes, or a range of them.
pub(super) async fn read(
    mut file: File,
    head: HeadObjectOutput,
    range: Option<Range>,
) -> S3Result<GetObjectOutput> {
    let len = head
        .content_length
        .and_then(|len| u64::try_from(len).ok())
        .unwrap_or(0);
    let wanted = range.map(|range| satisfy(range, len)).transpose()?;
    let part = wanted.clone().unwrap_or(0..len);
    file.seek(SeekFrom::Start(part.start)).await.map_err(internal)?;
    let bytes = part.end - part.start;
    let chunk = usize::try_from(bytes).map_or(CHUNK_BYTES, |bytes| bytes.clamp(1, CHUNK_BYTES));
    Ok(GetObjectOutput {
        body: Some(StreamingBlob::wrap(ReaderStream::with_capacity(
            file.take(bytes),
            chunk,
        ))),
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(i64::try_from(bytes).map_err(internal)?),
        content_range: wanted.map(|part| format!("bytes {}-{}/{len}", part.start, part.end - 1)),
        last_modified: head.last_modified,
        e_tag: head.e_tag,
        metadata: head.metadata,
        content_type: head.content_type,
        content_encoding: head.content_encoding,
        content_disposition: head.content_disposition,
        content_language: head.content_language,
        cache_control: head.cache_control,
        expires: head.expires,
        ..Default::default()
    })
}

/// A range that holds at least one byte of the object; S3 answers 416 to any other.
fn satisfy(range: Range, len: u64) -> S3Result<ByteRange<u64>> {
    let part = range.check(len)?;
    if part.is_empty() {
        return Err(s3_error!(InvalidRange));
    }
    Ok(part)
}

pub(super) fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> S3Error {
    S3Error::with_source(S3ErrorCode::InternalError, error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_clipped_to_the_object_or_refused() {
        let range = |text: &str, len| {
            let range = Range::parse(text).expect("a range");
            satisfy(range, len).map_err(|error| error.code().as_str().to_owned())
        };
        assert_eq!(range("bytes=0-0", 10), Ok(0..1));
        assert_eq!(range("bytes=8-99", 10), Ok(8..10));
        assert_eq!(range("bytes=-4", 10), Ok(6..10));
        assert_eq!(range("bytes=-99", 10), Ok(0..10));
        for (text, len) in [
            ("bytes=10-", 10),
            ("bytes=-0", 10),
            ("bytes=-1", 0),
            ("bytes=0-0", 0),
        ] {
            assert_eq!(
                range(text, len),
                Err("InvalidRange".to_owned()),
                "{text} of {len}"
            );
        }
    }
}
