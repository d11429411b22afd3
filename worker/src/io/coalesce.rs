//! Ranges without those that are known. Which requests to send for what is left, [`coalesce`] says.

use std::ops::Range;

pub use catalog::ranges::{coalesce, union};

/// What is left of `range` without the holes, which are sorted and disjoint.
pub fn without(range: &Range<u64>, holes: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut left = Vec::new();
    let mut start = range.start;
    for hole in holes {
        if hole.end <= start {
            continue;
        }
        if hole.start >= range.end {
            break;
        }
        if hole.start > start {
            left.push(start..hole.start);
        }
        start = hole.end;
    }
    if start < range.end {
        left.push(start..range.end);
    }
    left
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "lists of ranges, some of one")]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_cut_out() {
        assert_eq!(without(&(0..10), &[2..4, 6..8]), vec![0..2, 4..6, 8..10]);
        assert_eq!(without(&(3..7), &[0..4, 6..20]), vec![4..6]);
        assert_eq!(without(&(3..7), &[0..20]), Vec::<Range<u64>>::new());
        assert_eq!(without(&(3..7), &[]), vec![3..7]);
    }
}
