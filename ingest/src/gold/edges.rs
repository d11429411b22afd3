//! Where the edges of a histogram lie.
//!
//! Bins are equally wide and made of whole cells of a grid. Where a few far values would press all others into a few
//! bins, the bins spread over the middle of the values, and the first and last one take what lies beyond.

use std::ops::Range;

/// Bins of a histogram, not counting the two that take what lies far out.
pub(super) const BINS: i64 = 32;
/// Beyond the middle lies one value in so many, on each side.
const TAIL: u64 = 200;
/// The middle is looked at alone when the whole is so many times wider.
const FAR: i64 = 3;

/// The cells that hold the middle of the values; none where they are not much narrower than the whole.
pub(super) fn middle(cells: &[(i64, u64)]) -> Option<Range<i64>> {
    let (first, last) = (cells.first()?.0, cells.last()?.0);
    let tail = cells.iter().map(|(_, count)| count).sum::<u64>() / TAIL;
    let beyond = |mut cells: Box<dyn Iterator<Item = &(i64, u64)> + '_>| {
        let mut passed = 0;
        cells
            .find(|(_, count)| {
                passed += count;
                passed > tail
            })
            .map(|(cell, _)| *cell)
    };
    let start = beyond(Box::new(cells.iter()))?;
    let end = beyond(Box::new(cells.iter().rev()))?.checked_add(1)?;
    let stop = last.checked_add(1)?;
    // Narrower than the bins it would be cut into, it grows to the right, or to the left at the end.
    let end = end.max(start.saturating_add(BINS)).min(stop);
    let start = start.min(end.saturating_sub(BINS)).max(first);
    let width = stop.checked_sub(first)?;
    (end - start < width / FAR).then_some(start..end)
}

/// Edges over whole numbers from `min` to `max`, at multiples of a unit; bins of the `inner` values where given.
/// None where the range is beyond 64 bits.
pub(super) fn whole_edges(
    min: i64,
    max: i64,
    inner: Option<Range<i64>>,
    cell: i64,
    on_clock: bool,
) -> Option<Vec<i64>> {
    let inner = inner.unwrap_or(min..max.checked_add(1)?);
    let span = |from: i64| inner.end.checked_sub(from);
    let unit = if on_clock {
        clock_unit(ceil_div(span(inner.start)?, BINS)).max(cell)
    } else {
        cell
    };
    let start = inner.start.div_euclid(unit).checked_mul(unit)?;
    let width = ceil_div(ceil_div(span(start)?, BINS), unit).checked_mul(unit)?;
    let count = ceil_div(span(start)?, width);
    let mut edges = Vec::with_capacity(BINS as usize + 3);
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

/// Edges in cells of an axis of floats that has values in these; bins over the `inner` ones where given. Their width
/// is one of eight steps between powers of two, so that edges are round in binary.
pub(super) fn real_edges(cells: Range<i64>, inner: Option<Range<i64>>) -> Vec<i64> {
    let inner = inner.unwrap_or(cells.clone());
    let mut width = 1;
    let count = |width: i64| ceil_div(inner.end - inner.start.div_euclid(width) * width, width);
    while count(width) > BINS {
        // Three bits behind the first one.
        let step = (width / 8).checked_ilog2().map_or(1, |bits| 1 << bits);
        width = (width / step + 1) * step;
    }
    let start = inner.start.div_euclid(width) * width;
    let mut edges: Vec<i64> = (0..=count(width)).map(|bin| start + bin * width).collect();
    if cells.start < start {
        edges.insert(0, cells.start);
    }
    if edges.last().is_some_and(|last| *last < cells.end) {
        edges.push(cells.end);
    }
    edges
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
        assert_eq!(whole_edges(0, 3, None, 1, false), Some(vec![0, 1, 2, 3, 4]));
        let edges = whole_edges(-1116, 1688, None, 1, false).expect("edges");
        assert_eq!(
            (edges[0], edges[1], edges.len(), edges[edges.len() - 1]),
            (-1116, -1028, 33, 1700)
        );
        assert_eq!(whole_edges(i64::MIN, i64::MAX, None, 1, false), None);
        assert_eq!(real_edges(0..32, None)[..3], [0, 1, 2]);
        assert_eq!(real_edges(7..8, None), [7, 8]);
        let edges = real_edges(3..1003, None);
        assert_eq!((edges[0], edges[1], edges.len()), (0, 32, 33));
    }

    #[test]
    fn far_values_share_the_bins_at_the_ends() {
        let edges = whole_edges(-1116, 1688, Some(-30..130), 1, false).expect("edges");
        assert_eq!(edges[..3], [-1116, -30, -25]);
        assert_eq!(edges[edges.len() - 2..], [130, 1688]);
        let edges = real_edges(0..1_000_000, Some(32..64));
        assert_eq!(
            (edges[0], edges[1], edges[2], edges[33], edges.len()),
            (0, 32, 33, 64, 35)
        );
    }

    #[test]
    fn edges_lie_between_cells() {
        let edges = whole_edges(-1120, 1695, Some(-32..128), 16, false).expect("edges");
        assert!(
            edges[1..edges.len() - 1].iter().all(|edge| edge % 16 == 0),
            "{edges:?}"
        );
        let day = 24 * 3_600_000_000;
        let edges = whole_edges(0, 400 * day - 1, None, day, true).expect("edges");
        assert!(edges.iter().all(|edge| edge % day == 0), "{edges:?}");
    }

    #[test]
    fn the_middle_is_sought_only_where_values_lie_far_out() {
        let block = |cells: Range<i64>, count| cells.map(move |cell| (cell, count)).collect::<Vec<_>>();
        let mut cells = block(100..200, 1000);
        cells.push((999, 3));
        assert_eq!(middle(&cells), Some(100..200));
        assert_eq!(middle(&block(0..1000, 5)), None, "nothing is far");
        assert_eq!(middle(&[(7, 9)]), None);
        assert_eq!(middle(&[]), None);
        assert_eq!(
            middle(&[(0, 100_000), (999, 1)]),
            Some(0..32),
            "wide enough for bins"
        );
        assert_eq!(middle(&[(0, 1), (999, 100_000)]), Some(968..1000));
    }

    #[test]
    fn edges_of_time_lie_on_the_clock() {
        let hour = 3_600_000_000;
        let edges = whole_edges(60_000_000, 180 * 24 * hour, None, 1, true).expect("edges");
        assert_eq!((edges[0], edges[1]), (0, 136 * hour));
    }
}
