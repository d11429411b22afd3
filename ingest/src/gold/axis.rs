//! Where the edges of a histogram lie.
//!
//! Bins are equally wide. Where a few far values would press all others into a few bins, the bins spread over
//! the middle of the values, and the first and last one take what lies beyond.

use std::ops::Range;

/// Bins of a histogram.
pub(super) const BINS: u8 = 32;
/// Bins of the first look that finds the middle.
pub(super) const FINE_BINS: u16 = 4096;
/// Beyond the middle lies one value in so many, on each side.
const TAIL: u64 = 200;
/// The middle is looked at alone when the whole is so many times wider.
const FAR: usize = 3;

/// The fine bins that hold the middle of the values; none where they are not much narrower than the whole.
pub(super) fn middle(fine_counts: &[u64]) -> Option<Range<usize>> {
    let tail = fine_counts.iter().sum::<u64>() / TAIL;
    let skip = |counts: &mut dyn Iterator<Item = &u64>| {
        let mut passed = 0;
        counts
            .take_while(|count| {
                passed += **count;
                passed <= tail
            })
            .count()
    };
    let first = skip(&mut fine_counts.iter());
    let end = fine_counts.len() - skip(&mut fine_counts.iter().rev());
    // Narrower than the bins it would be cut into, it grows to the right, or to the left at the end.
    let end = end.max(first + usize::from(BINS)).min(fine_counts.len());
    let first = first.min(end.saturating_sub(usize::from(BINS)));
    (first < end && (end - first) * FAR < fine_counts.len()).then_some(first..end)
}

/// Edges over whole numbers from `min` to `max`, at multiples of a unit; bins of the `inner` values where given.
/// None where the range is beyond 64 bits.
pub(super) fn whole_edges(min: i64, max: i64, inner: Option<Range<i64>>, on_clock: bool) -> Option<Vec<i64>> {
    let inner = inner.unwrap_or(min..max.checked_add(1)?);
    let span = |from: i64| inner.end.checked_sub(from);
    let bins = i64::from(BINS);
    let unit = if on_clock {
        clock_unit(ceil_div(span(inner.start)?, bins))
    } else {
        1
    };
    let start = inner.start.div_euclid(unit).checked_mul(unit)?;
    let width = ceil_div(ceil_div(span(start)?, bins), unit).checked_mul(unit)?;
    let count = ceil_div(span(start)?, width);
    let mut edges = Vec::with_capacity(usize::from(BINS) + 3);
    if min < start {
        edges.push(min);
    }
    for bin in 0..=count {
        edges.push(start.checked_add(bin.checked_mul(width)?)?);
    }
    if edges.last().is_some_and(|last| *last < max) {
        edges.push(max);
    }
    Some(edges)
}

/// Edges over numbers from `min` to `max`; bins of the `inner` values where given. None where the distance of
/// the ends is beyond what floats hold.
pub(super) fn real_edges(min: f64, max: f64, inner: Option<Range<f64>>) -> Option<Vec<f64>> {
    let inner = inner.unwrap_or(min..max);
    let width = (inner.end - inner.start) / f64::from(BINS);
    if !width.is_finite() {
        return None;
    }
    let mut edges = vec![min];
    edges.extend((0..BINS).map(|bin| inner.start + f64::from(bin) * width));
    edges.extend([inner.end, max]);
    // Where values lie closer than floats can tell apart, edges coincide, or cross by a rounding.
    edges.retain(|edge| min <= *edge && *edge <= max);
    edges.dedup_by(|next, before| *next <= *before);
    if edges.len() == 1 {
        edges.push(max);
    }
    Some(edges)
}

/// The unit of time, in microseconds, on which edges lie: people read 16:00 better than 15:45:58.125001.
fn clock_unit(width: i64) -> i64 {
    const UNITS: [i64; 4] = [3_600_000_000, 60_000_000, 1_000_000, 1_000];
    UNITS.into_iter().find(|unit| width / unit >= 16).unwrap_or(1)
}

/// Division of positive numbers, rounded up.
pub(super) fn ceil_div(dividend: i64, divisor: i64) -> i64 {
    (dividend - 1) / divisor + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_cover_all_values_equally() {
        assert_eq!(whole_edges(0, 3, None, false), Some(vec![0, 1, 2, 3, 4]));
        let edges = whole_edges(-1116, 1688, None, false).expect("edges");
        assert_eq!(
            (edges[0], edges[1], edges.len(), edges[edges.len() - 1]),
            (-1116, -1028, 33, 1700)
        );
        assert_eq!(whole_edges(i64::MIN, i64::MAX, None, false), None);
        assert_eq!(real_edges(0.0, 32.0, None).expect("edges")[..3], [0.0, 1.0, 2.0]);
        assert_eq!(real_edges(7.5, 7.5, None), Some(vec![7.5, 7.5]));
        assert_eq!(real_edges(f64::MIN, f64::MAX, None), None);
    }

    #[test]
    fn far_values_share_the_bins_at_the_ends() {
        let edges = whole_edges(-1116, 1688, Some(-30..130), false).expect("edges");
        assert_eq!(edges[..3], [-1116, -30, -25]);
        assert_eq!(edges[edges.len() - 2..], [130, 1688]);
        let edges = real_edges(0.0, 1e6, Some(0.0..32.0)).expect("edges");
        assert_eq!(
            (edges[1], edges[32], edges[33], edges.len()),
            (1.0, 32.0, 1e6, 34)
        );
    }

    #[test]
    fn the_middle_is_sought_only_where_values_lie_far_out() {
        let mut counts = vec![0; 1000];
        counts[100..200].fill(1000);
        counts[999] = 3;
        assert_eq!(middle(&counts), Some(100..200));
        assert_eq!(middle(&vec![5; 1000]), None, "nothing is far");
        assert_eq!(middle(&[9]), None);
        let mut counts = vec![0; 1000];
        counts[0] = 100_000;
        counts[999] = 1;
        assert_eq!(middle(&counts), Some(0..32), "wide enough for bins");
        counts.reverse();
        assert_eq!(middle(&counts), Some(968..1000));
    }

    #[test]
    fn edges_of_time_lie_on_the_clock() {
        let hour = 3_600_000_000;
        let edges = whole_edges(60_000_000, 180 * 24 * hour, None, true).expect("edges");
        assert_eq!((edges[0], edges[1]), (0, 136 * hour));
    }
}
