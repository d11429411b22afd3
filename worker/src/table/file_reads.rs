//! Which ranges of a file a scan will ask for, known as soon as the footer is.
//!
//! It prunes as DataFusion's opener does (row groups by statistics, pages by the page index) and cuts the surviving pages
//! of each column. What the scan then asks for is at most this; filters may make it less.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use datafusion::datasource::physical_plan::ParquetFileMetrics;
use datafusion::datasource::physical_plan::parquet::{
    PagePruningAccessPlanFilter, ParquetAccessPlan, RowGroupAccess, RowGroupAccessPlanFilter,
};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::scan_shape::ScanShape;
use crate::io::union;

/// Rows that the decoder handles at once; pages of columns that are filtered and shown are read in such steps.
const BATCH_ROWS: usize = 8_192;

/// What a scan reads of one file.
#[derive(Debug, Default)]
pub(super) struct FileReads {
    /// Row groups that are not ruled out, in the file's order.
    pub(super) groups: Vec<GroupReads>,
    /// Bloom filters that may be looked at.
    pub(super) bloom_filters: Vec<Range<u64>>,
}

/// What a scan reads of one row group.
#[derive(Debug)]
pub(super) struct GroupReads {
    /// Where its column chunks lie.
    pub(super) span: Range<u64>,
    /// Pages of the columns that the filter looks at: they come first.
    pub(super) filter: Vec<Range<u64>>,
    /// Pages of the other columns.
    pub(super) rest: Vec<Range<u64>>,
    /// Chunks of nested columns, of which a scan may need a part only.
    pub(super) nested: Vec<Range<u64>>,
}

impl GroupReads {
    /// All of it.
    pub(super) fn all(&self) -> Vec<Range<u64>> {
        union(&[self.filter.as_slice(), &self.rest, &self.nested].concat())
    }
}

impl FileReads {
    /// The reads of a scan that wants at most `limit` more rows.
    pub(super) fn new(shape: &ScanShape, metadata: &ParquetMetaData, limit: Option<usize>) -> Self {
        let predicate = shape.predicate.as_ref().and_then(|predicate| {
            PruningPredicateBuilder::new()
                .with_file_schema(Arc::clone(&shape.schema))
                .try_build(Arc::clone(predicate))
                .ok()
        });
        let access = access(shape, metadata, predicate.as_ref(), limit);
        let leaves = Leaves::of(shape, metadata);
        // With a filter nobody knows how many row groups hold so many matching rows.
        let mut rows_left = limit.filter(|_| shape.filter_columns.is_empty());
        let mut groups = Vec::new();
        for (index, access) in access.inner().iter().enumerate() {
            let group = metadata.row_group(index);
            let group_rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
            let mut selection = match access {
                RowGroupAccess::Skip => continue,
                RowGroupAccess::Scan => None,
                RowGroupAccess::Selection(selection) => Some(selection.clone()),
            };
            if let Some(left) = &mut rows_left {
                if *left == 0 {
                    break;
                }
                if *left < group_rows && selection.is_none() {
                    let first = std::iter::once(0..*left);
                    selection = Some(RowSelection::from_consecutive_ranges(first, group_rows));
                }
                *left = left.saturating_sub(group_rows);
            }
            groups.push(leaves.reads(metadata, index, selection.as_ref()));
        }
        Self {
            groups,
            bloom_filters: bloom_filters(predicate.as_ref(), &access, metadata),
        }
    }
}

/// Row groups and rows that statistics do not rule out.
fn access(
    shape: &ScanShape,
    metadata: &ParquetMetaData,
    predicate: Option<&PruningPredicate>,
    limit: Option<usize>,
) -> ParquetAccessPlan {
    let groups = metadata.row_groups();
    let parquet_schema = metadata.file_metadata().schema_descr();
    // Its counts are the scan's own; these are thrown away.
    let metrics = ParquetFileMetrics::new(0, "", &ExecutionPlanMetricsSet::new());
    let mut filter = RowGroupAccessPlanFilter::new(ParquetAccessPlan::new_all(groups.len()));
    if let Some(predicate) = predicate {
        filter.prune_by_statistics(&shape.schema, parquet_schema, groups, predicate, &metrics);
    }
    if let (Some(limit), false) = (limit, shape.preserves_order) {
        filter.prune_by_limit(limit, groups, &metrics);
    }
    let access = filter.build();
    match &shape.predicate {
        Some(predicate) => PagePruningAccessPlanFilter::new(predicate, Arc::clone(&shape.schema))
            .prune_plan_with_page_index(access, &shape.schema, parquet_schema, metadata, &metrics),
        None => access,
    }
}

