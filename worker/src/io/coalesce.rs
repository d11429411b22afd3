//! Which requests to send for the ranges that are wanted.

use std::ops::Range;

/// Merges ranges whose gap is at most `max_gap_bytes`. The result is sorted, disjoint, and covers every input range.
pub fn coalesce(ranges: &[Range<u64>], max_gap_bytes: u64) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(max_gap_bytes) => {
                last.end = last.end.max(range.end);
            }
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
            coalesce(&[100..110, 0..10, 12..20, 15..18], 2),
            vec![0..20, 100..110]
        );
        assert_eq!(coalesce(&[0..10, 13..20], 2), vec![0..10, 13..20]);
        assert!(coalesce(&[], 2).is_empty());
    }
}
