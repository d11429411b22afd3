//! What a plan would fetch, from manifests and footers.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use protocol::{Estimate, Failure};

use super::file_reads::FileReads;
use super::read_ahead::ScanReads;
use crate::io::{Cost, Object, union};

/// Footers that are read at once.
const FOOTERS_AT_ONCE: usize = 6;
/// Beyond so many files the others are taken to be like these.
const MAX_FOOTERS: usize = 64;

/// Sums up what the scans of a finished plan read. Footers that nobody knows are read for it, and kept.
/// Of each scan it is said whether peers take part in it.
pub(crate) async fn estimate(scans: &[(Arc<ScanReads>, bool)]) -> Result<Estimate, Failure> {
    let mut sum = Sum::default();
    for (scan, is_spread) in scans {
        sum.add_scan(scan, *is_spread).await?;
    }
    Ok(sum.estimate)
}

#[derive(Default)]
struct Sum {
    estimate: Estimate,
    /// What other scans of the same statement read: nothing is fetched twice.
    counted: HashMap<Arc<Object>, Vec<Range<u64>>>,
}

impl Sum {
    async fn add_scan(&mut self, scan: &Arc<ScanReads>, is_spread: bool) -> Result<(), Failure> {
        self.estimate.files_total += scan.table.files;
        self.estimate.row_groups_total += scan.table.row_groups;
        let Some(shape) = scan.shape() else {
            return Ok(());
        };
        let reading: Vec<_> = (0..scan.files.len().min(MAX_FOOTERS))
            .map(|index| {
                let scan = Arc::clone(scan);
                async move { scan.footer(index).await }
            })
            .collect();
        let footers: Vec<_> = stream::iter(reading).buffered(FOOTERS_AT_ONCE).collect().await;
        let before = self.estimate;
        let mut limit = shape.limit;
        let mut seen_bytes = 0;
        for (index, (file, footer)) in scan.files.iter().zip(footers).enumerate() {
            if limit == Some(0) {
                return Ok(());
            }
            let footer = footer?;
            let reads = scan.reads_of(shape, index, &footer, limit);
            if shape.filter_columns.is_empty() {
                let rows = usize::try_from(footer.metadata.file_metadata().num_rows()).unwrap_or(usize::MAX);
                limit = limit.map(|left| left.saturating_sub(rows));
            }
            seen_bytes += file.object.bytes;
            self.add_file(scan, is_spread, &file.object, &reads);
        }
        let unseen_bytes: u64 = scan
            .files
            .iter()
            .skip(MAX_FOOTERS)
            .map(|file| file.object.bytes)
            .sum();
        self.extrapolate(&before, seen_bytes, unseen_bytes);
        Ok(())
    }

    fn add_file(&mut self, scan: &ScanReads, is_spread: bool, object: &Arc<Object>, reads: &FileReads) {
        let counted = self.counted.entry(Arc::clone(object)).or_default();
        let mut is_read = false;
        let pieces = reads.groups.iter().map(|group| (group.all(), 1));
        for (ranges, row_groups) in pieces.chain([(reads.bloom_filters.clone(), 0)]) {
            let Cost {
                bytes,
                requests,
                cached_bytes,
            } = if is_spread {
                scan.source.io.cost_in_pool(object, &not_in(&ranges, counted))
            } else {
                scan.source.io.cost(object, &not_in(&ranges, counted))
            };
            self.estimate.bytes += bytes;
            self.estimate.requests += requests;
            self.estimate.cached_bytes += cached_bytes;
            self.estimate.row_groups += row_groups;
            is_read |= row_groups > 0;
            counted.extend(ranges);
        }
        let kept: Vec<_> = reads.groups.iter().flat_map(|group| group.kept.clone()).collect();
        self.estimate.cached_bytes += size(&not_in(&kept, counted));
        counted.extend(kept);
        *counted = union(counted);
        self.estimate.files += u64::from(is_read);
    }

    /// Files beyond the first many cost by their sizes what those cost.
    fn extrapolate(&mut self, before: &Estimate, seen_bytes: u64, unseen_bytes: u64) {
        let more = |now: u64, before: u64| {
            let seen = u128::from(now - before) * u128::from(unseen_bytes) / u128::from(seen_bytes.max(1));
            now + u64::try_from(seen).unwrap_or(u64::MAX - now)
        };
        let now = self.estimate;
        self.estimate = Estimate {
            bytes: more(now.bytes, before.bytes),
            requests: more(now.requests, before.requests),
            cached_bytes: more(now.cached_bytes, before.cached_bytes),
            files: more(now.files, before.files),
            row_groups: more(now.row_groups, before.row_groups),
            ..now
        };
    }
}

fn size(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

fn not_in(ranges: &[Range<u64>], counted: &[Range<u64>]) -> Vec<Range<u64>> {
    let counted = union(counted);
    ranges
        .iter()
        .flat_map(|range| crate::io::without(range, &counted))
        .collect()
}
