//! Whether whole numbers and times of a column chunk are stored as a dictionary or as differences.
//!
//! Invariant: the choice depends on the chunk's values alone.

use hashbrown::HashTable;

use super::sketch::hash_bits;

/// Differences that share a smallest one, and those of them that share a width, as parquet-rs writes them.
const BLOCK: usize = 256;
const MINIBLOCK: usize = 64;
/// Bytes that a block says of itself, roughly.
const BLOCK_HEAD_BYTES: u64 = 10;

/// Whether differences take clearly fewer bytes than a dictionary and its indexes, both before compression. `width` is
/// that of a stored number, in bytes.
pub(super) fn prefers_delta(values: &[i64], width: u64) -> bool {
    let delta = delta_bytes(values);
    let worth = delta + delta / 4;
    let mut seen: HashTable<i64> = HashTable::new();
    for &value in values {
        let hash = hash_bits(value.cast_unsigned());
        if seen.find(hash, |known| *known == value).is_none() {
            seen.insert_unique(hash, value, |known| hash_bits(known.cast_unsigned()));
            if seen.len() as u64 * width > worth {
                return true;
            }
        }
    }
    let index_bits = u64::from(seen.len().next_power_of_two().trailing_zeros());
    seen.len() as u64 * width + values.len() as u64 * index_bits / 8 > worth
}

fn delta_bytes(values: &[i64]) -> u64 {
    // The first number stands whole before the differences.
    let mut bytes = BLOCK_HEAD_BYTES;
    let mut deltas = Vec::with_capacity(BLOCK);
    for block in 0..values.len().div_ceil(BLOCK) {
        let from = block * BLOCK;
        let to = (from + BLOCK + 1).min(values.len());
        deltas.clear();
        deltas.extend(
            values[from..to]
                .windows(2)
                .map(|pair| pair[1].wrapping_sub(pair[0])),
        );
        let Some(least) = deltas.iter().copied().min() else {
            continue;
        };
        bytes += BLOCK_HEAD_BYTES;
        for miniblock in deltas.chunks(MINIBLOCK) {
            let spread = miniblock
                .iter()
                .map(|delta| delta.wrapping_sub(least).cast_unsigned())
                .max();
            bytes += u64::from(64 - spread.unwrap_or(0).leading_zeros()) * MINIBLOCK as u64 / 8;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: i64 = 20_000;

    fn scattered(value: i64) -> i64 {
        hash_bits(value.cast_unsigned()).cast_signed()
    }

    #[test]
    fn ascending_and_near_numbers_are_stored_as_differences() {
        let ids: Vec<i64> = (0..ROWS)
            .map(|i| ((i >> 8) << 8) + ((i * 40_503) & 255))
            .collect();
        assert!(prefers_delta(&ids, 8));
        let times: Vec<i64> = (0..ROWS).map(|i| (i + (scattered(i) & 3)) * 1_000_000).collect();
        assert!(prefers_delta(&times, 8));
    }

    #[test]
    fn few_numbers_that_lie_far_apart_are_a_dictionary() {
        let codes: Vec<i64> = (0..ROWS).map(|i| scattered(scattered(i) & 7)).collect();
        assert!(!prefers_delta(&codes, 8));
        let small: Vec<i64> = (0..ROWS).map(|i| scattered(i) & 7).collect();
        assert!(!prefers_delta(&small, 4));
        assert!(!prefers_delta(&[], 8));
        assert!(!prefers_delta(&[7], 8));
    }
}
