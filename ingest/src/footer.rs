//! The metadata of a Parquet file, read by ranges of its end.
//!
//! Entry point: [`read`].

use std::ops::Range;

use bytes::Bytes;
use parquet::file::metadata::{FooterTail, ParquetMetaData, ParquetMetaDataReader};

/// What the first request gets: most footers whole.
const TAIL_BYTES: u64 = 64 * 1024;
/// Metadata length and magic, behind the metadata.
const TRAILER_BYTES: u64 = 8;

/// A footer, and what came with the bytes of its end.
#[derive(Debug)]
pub(crate) struct ReadFooter<T> {
    /// What it says.
    pub metadata: ParquetMetaData,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// Of the first request.
    pub seen: T,
}

/// Reads the footer of a file of `size` bytes. `range` gives the bytes of a range and what else is known of them. What is
/// wrong is told as the end of a sentence that names the file.
pub(crate) async fn read<T, F>(size: u64, range: impl Fn(Range<u64>) -> F) -> Result<ReadFooter<T>, String>
where
    F: Future<Output = Result<(Bytes, T), String>>,
{
    if size < TRAILER_BYTES + 4 {
        return Err(format!("is no Parquet file: it has {size} bytes only"));
    }
    let start = size.saturating_sub(TAIL_BYTES);
    let (mut tail, seen) = range(start..size).await?;
    let mut trailer = [0; 8];
    trailer.copy_from_slice(&tail[tail.len() - 8..]);
    if trailer.ends_with(b"PARE") {
        return Err("is encrypted, which cannot be read: write it without encryption".to_owned());
    }
    let length = FooterTail::try_from(trailer)
        .map_err(|error| format!("is no Parquet file, or is damaged: {error}"))?
        .metadata_length() as u64;
    let offset = size
        .checked_sub(TRAILER_BYTES + length)
        .filter(|offset| *offset >= 4)
        .ok_or("is damaged: its footer is said to be larger than the file; write it again")?;
    if offset < start {
        let (before, _) = range(offset..start).await?;
        tail = Bytes::from([before, tail].concat());
    }
    let end = tail.len() - 8;
    let begin = end - usize::try_from(length).map_err(|error| error.to_string())?;
    let metadata = ParquetMetaDataReader::decode_metadata(&tail[begin..end])
        .map_err(|error| format!("is damaged: {error}; write it again"))?;
    Ok(ReadFooter {
        metadata,
        offset,
        seen,
    })
}
