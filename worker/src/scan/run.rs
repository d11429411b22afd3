//! One execution of a scan: from file to file, from row group to row group.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::pruning::PrunableStatistics;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, RowGroupAccess};
use datafusion::physical_expr::expressions::DynamicFilterTracking;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;

use super::exec::Scan;
use super::left::Left;
use super::metrics::ScanMetrics;
use super::open_file::OpenFile;
use super::pace::Pace;
use super::portion::Portion;
use super::row_group::{GroupScan, RowGroup};
use super::window::Means;
use crate::table::Pruning;

/// What there is to do, as far as it has not been done.
#[derive(Debug)]
pub(super) struct Work {
    /// Places of files in the scan.
    files: VecDeque<usize>,
    open: Option<OpenWork>,
    /// Rows that may still be given.
    rows_left: Option<usize>,
}

/// What there is to do in a file.
#[derive(Debug)]
struct OpenWork {
    file: OpenFile,
    /// Places among the row groups planned.
    groups: VecDeque<usize>,
    /// The filter with its dynamic parts, as they were when it was last looked at.
    pruning: Option<Pruning>,
}

impl Work {
    pub(super) fn new(files: impl Iterator<Item = usize>, rows: Option<usize>) -> Self {
        Self {
            files: files.collect(),
            open: None,
            rows_left: rows,
        }
    }
}

/// What an execution comes to next.
pub(super) enum Step {
    /// Rows of a row group, by its ordinal.
    Rows(u64, RecordBatch),
    /// The end of a row group.
    EndOfGroup,
    /// The end of the portion, or of the scan.
    End,
}

/// An execution.
pub(super) struct Run {
    scan: Arc<Scan>,
    work: Option<Work>,
    /// Where the rest goes, if the scan goes in portions.
    left: Option<(Arc<Left>, Portion)>,
    group: Option<GroupScan>,
    /// Whether this execution has scanned a row group: every portion has one, so that the scan comes to its end.
    has_scanned: bool,
    dynamic: DynamicFilterTracking,
    metrics: ScanMetrics,
    pace: Pace,
    /// Whether row groups come in the order of their ordinals, whatever would be best.
    is_in_order: bool,
}

impl Run {
    pub(super) fn new(
        scan: Arc<Scan>,
        work: Option<Work>,
        left: Option<(Arc<Left>, Portion)>,
        metrics: ScanMetrics,
        is_in_order: bool,
    ) -> Self {
        let dynamic = match &scan.shape().filter {
            Some(filter) => DynamicFilterTracking::classify(filter),
            None => DynamicFilterTracking::Static,
        };
        Self {
            scan,
            work,
            left,
            group: None,
            has_scanned: false,
            dynamic,
            metrics,
            pace: Pace::default(),
            is_in_order,
        }
    }

    /// Whether what is given out now decides what is read next.
    pub(super) fn is_watched(&self) -> bool {
        self.scan.shape().limit.is_some() || matches!(self.dynamic, DynamicFilterTracking::Watching(_))
    }

    pub(super) fn metrics(&self) -> &ScanMetrics {
        &self.metrics
    }

    /// The next step.
    pub(super) async fn next(&mut self) -> Result<Step> {
        loop {
            let Some(work) = &mut self.work else {
                return Ok(Step::End);
            };
            if let Some(group) = &mut self.group {
                let mut means = Means {
                    expressions: &self.scan.expressions,
                    metrics: &self.metrics,
                    pace: &mut self.pace,
                };
                if let Some(batch) = group.next(work.rows_left, &mut means).await? {
                    if let Some(left) = &mut work.rows_left {
                        *left = left.saturating_sub(batch.num_rows());
                    }
                    return Ok(Step::Rows(group.group.ordinal, batch));
                }
                self.scan.reads.counters.add_rows_seen(group.group.rows as u64);
                self.group = None;
                self.has_scanned = true;
                return Ok(Step::EndOfGroup);
            }
            if work.rows_left == Some(0) {
                self.end(None);
                return Ok(Step::End);
            }
            if self.has_scanned && self.left.as_ref().is_some_and(|(_, portion)| portion.is_over()) {
                let rest = self.work.take().filter(Work::is_left);
                self.end(rest);
                return Ok(Step::End);
            }
            match self.next_group().await? {
                Some(group) => {
                    self.metrics.row_groups.add(1);
                    self.group = Some(GroupScan::new(group));
                }
                None => {
                    self.end(None);
                    return Ok(Step::End);
                }
            }
        }
    }

    fn end(&mut self, rest: Option<Work>) {
        self.work = None;
        if let Some((left, _)) = &self.left {
            left.put(rest);
        }
    }

