//! Reads and distrusts a Parquet footer.

use std::sync::Arc;

use bytes::Bytes;
use parquet::DecodeResult;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataPushDecoder};
use protocol::Failure;

use super::decoding::Decoding;
use super::distrust;
use super::footers::ReadFooter;
use crate::io::{Counters, Io, Object, corrupt};

/// The footer's length and the magic.
const TAIL_BYTES: u64 = 8;
/// Magic at the start, length and magic at the end.
const SMALLEST_FILE_BYTES: u64 = 12;
/// First read of a file whose footer nobody has located.
const FIRST_READ_BYTES: u64 = 64 * 1024;

/// Reads metadata and page indexes. `located` is where they begin, when the manifest tells; then one request does.
pub(super) async fn read_footer(
    io: &Io,
    object: &Arc<Object>,
    located: Option<u64>,
    counters: &Arc<Counters>,
) -> Result<ReadFooter, Failure> {
    let name = object.origin.display_name();
    if object.bytes < SMALLEST_FILE_BYTES {
        return Err(corrupt(
            name,
            &format!("{} bytes are too few for a Parquet file", object.bytes),
        ));
    }
    let start = located
        .unwrap_or_else(|| object.bytes.saturating_sub(FIRST_READ_BYTES))
        .min(object.bytes - TAIL_BYTES);
    let tail = io.read_range(object, start..object.bytes, counters).await?;
    check_tail(name, object.bytes, &tail)?;

    let unreadable = |error: parquet::errors::ParquetError| corrupt(name, &error.to_string());
    let mut decoder = ParquetMetaDataPushDecoder::try_new(object.bytes)
        .map_err(unreadable)?
        .with_page_index_policy(PageIndexPolicy::Optional);
    decoder
        .push_range(start..object.bytes, tail.clone())
        .map_err(unreadable)?;
    let mut bytes = tail.len() as u64;
    loop {
        match decoder.try_decode().map_err(unreadable)? {
            DecodeResult::Data(metadata) => {
                distrust::check(name, object.bytes, &metadata)?;
                let metadata = Arc::new(distrust::without_wrong_index(metadata).map_err(unreadable)?);
                return Ok(ReadFooter {
                    decoding: Arc::new(Decoding::new(name, &metadata)?),
                    metadata,
                    bytes,
                });
            }
            DecodeResult::NeedsData(ranges) => {
                let blocks = io.read_ranges(object, &ranges, counters).await?;
                bytes += blocks.iter().map(|block| block.len() as u64).sum::<u64>();
                decoder.clear_all_ranges();
                decoder
                    .push_range(start..object.bytes, tail.clone())
                    .map_err(unreadable)?;
                decoder.push_ranges(ranges, blocks).map_err(unreadable)?;
            }
            DecodeResult::Finished => return Err(corrupt(name, "its footer ends early")),
        }
    }
}

/// The tail must end a Parquet file, and its length must fit: the decoder trusts it.
fn check_tail(name: &str, file_bytes: u64, tail: &Bytes) -> Result<(), Failure> {
    let end = tail.len();
    let magic = &tail[end - 4..];
    if magic == b"PARE" {
        return Err(corrupt(
            name,
            "its footer is encrypted, which this reader does not support",
        ));
    }
    if magic != b"PAR1" {
        return Err(corrupt(
            name,
            &format!(
                "it ends with \"{}\" and not with the Parquet magic \"PAR1\"",
                magic.escape_ascii()
            ),
        ));
    }
    let length = [tail[end - 8], tail[end - 7], tail[end - 6], tail[end - 5]];
    let metadata_bytes = u64::from(u32::from_le_bytes(length));
    if metadata_bytes + SMALLEST_FILE_BYTES > file_bytes {
        return Err(corrupt(
            name,
            &format!("its footer claims {metadata_bytes} bytes of a file of {file_bytes}"),
        ));
    }
    Ok(())
}
