//! Damage to a file, chosen by a seed: bits, runs of bytes, lengths, and the places that steer a reader.

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

/// A small generator of which the same seed gives the same numbers on every platform (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("is below a usize")
    }
}

/// A copy of the file with damage, and what the damage is.
pub fn damaged(file: &[u8], seed: u64) -> (Vec<u8>, String) {
    let mut dice = Dice::new(seed);
    let mut bytes = file.to_vec();
    let footer = footer_start(file);
    let what = match dice.below(10) {
        0 => flip(&mut bytes, 0, file.len(), 1, &mut dice),
        1 => flip(&mut bytes, footer, file.len() - 8, 3, &mut dice),
        2 => flip(&mut bytes, footer, file.len() - 8, 1, &mut dice),
        3 => overwrite(&mut bytes, &mut dice),
        4 => truncate(&mut bytes, &mut dice),
        5 => change_footer_length(&mut bytes, &mut dice),
        6 | 7 => {
            let pages = page_headers(file);
            let page = pages[dice.below(pages.len())];
            flip(&mut bytes, page, page + 24, 2, &mut dice)
        }
        8 => {
            let index = index_start(file, footer);
            flip(&mut bytes, index, footer, 3, &mut dice)
        }
        _ => move_bytes(&mut bytes, footer, &mut dice),
    };
    (bytes, what)
}

fn flip(bytes: &mut [u8], start: usize, end: usize, most: usize, dice: &mut Dice) -> String {
    let places: Vec<String> = (0..=dice.below(most))
        .map(|_| {
            let (at, bit) = (start + dice.below(end - start), dice.below(8));
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        })
        .collect();
    places.join(", ")
}

fn overwrite(bytes: &mut [u8], dice: &mut Dice) -> String {
    let start = dice.below(bytes.len());
    let end = (start + 1 + dice.below(64)).min(bytes.len());
    let fill = [0, 0xff, 0x7f, 0x80][dice.below(4)];
    bytes[start..end].fill(fill);
    format!("bytes {start}..{end} overwritten with {fill:#x}")
}

fn truncate(bytes: &mut Vec<u8>, dice: &mut Dice) -> String {
    let left = dice.below(bytes.len());
    // Half of them still end as a file does.
    let tail = bytes[bytes.len() - 8..].to_vec();
    bytes.truncate(left);
    if dice.below(2) == 0 {
        bytes.extend(tail);
    }
    format!("cut to {left} bytes")
}

fn change_footer_length(bytes: &mut [u8], dice: &mut Dice) -> String {
    let at = bytes.len() - 8;
    let length = match dice.below(4) {
        0 => u32::MAX,
        1 => 0,
        2 => u32::try_from(dice.below(bytes.len())).expect("is a small file"),
        _ => u32::try_from(dice.next() % (1 << 32)).expect("is below 2^32"),
    };
    bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
    format!("footer's length set to {length}")
}

/// Bytes of the data are doubled or taken out, so that all behind them stands elsewhere than the footer says.
fn move_bytes(bytes: &mut Vec<u8>, footer: usize, dice: &mut Dice) -> String {
    let start = 4 + dice.below(footer - 4);
    let end = (start + 1 + dice.below(40)).min(footer);
    if dice.below(2) == 0 {
        let copy = bytes[start..end].to_vec();
        bytes.splice(start..start, copy);
        format!("bytes {start}..{end} doubled")
    } else {
        bytes.drain(start..end);
        format!("bytes {start}..{end} taken out")
    }
}

fn footer_start(file: &[u8]) -> usize {
    let length = file[file.len() - 8..file.len() - 4]
        .try_into()
        .expect("four bytes");
    file.len() - 8 - usize::try_from(u32::from_le_bytes(length)).expect("fits")
}

fn metadata(file: &[u8]) -> ParquetMetaData {
    let file = bytes::Bytes::copy_from_slice(file);
    let mut reader = ParquetMetaDataReader::new()
        .with_page_index_policy(parquet::file::metadata::PageIndexPolicy::Optional);
    reader.try_parse(&file).expect("is whole");
    reader.finish().expect("is whole")
}

/// Where dictionary pages and data pages begin, as far as the file tells.
fn page_headers(file: &[u8]) -> Vec<usize> {
    let metadata = metadata(file);
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    let mut starts: Vec<i64> = chunks
        .flat_map(|chunk| {
            chunk
                .dictionary_page_offset()
                .into_iter()
                .chain([chunk.data_page_offset()])
        })
        .collect();
    let indexes = metadata.offset_index().into_iter().flatten().flatten();
    starts.extend(indexes.flat_map(|index| index.page_locations().iter().map(|page| page.offset)));
    starts
        .into_iter()
        .map(|start| usize::try_from(start).expect("is whole"))
        .collect()
}

/// Where page indexes and filters begin: behind the last page.
fn index_start(file: &[u8], footer: usize) -> usize {
    let metadata = metadata(file);
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    let starts = chunks.flat_map(|chunk| {
        [
            chunk.column_index_offset(),
            chunk.offset_index_offset(),
            chunk.bloom_filter_offset(),
        ]
    });
    let first = starts
        .flatten()
        .min()
        .map(|start| usize::try_from(start).expect("is whole"));
    first.unwrap_or(footer - 40)
}
