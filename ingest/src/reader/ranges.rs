//! Ranges of a file that are fetched together.

use std::ops::Range;

/// What a request is worth in bytes, and so the largest gap between two ranges that are fetched together: its share of
/// a round trip of 40 ms on a link of 50 Mbit/s, of which a browser has six requests under way.
pub const REQUEST_BYTES: u64 = 40 * 6_250 / 6;
/// Of the bytes fetched, at most one in so many lies in a gap.
const WANTED_PER_GAP_BYTE: u64 = 20;

/// The ranges in their order, joined where the gap between them is small, the smallest gaps first.
pub(super) fn merge(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut apart: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    let wanted: u64 = apart.iter().map(|range| range.end - range.start).sum();
    let mut gaps: Vec<(u64, usize)> = apart
        .windows(2)
        .map(|pair| pair[1].start - pair[0].end)
        .zip(1..)
        .filter(|(gap, _)| *gap <= REQUEST_BYTES)
        .collect();
    gaps.sort_unstable();
    let mut left = wanted / WANTED_PER_GAP_BYTE;
    let mut is_bridged = vec![false; apart.len()];
    for (gap, before) in gaps {
        if gap > left {
            break;
        }
        left -= gap;
        is_bridged[before] = true;
    }
    let mut merged: Vec<Range<u64>> = Vec::new();
    for (range, is_bridged) in apart.into_iter().zip(is_bridged) {
        match merged.last_mut() {
            Some(last) if is_bridged => last.end = range.end,
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_gaps_are_fetched_with_what_lies_around_them() {
        let ranges = vec![
            900_000..910_000,
            0..300_000,
            5..100,
            310_000..400_000,
            450_000..500_000,
            3..3,
        ];
        assert_eq!(
            merge(ranges),
            [0..400_000, 450_000..500_000, 900_000..910_000],
            "10,000 are less than a twentieth and a request; 50,000 are not"
        );
    }

    #[test]
    fn gaps_stay_below_a_twentieth() {
        assert_eq!(merge(vec![0..100, 105..200, 212..300]), [0..200, 212..300]);
        assert_eq!(merge(vec![0..100, 130..200]), [0..100, 130..200]);
    }
}
