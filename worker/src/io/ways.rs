//! From where wanted ranges can be had: memory, disk, network.

use std::ops::Range;

use super::coalesce::{coalesce, union, without};

/// How wanted ranges can be had.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ways {
    /// From the disk.
    pub(super) disk: Vec<Range<u64>>,
    /// By requests, gaps included.
    pub(super) network: Vec<Range<u64>>,
    /// Wanted bytes that are in memory or under way to it.
    pub(super) in_memory_bytes: u64,
}

impl Ways {
    pub(super) fn disk_bytes(&self) -> u64 {
        self.disk.iter().map(|range| range.end - range.start).sum()
    }

    pub(super) fn network_bytes(&self) -> u64 {
        self.network.iter().map(|range| range.end - range.start).sum()
    }
}

/// `wanted` and `known` are sorted and disjoint; `extents` are sorted, and may touch or overlap.
pub(super) fn ways(
    wanted: &[Range<u64>],
    known: &[Range<u64>],
    extents: &[Range<u64>],
    max_gap_bytes: u64,
) -> Ways {
    let missing: Vec<Range<u64>> = wanted.iter().flat_map(|range| without(range, known)).collect();
    let on_disk = union(extents);
    let in_network: Vec<Range<u64>> = missing
        .iter()
        .flat_map(|range| without(range, &on_disk))
        .collect();
    let disk = missing.iter().flat_map(|range| parts(range, extents)).collect();
    let mut obstacles = known.to_vec();
    obstacles.extend(on_disk);
    let obstacles = union(&obstacles);
    let network = coalesce(&in_network, max_gap_bytes)
        .into_iter()
        .flat_map(|request| {
            // A gap that is known is no reason to fetch it again.
            if without(&request, &obstacles) == [request.clone()] {
                vec![request]
            } else {
                in_network
                    .iter()
                    .filter(|part| request.start <= part.start && part.end <= request.end)
                    .cloned()
                    .collect()
            }
        })
        .collect();
    let bytes = |ranges: &[Range<u64>]| ranges.iter().map(|range| range.end - range.start).sum::<u64>();
    Ways {
        disk,
        network,
        in_memory_bytes: bytes(wanted) - bytes(&missing),
    }
}

/// The parts of a range that lie in extents, each part within one.
fn parts(range: &Range<u64>, extents: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut at = range.start;
    let mut parts = Vec::new();
    for extent in extents {
        let part = extent.start.max(at)..extent.end.min(range.end);
        if !part.is_empty() {
            at = part.end;
            parts.push(part);
        }
    }
    parts
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "lists of ranges, some of one")]
mod tests {
    use super::*;

    #[test]
    fn extents_that_touch_or_overlap_are_read_one_by_one() {
        assert_eq!(
            parts(&(5..40), &[0..10, 10..20, 15..30]),
            vec![5..10, 10..20, 20..30]
        );
    }

    #[test]
    fn what_is_known_is_not_fetched_and_the_disk_is_asked_by_its_own_extents() {
        let ways = ways(&[0..1_000], &[100..200], &[300..400], 50);
        assert_eq!(
            ways,
            Ways {
                disk: vec![300..400],
                network: vec![0..100, 200..300, 400..1_000],
                in_memory_bytes: 100,
            }
        );
    }

    #[test]
    fn a_gap_is_bridged_only_where_nothing_in_it_is_known() {
        let wanted = [0..1_000, 1_010..2_000];
        let network = |known: &[Range<u64>]| ways(&wanted, known, &[], 50).network;
        assert_eq!(network(&[]), vec![0..2_000]);
        assert_eq!(network(&[1_002..1_005]), vec![0..1_000, 1_010..2_000]);
    }
}