fn bloom_filters(
    predicate: Option<&PruningPredicate>,
    access: &ParquetAccessPlan,
    metadata: &ParquetMetaData,
) -> Vec<Range<u64>> {
    let Some(predicate) = predicate else {
        return Vec::new();
    };
    let compared = predicate.literal_columns();
    let ranges: Vec<Range<u64>> = access
        .row_group_indexes()
        .into_iter()
        .flat_map(|index| metadata.row_group(index).columns())
        .filter(|column| {
            let root = column.column_path().parts().first();
            root.is_some_and(|root| compared.contains(root))
        })
        .filter_map(|column| {
            let start = u64::try_from(column.bloom_filter_offset()?).ok()?;
            let length = u64::try_from(column.bloom_filter_length()?).ok()?;
            Some(start..start.checked_add(length)?)
        })
        .collect();
    union(&ranges)
}

/// Indexes of the Parquet columns that a scan reads.
struct Leaves {
    filter: BTreeSet<usize>,
    /// Those of the filter that go into the rows, too.
    shared: BTreeSet<usize>,
    rest: BTreeSet<usize>,
    nested: BTreeSet<usize>,
}

impl Leaves {
    fn of(shape: &ScanShape, metadata: &ParquetMetaData) -> Self {
        let schema = metadata.file_metadata().schema_descr();
        let roots = schema.root_schema().get_fields();
        let mut leaves = Self {
            filter: BTreeSet::new(),
            shared: BTreeSet::new(),
            rest: BTreeSet::new(),
            nested: BTreeSet::new(),
        };
        for leaf in 0..schema.num_columns() {
            let Some(root) = roots.get(schema.get_column_root_idx(leaf)) else {
                continue;
            };
            let is_filtered = shape.filter_columns.contains(root.name());
            let is_shown = shape.row_columns.contains(root.name());
            match (root.is_primitive(), is_filtered, is_shown) {
                (_, false, false) => {}
                (false, ..) => {
                    leaves.nested.insert(leaf);
                }
                (true, true, _) => {
                    leaves.filter.insert(leaf);
                    if is_shown {
                        leaves.shared.insert(leaf);
                    }
                }
                (true, false, true) => {
                    leaves.rest.insert(leaf);
                }
            }
        }
        leaves
    }

    fn reads(
        &self,
        metadata: &ParquetMetaData,
        group_index: usize,
        selection: Option<&RowSelection>,
    ) -> GroupReads {
        let group = metadata.row_group(group_index);
        let rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
        let stepped = selection.map(|selection| in_steps(selection, rows));
        let ranges = |leaves: &BTreeSet<usize>| {
            let ranges: Vec<Range<u64>> = leaves
                .iter()
                .flat_map(|leaf| {
                    let selection = if self.shared.contains(leaf) {
                        stepped.as_ref()
                    } else {
                        selection
                    };
                    pages(metadata, group_index, *leaf, selection)
                })
                .collect();
            union(&ranges)
        };
        GroupReads {
            span: span(group),
            filter: ranges(&self.filter),
            rest: ranges(&self.rest),
            nested: ranges(&self.nested),
        }
    }
}

/// The ranges of a column chunk that hold the selected rows: its dictionary and pages, or all of it.
fn pages(
    metadata: &ParquetMetaData,
    group_index: usize,
    leaf: usize,
    selection: Option<&RowSelection>,
) -> Vec<Range<u64>> {
    let (start, length) = metadata.row_group(group_index).column(leaf).byte_range();
    let whole = start..start.saturating_add(length);
    let locations = metadata
        .offset_index()
        .and_then(|index| index.get(group_index)?.get(leaf))
        .map(|index| index.page_locations());
    match (selection, locations) {
        (Some(selection), Some(locations)) if !locations.is_empty() => {
            let mut ranges = selection.scan_ranges(locations);
            let first = locations
                .first()
                .and_then(|page| u64::try_from(page.offset).ok())
                .filter(|first| *first > start);
            ranges.extend(first.map(|first| start..first));
            ranges
        }
        _ => vec![whole],
    }
}

/// The selection, widened to whole batches.
fn in_steps(selection: &RowSelection, rows: usize) -> RowSelection {
    let mut at = 0;
    let mut steps: Vec<Range<usize>> = Vec::new();
    for selector in selection.iter() {
        let end = at + selector.row_count;
        if !selector.skip && selector.row_count > 0 {
            let start = at / BATCH_ROWS * BATCH_ROWS;
            let end = end.div_ceil(BATCH_ROWS).saturating_mul(BATCH_ROWS).min(rows);
            match steps.last_mut() {
                Some(last) if start <= last.end => last.end = end,
                _ => steps.push(start..end),
            }
        }
        at = end;
    }
    RowSelection::from_consecutive_ranges(steps.into_iter(), rows)
}

fn span(group: &RowGroupMetaData) -> Range<u64> {
    let chunks = group.columns().iter().map(|column| column.byte_range());
    let (start, end) = chunks.fold((u64::MAX, 0), |(first, last), (start, length)| {
        (first.min(start), last.max(start.saturating_add(length)))
    });
    start.min(end)..end
}
