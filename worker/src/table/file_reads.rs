//! Which ranges of a file a scan will ask for, known as soon as the footer is.
//!
//! It prunes as DataFusion's opener does (row groups by statistics, pages by the page index) and cuts the surviving pages
//! of each column. What the scan then asks for is at most this; filters may make it less.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use datafusion::common::ScalarValue;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, RowGroupAccess};
use datafusion::physical_optimizer::pruning::PruningPredicate;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::footers::ReadFooter;
use super::pruning::Pruning;
use super::scan_shape::ScanShape;
use crate::io::union;

/// What a scan reads of one file.
#[derive(Debug, Default)]
pub(crate) struct FileReads {
    /// Row groups that are not ruled out, in the file's order.
    pub(crate) groups: Vec<GroupReads>,
    /// Row groups that are ruled out.
    pub(crate) pruned: Vec<usize>,
    /// Bloom filters that may be looked at.
    pub(super) bloom_filters: Vec<Range<u64>>,
}

/// A file, as far as its reads depend on it.
pub(super) struct FileOfReads<'a> {
    pub(super) footer: &'a ReadFooter,
    /// Columns that need not be read, because every row has the same.
    pub(super) constants: &'a BTreeMap<String, ScalarValue>,
    /// Whether a row group is of the share that is read: the others are another worker's.
    pub(super) is_of_share: &'a dyn Fn(usize) -> bool,
    /// Whether a root column of a row group is kept decoded, by their indexes.
    pub(super) is_kept: &'a dyn Fn(usize, usize) -> bool,
}

/// What a scan reads of one row group.
#[derive(Debug)]
pub(crate) struct GroupReads {
    /// Its index in the file.
    pub(crate) index: usize,
    /// Rows that the page index and the limit leave; all where there is none.
    pub(crate) selection: Option<RowSelection>,
    /// Where its column chunks lie.
    pub(super) span: Range<u64>,
    /// Pages of the columns that the filter looks at: they come first.
    pub(super) filter: Vec<Range<u64>>,
    /// Pages of the other columns.
    pub(super) rest: Vec<Range<u64>>,
    /// Pages of columns that are kept decoded, and are not read.
    pub(super) kept: Vec<Range<u64>>,
}

impl GroupReads {
    /// All of it.
    pub(super) fn all(&self) -> Vec<Range<u64>> {
        union(&[self.filter.as_slice(), &self.rest].concat())
    }
}

impl FileReads {
    /// The reads of a scan that wants at most `limit` more rows.
    pub(super) fn new(shape: &ScanShape, file: &FileOfReads<'_>, limit: Option<usize>) -> Self {
        let metadata = file.footer.metadata.as_ref();
        let pruning = Pruning::new(
            shape,
            &file.footer.decoding.schema,
            file.constants,
            shape.predicate.as_ref(),
        );
        let mut share = ParquetAccessPlan::new_all(metadata.num_row_groups());
        for index in 0..metadata.num_row_groups() {
            if !(file.is_of_share)(index) {
                share.skip(index);
            }
        }
        let access = pruning.access(metadata, share, limit);
        let leaves = Leaves::of(shape, file);
        let mut pruned = Vec::new();
        // With a filter nobody knows how many row groups hold so many matching rows.
        let mut rows_left = limit.filter(|_| shape.filter_columns.is_empty());
        let mut groups = Vec::new();
        for (index, access) in access.inner().iter().enumerate() {
            let group = metadata.row_group(index);
            let group_rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
            let mut selection = match access {
                RowGroupAccess::Skip => {
                    if (file.is_of_share)(index) {
                        pruned.push(index);
                    }
                    continue;
                }
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
            groups.push(leaves.reads(file, index, selection));
        }
        Self {
            bloom_filters: bloom_filters(pruning.predicate.as_ref(), &access, metadata),
            groups,
            pruned,
        }
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
    rest: BTreeSet<usize>,
}

impl Leaves {
    fn of(shape: &ScanShape, file: &FileOfReads<'_>) -> Self {
        let schema = file.footer.metadata.file_metadata().schema_descr();
        let roots = schema.root_schema().get_fields();
        let mut leaves = Self {
            filter: BTreeSet::new(),
            rest: BTreeSet::new(),
        };
        for leaf in 0..schema.num_columns() {
            let Some(root) = roots.get(schema.get_column_root_idx(leaf)) else {
                continue;
            };
            let is_filtered = shape.filter_columns.contains(root.name());
            let is_shown = shape.row_columns.contains(root.name());
            if file.constants.contains_key(root.name()) || !(is_filtered || is_shown) {
                continue;
            }
            let place = if is_filtered {
                &mut leaves.filter
            } else {
                &mut leaves.rest
            };
            place.insert(leaf);
        }
        leaves
    }

    fn reads(&self, file: &FileOfReads<'_>, index: usize, selection: Option<RowSelection>) -> GroupReads {
        let metadata = file.footer.metadata.as_ref();
        let schema = metadata.file_metadata().schema_descr();
        let is_kept = |leaf: usize| (file.is_kept)(index, schema.get_column_root_idx(leaf));
        let ranges = |leaves: &mut dyn Iterator<Item = &usize>| {
            let ranges: Vec<Range<u64>> = leaves
                .flat_map(|leaf| pages(metadata, index, *leaf, selection.as_ref()))
                .collect();
            union(&ranges)
        };
        let not_kept = |leaves: &BTreeSet<usize>| ranges(&mut leaves.iter().filter(|leaf| !is_kept(**leaf)));
        let all = self.filter.iter().chain(&self.rest);
        GroupReads {
            index,
            span: span(metadata.row_group(index)),
            filter: not_kept(&self.filter),
            rest: not_kept(&self.rest),
            kept: ranges(&mut all.filter(|leaf| is_kept(**leaf))),
            selection,
        }
    }
}

/// The ranges of a column chunk that hold the selected rows: its dictionary and pages, or all of it.
pub(crate) fn pages(
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

/// Bytes of ranges.
pub(super) fn size(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

fn span(group: &RowGroupMetaData) -> Range<u64> {
    let chunks = group.columns().iter().map(|column| column.byte_range());
    let (start, end) = chunks.fold((u64::MAX, 0), |(first, last), (start, length)| {
        (first.min(start), last.max(start.saturating_add(length)))
    });
    start.min(end)..end
}
