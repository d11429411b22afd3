//! Ranges of a file that are fetched together: by the engine of the page, and by whoever plays through what it would fetch.
//!
//! Entry points: [`coalesce`], [`union`].

use std::ops::Range;

/// Of the bytes fetched, at most one in so many lies in a gap between wanted ranges.
const WANTED_PER_GAP_BYTE: u64 = 20;

/// Merges ranges whose gap is at most `max_gap_bytes`, the smallest gaps first, as long as all gaps together stay below a
/// twentieth of the wanted bytes. The result is sorted, disjoint, and covers every input range.
pub fn coalesce(ranges: &[Range<u64>], max_gap_bytes: u64) -> Vec<Range<u64>> {
    let sorted = union(ranges);
    let wanted: u64 = sorted.iter().map(|range| range.end - range.start).sum();
    let mut gaps: Vec<(u64, usize)> = sorted
        .windows(2)
        .map(|pair| pair[1].start - pair[0].end)
        .zip(1..)
        .filter(|(gap, _)| *gap <= max_gap_bytes)
        .collect();
    gaps.sort_unstable();
    let mut left = wanted / WANTED_PER_GAP_BYTE;
    let mut is_bridged = vec![false; sorted.len()];
    for (gap, before) in gaps {
        if gap > left {
            break;
        }
        left -= gap;
        is_bridged[before] = true;
    }
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for (range, is_bridged) in sorted.into_iter().zip(is_bridged) {
        match merged.last_mut() {
            Some(last) if is_bridged => last.end = range.end,
            _ => merged.push(range),
        }
    }
    merged
}

/// The same bytes as sorted ranges that neither overlap nor touch.
pub fn union(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
    sorted.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_become_one_request_and_far_ones_stay_apart() {
        assert_eq!(
            coalesce(&[1_000..1_100, 0..100, 102..200, 150..180], 2),
            vec![0..200, 1_000..1_100]
        );
        assert_eq!(coalesce(&[0..100, 103..200], 2), vec![0..100, 103..200]);
        assert!(coalesce(&[], 2).is_empty());
    }

    #[test]
    fn gaps_stay_below_a_twentieth_of_what_is_wanted_and_the_smallest_come_first() {
        assert_eq!(
            coalesce(&[0..100, 112..200, 204..300], 50),
            vec![0..100, 112..300],
            "284 wanted bytes allow 14: the gap of 4, and then 10 are too few for 12"
        );
        assert_eq!(coalesce(&[0..100, 108..200, 204..300], 50), vec![0..300]);
    }

    #[test]
    fn ranges_that_touch_are_one() {
        assert_eq!(union(&[5..9, 0..5, 9..9, 8..12]), vec![0..12]);
    }

    #[test]
    fn gaps_of_a_sixth_of_a_round_trip_are_fetched_with_what_lies_around_them() {
        let ranges = [
            900_000..910_000,
            0..300_000,
            5..100,
            310_000..400_000,
            450_000..500_000,
            3..3,
        ];
        assert_eq!(
            coalesce(&ranges, 41_666),
            [0..400_000, 450_000..500_000, 900_000..910_000],
            "10,000 are less than a twentieth and a request; 50,000 are not"
        );
    }

    #[test]
    fn gaps_stay_below_a_twentieth_of_few_bytes_too() {
        assert_eq!(
            coalesce(&[0..100, 105..200, 212..300], 41_666),
            [0..200, 212..300]
        );
        assert_eq!(coalesce(&[0..100, 130..200], 41_666), [0..100, 130..200]);
    }
}