    /// The next row group that nothing rules out.
    async fn next_group(&mut self) -> Result<Option<RowGroup>> {
        let Some(work) = &mut self.work else {
            return Ok(None);
        };
        loop {
            let has_changed = self.dynamic.watcher().is_some_and(|watcher| watcher.changed());
            if let Some(open) = &mut work.open {
                if has_changed && open.pruning.is_some() {
                    open.pruning = self.scan.pruning_now(&open.file);
                }
                while let Some(place) = open.groups.pop_front() {
                    if let Some(group) = self.scan.group(open, place) {
                        self.scan.reads.arrive(open.file.index, place);
                        return Ok(Some(group));
                    }
                    self.metrics.row_groups_pruned.add(1);
                    let group = &open.file.planned.groups[place];
                    self.scan.note_skipped(&open.file, group.index);
                }
                work.open = None;
            }
            let Some(file) = work.files.pop_front() else {
                return Ok(None);
            };
            let is_dynamic = self.dynamic.contains_dynamic_filter();
            if is_dynamic && !self.scan.file_survives(file) {
                let pruned = self.scan.skip_file(file);
                self.metrics.row_groups_pruned.add(pruned);
                continue;
            }
            let opened =
                OpenFile::open(&self.scan.reads, self.scan.shape(), file, &self.scan.expressions).await?;
            let shape = self.scan.shape();
            let pruning = opened.pruning(shape, shape.predicate.as_ref());
            let mut groups = opened.survivors_of_bloom_filters(&pruning).await;
            let planned = &opened.planned;
            let ruled_out = planned.groups.iter().enumerate();
            let ruled_out = ruled_out.filter(|(place, _)| groups.binary_search(place).is_err());
            let ruled_out = ruled_out.map(|(_, group)| group.index);
            for row_group in ruled_out.chain(planned.pruned.iter().copied()) {
                if self.scan.reads.is_of_share(file, row_group) {
                    self.metrics.row_groups_pruned.add(1);
                    self.scan.note_skipped(&opened, row_group);
                }
            }
            if is_dynamic && !self.is_in_order {
                groups = self.scan.best_first(&opened, groups);
            }
            work.open = Some(OpenWork {
                pruning: is_dynamic.then(|| self.scan.pruning_now(&opened)).flatten(),
                file: opened,
                groups: groups.into(),
            });
        }
    }
}

impl Work {
    fn is_left(&self) -> bool {
        let is_in_file = self.open.as_ref().is_some_and(|open| !open.groups.is_empty());
        is_in_file || !self.files.is_empty()
    }
}

impl Scan {
    /// The filter as it stands, in terms of a file.
    fn pruning_now(&self, file: &OpenFile) -> Option<Pruning> {
        let shape = self.shape();
        let filter = shape.filter.as_ref()?;
        Some(file.pruning(shape, Some(filter)))
    }

    /// A row group of those planned; none if dynamic filters rule it out by now.
    fn group(&self, open: &OpenWork, place: usize) -> Option<RowGroup> {
        let file = &open.file;
        let planned = &file.planned.groups[place];
        let metadata = &file.footer.metadata;
        let mut selection = planned.selection.clone();
        if let Some(pruning) = &open.pruning {
            let mut plan = ParquetAccessPlan::new_none(metadata.num_row_groups());
            plan.set(
                planned.index,
                match selection.take() {
                    Some(selection) => RowGroupAccess::Selection(selection),
                    None => RowGroupAccess::Scan,
                },
            );
            let left = pruning.access(metadata, plan, None).into_inner();
            selection = match left.into_iter().nth(planned.index)? {
                RowGroupAccess::Skip => return None,
                RowGroupAccess::Scan => None,
                RowGroupAccess::Selection(selection) => Some(selection),
            };
        }
        Some(RowGroup {
            index: planned.index,
            ordinal: self.reads.ordinal(file.index, planned.index),
            rows: usize::try_from(metadata.row_group(planned.index).num_rows()).unwrap_or_default(),
            file: file.clone(),
            selection,
        })
    }

    /// Whether the filter as it stands leaves something of a file.
    fn file_survives(&self, file: usize) -> bool {
        let shape = self.shape();
        let Some(filter) = &shape.filter else {
            return true;
        };
        let pruning = PruningPredicateBuilder::new()
            .with_file_schema(Arc::clone(&shape.schema))
            .try_build(Arc::clone(filter));
        let bounds = vec![self.reads.files[file].bounds()];
        let statistics = PrunableStatistics::new(bounds, Arc::clone(&shape.schema));
        let kept = pruning.and_then(|pruning| pruning.prune(&statistics));
        kept.map_or(true, |kept| kept.first() != Some(&false))
    }

    /// Notes a file that is not opened; how many row groups of it would have been read.
    fn skip_file(&self, file: usize) -> usize {
        let known = &self.reads.files[file];
        let row_groups = usize::try_from(known.row_groups).unwrap_or_default();
        let of_share = (0..row_groups)
            .filter(|group| self.reads.is_of_share(file, *group))
            .count();
        let rows = known.rows() * of_share as u64 / (row_groups as u64).max(1);
        self.reads.counters.add_rows_seen(rows);
        of_share
    }

    /// Notes the rows of a row group that was ruled out.
    fn note_skipped(&self, file: &OpenFile, row_group: usize) {
        let rows = file.footer.metadata.row_group(row_group).num_rows();
        self.reads
            .counters
            .add_rows_seen(u64::try_from(rows).unwrap_or_default());
    }
}
