//! Lengths that a file claims, compared with its own.
//!
//! Readers ask for as much memory as a file says that it needs; where the file is damaged that ends the process.

use std::io::{Read, Seek, SeekFrom};

use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{Block, root_as_footer, root_as_message};

/// Ends a file: the length of its footer and its mark.
const TRAILER_BYTES: u64 = 10;
/// Precedes the length of a message.
const CONTINUATION: u32 = u32::MAX;
const TOO_SHORT: &str = "it is no Arrow IPC file, or its end is missing";

/// Refuses a file whose footer points beyond it.
pub(super) fn check_file(file: &mut (impl Read + Seek), bytes: u64) -> Result<(), String> {
    let mut trailer = [0; TRAILER_BYTES as usize];
    let room = bytes.checked_sub(TRAILER_BYTES).ok_or(TOO_SHORT)?;
    at(file, room, &mut trailer)?;
    let footer_bytes = read_footer_length(trailer).map_err(|_| "its end is not that of an Arrow file")?;
    let begin = room.checked_sub(footer_bytes as u64).ok_or(TOO_SHORT)?;
    let mut footer = vec![0; footer_bytes];
    at(file, begin, &mut footer)?;
    let footer = root_as_footer(&footer).map_err(|error| format!("its footer is damaged: {error}"))?;
    let blocks = footer.dictionaries().into_iter().flatten();
    for block in blocks.chain(footer.recordBatches().into_iter().flatten()) {
        if end_of(block).is_none_or(|end| end > bytes) {
            return Err("its footer is damaged: it points beyond the file".to_owned());
        }
    }
    Ok(())
}

fn end_of(block: &Block) -> Option<u64> {
    let header = u64::try_from(block.metaDataLength()).ok()?;
    let body = u64::try_from(block.bodyLength()).ok()?;
    let begin = u64::try_from(block.offset()).ok()?;
    begin.checked_add(header)?.checked_add(body)
}

fn at(file: &mut (impl Read + Seek), place: u64, into: &mut [u8]) -> Result<(), String> {
    file.seek(SeekFrom::Start(place))
        .and_then(|_| file.read_exact(into))
        .map_err(|error| format!("cannot read it: {error}"))
}

/// Refuses a stream of which a message claims to be longer than what is left.
pub(super) fn check_stream(stream: &mut (impl Read + Seek), bytes: u64) -> Result<(), String> {
    let mut place: u64 = 0;
    loop {
        let Some(mut length) = word(stream) else {
            // It ends between two messages, or its reader says what is wrong.
            return Ok(());
        };
        place += 4;
        if length == CONTINUATION {
            length = word(stream).ok_or(TOO_SHORT)?;
            place += 4;
        }
        if length == 0 {
            return Ok(());
        }
        place = place
            .checked_add(u64::from(length))
            .filter(|end| *end <= bytes)
            .ok_or(TOO_SHORT)?;
        let mut header = vec![0; length as usize];
        stream
            .read_exact(&mut header)
            .map_err(|error| format!("cannot read it: {error}"))?;
        let message = root_as_message(&header).map_err(|error| format!("a message is damaged: {error}"))?;
        let body = u64::try_from(message.bodyLength()).map_err(|_| TOO_SHORT)?;
        place = place
            .checked_add(body)
            .filter(|end| *end <= bytes)
            .ok_or(TOO_SHORT)?;
        stream
            .seek(SeekFrom::Start(place))
            .map_err(|error| format!("cannot read it: {error}"))?;
    }
}

fn word(stream: &mut impl Read) -> Option<u32> {
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes).ok()?;
    Some(u32::from_le_bytes(bytes))
}
