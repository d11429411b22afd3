//! What statistics, bloom filters and the page index rule out, and where the pages lie that they leave.

use std::ops::Range;

use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::bloom_filter::Sbbf;
use parquet::file::page_index::offset_index::PageLocation;

use super::{Kind, Reader, ReaderError, Term, bloom};

impl Reader {
    /// Whether the smallest and largest values of the whole file, which a manifest tells before the footer is fetched, let
    /// it hold rows that fulfil the terms.
    pub fn may_hold(&self, terms: &[Term]) -> Result<bool, ReaderError> {
        let groups = self.parquet().row_groups();
        for term in terms {
            let Some(converter) = self.statistics(&term.column) else {
                continue;
            };
            let least = converter.row_group_mins(groups)?;
            let most = converter.row_group_maxes(groups)?;
            if !term.may_hold_between(&least, &most)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Row groups that may hold rows which fulfil the terms. The bloom filters that are read for it are added to the
    /// ranges.
    pub(super) fn surviving(
        &self,
        terms: &[Term],
        ranges: &mut Vec<Range<u64>>,
    ) -> Result<Vec<usize>, ReaderError> {
        let groups = self.parquet().row_groups();
        let mut survives = vec![true; groups.len()];
        for term in terms {
            let Some(converter) = self.statistics(&term.column) else {
                continue;
            };
            let least = converter.row_group_mins(groups)?;
            let most = converter.row_group_maxes(groups)?;
            let nulls = converter.row_group_null_counts(groups)?;
            let may_hold = term.may_hold(&least, &most)?;
            for (index, survives) in survives.iter_mut().enumerate() {
                let is_null = nulls
                    .iter()
                    .nth(index)
                    .flatten()
                    .is_some_and(|nulls| i64::try_from(nulls) == Ok(groups[index].num_rows()));
                *survives &= may_hold[index] && !is_null;
            }
        }
        let mut left = Vec::new();
        for (group, _) in survives.iter().enumerate().filter(|(_, survives)| **survives) {
            if !self.is_ruled_out_by_bloom_filter(group, terms, ranges) {
                left.push(group);
            }
        }
        Ok(left)
    }

    fn is_ruled_out_by_bloom_filter(
        &self,
        group: usize,
        terms: &[Term],
        ranges: &mut Vec<Range<u64>>,
    ) -> bool {
        let mut is_ruled_out = false;
        for term in terms {
            let Kind::Among(values) = &term.kind else { continue };
            if let Some((range, filter)) = self.bloom_filter(group, &term.column) {
                ranges.push(range);
                is_ruled_out |= bloom::rules_out(&filter, values);
            }
        }
        is_ruled_out
    }

    fn bloom_filter(&self, group: usize, column: &str) -> Option<(Range<u64>, Sbbf)> {
        let [leaf] = self.leaves(&|name| name == column)[..] else {
            return None;
        };
        let chunk = self.parquet().row_group(group).column(leaf);
        let start = u64::try_from(chunk.bloom_filter_offset()?).ok()?;
        let end = start + u64::try_from(chunk.bloom_filter_length()?).ok()?;
        let within = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        let filter = Sbbf::from_bytes(self.content.get(within)?).ok()?;
        Some((start..end, filter))
    }

    /// Rows of a row group whose pages may hold what fulfils the terms.
    pub(super) fn selection(&self, group: usize, terms: &[Term]) -> Result<RowSelection, ReaderError> {
        let rows = usize::try_from(self.parquet().row_group(group).num_rows()).unwrap_or(0);
        let mut selection = RowSelection::from(vec![RowSelector::select(rows)]);
        let (Some(columns), Some(offsets)) = (self.parquet().column_index(), self.parquet().offset_index())
        else {
            return Ok(selection);
        };
        for term in terms {
            let Some(converter) = self.statistics(&term.column) else {
                continue;
            };
            let Some(leaf) = converter.parquet_column_index() else {
                continue;
            };
            let least = converter.data_page_mins(columns, offsets, [&group])?;
            let most = converter.data_page_maxes(columns, offsets, [&group])?;
            let nulls = converter.data_page_null_counts(columns, offsets, [&group])?;
            let pages = page_rows(self.pages(group, leaf), rows);
            if pages.len() != least.len() {
                continue;
            }
            let may_hold = term.may_hold(&least, &most)?;
            let selectors = pages.iter().zip(may_hold).zip(&nulls);
            let selectors = selectors.map(|((rows, may_hold), nulls)| {
                let is_null = nulls.is_some_and(|nulls| nulls == *rows as u64);
                if may_hold && !is_null {
                    RowSelector::select(*rows)
                } else {
                    RowSelector::skip(*rows)
                }
            });
            selection = selection.intersection(&selectors.collect::<Vec<_>>().into());
        }
        Ok(selection)
    }

    /// Adds the dictionaries and the pages that hold selected rows.
    pub(super) fn add_pages(
        &self,
        group: usize,
        leaves: &[usize],
        selection: &RowSelection,
        ranges: &mut Vec<Range<u64>>,
    ) {
        for &leaf in leaves {
            let pages = self.pages(group, leaf);
            let wanted = selection.scan_ranges(pages);
            let (begin, _) = self.parquet().row_group(group).column(leaf).byte_range();
            let first = pages.first().and_then(|page| u64::try_from(page.offset).ok());
            if let Some(first) = first.filter(|first| begin < *first && !wanted.is_empty()) {
                ranges.push(begin..first);
            }
            ranges.extend(wanted);
        }
    }

    fn pages(&self, group: usize, leaf: usize) -> &[PageLocation] {
        let index = self.parquet().offset_index();
        index.map_or(&[], |index| index[group][leaf].page_locations().as_slice())
    }

    /// Statistics of a column; none of one that is not there, or nested.
    fn statistics(&self, column: &str) -> Option<StatisticsConverter<'_>> {
        let schema = self.parquet().file_metadata().schema_descr();
        StatisticsConverter::try_new(column, self.metadata.schema(), schema)
            .ok()
            .filter(|converter| converter.parquet_column_index().is_some())
    }
}

/// How many rows each page has.
fn page_rows(pages: &[PageLocation], rows: usize) -> Vec<usize> {
    let start = |page: &PageLocation| usize::try_from(page.first_row_index).unwrap_or(0);
    let ends = pages.iter().skip(1).map(start).chain([rows]);
    pages
        .iter()
        .map(start)
        .zip(ends)
        .map(|(start, end)| end.saturating_sub(start))
        .collect()
}
