//! Which rows of a window are wanted still.

use std::ops::Range;

use datafusion::arrow::array::{BooleanArray, BooleanBufferBuilder};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::SlicesIterator;
use parquet::arrow::arrow_reader::RowSelection;

use crate::column::CHUNK_ROWS;

/// Rows of a chunk.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rows {
    All,
    None,
    /// Some, and how many; neither none nor all.
    Some(BooleanArray, usize),
}

/// The rows of a window, chunk by chunk.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selected {
    rows: usize,
    chunks: Vec<Rows>,
}

impl Selected {
    /// All of so many rows.
    pub(super) fn all(rows: usize) -> Self {
        Self {
            rows,
            chunks: vec![Rows::All; rows.div_ceil(CHUNK_ROWS)],
        }
    }

    /// The part of a row group's selection that lies in a window.
    pub(super) fn within(selection: &RowSelection, window: &Range<usize>) -> Self {
        let mut mask = BooleanBufferBuilder::new(window.len());
        let mut at = 0_usize;
        for selector in selection.iter() {
            let end = at.saturating_add(selector.row_count);
            let (from, to) = (at.max(window.start), end.min(window.end));
            mask.append_n(to.saturating_sub(from), !selector.skip);
            at = end;
        }
        // What a selection does not name is not selected.
        mask.append_n(window.len().saturating_sub(mask.len()), false);
        let mask = mask.finish();
        let mut selected = Self::all(window.len());
        for chunk in 0..selected.chunks.len() {
            let rows = selected.chunk_range(chunk);
            selected.chunks[chunk] = rows_of(mask.slice(rows.start, rows.len()));
        }
        selected
    }

    /// Rows of the window.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// Rows of a chunk, wanted or not.
    pub(super) fn chunk_rows(&self, chunk: usize) -> usize {
        self.chunk_range(chunk).len()
    }

    pub(super) fn chunk(&self, chunk: usize) -> &Rows {
        &self.chunks[chunk]
    }

    /// Rows of a chunk that are wanted.
    pub(super) fn count_in(&self, chunk: usize) -> usize {
        match &self.chunks[chunk] {
            Rows::All => self.chunk_rows(chunk),
            Rows::None => 0,
            Rows::Some(_, count) => *count,
        }
    }

    /// Rows that are wanted.
    pub(super) fn count(&self) -> usize {
        (0..self.chunks.len()).map(|chunk| self.count_in(chunk)).sum()
    }

    pub(super) fn is_all(&self) -> bool {
        self.chunks.iter().all(|rows| *rows == Rows::All)
    }

    /// Keeps the rows of a chunk that a mask over all its rows names.
    pub(super) fn keep(&mut self, chunk: usize, mask: &BooleanArray) {
        let rows = match &self.chunks[chunk] {
            Rows::All => rows_of(mask.values().clone()),
            Rows::None => Rows::None,
            Rows::Some(before, _) => rows_of(before.values() & mask.values()),
        };
        self.chunks[chunk] = rows;
    }

    /// Keeps the rows of a chunk that a mask over its wanted rows names.
    pub(super) fn keep_of_wanted(&mut self, chunk: usize, mask: &BooleanArray) {
        let Rows::Some(before, _) = &self.chunks[chunk] else {
            return self.keep(chunk, mask);
        };
        let mut kept = BooleanBufferBuilder::new(before.len());
        let mut at = 0;
        for (start, end) in SlicesIterator::new(before) {
            kept.append_n(start - kept.len(), false);
            kept.append_buffer(&mask.values().slice(at, end - start));
            at += end - start;
        }
        kept.append_n(before.len() - kept.len(), false);
        self.chunks[chunk] = rows_of(kept.finish());
    }

    /// Keeps the first rows only.
    pub(super) fn keep_first(&mut self, rows: usize) {
        let mut left = rows;
        for chunk in 0..self.chunks.len() {
            let count = self.count_in(chunk);
            if count > left {
                let first = match &self.chunks[chunk] {
                    Rows::Some(mask, _) => nth_set(mask, left),
                    _ => left,
                };
                let rows = self.chunk_rows(chunk);
                let mask = BooleanBuffer::collect_bool(rows, |row| row < first);
                self.keep(chunk, &BooleanArray::new(mask, None));
            }
            left = left.saturating_sub(count);
        }
    }

    /// As a selection of a row group's rows, of which the window begins at `start`.
    pub(super) fn as_selection(&self, start: usize, rows_of_group: usize) -> RowSelection {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut push = |range: Range<usize>| match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        };
        for (chunk, rows) in self.chunks.iter().enumerate() {
            let range = self.chunk_range(chunk);
            let first = start + range.start;
            match rows {
                Rows::All => push(first..start + range.end),
                Rows::None => {}
                Rows::Some(mask, _) => {
                    SlicesIterator::new(mask).for_each(|(from, to)| push(first + from..first + to));
                }
            }
        }
        RowSelection::from_consecutive_ranges(ranges.into_iter(), rows_of_group)
    }

    /// Where each chunk's wanted rows begin among all wanted rows.
    pub(super) fn starts(&self) -> Vec<usize> {
        let mut at = 0;
        let mut starts = Vec::with_capacity(self.chunks.len());
        for chunk in 0..self.chunks.len() {
            starts.push(at);
            at += self.count_in(chunk);
        }
        starts
    }

    fn chunk_range(&self, chunk: usize) -> Range<usize> {
        let start = chunk * CHUNK_ROWS;
        start..(start + CHUNK_ROWS).min(self.rows)
    }
}

fn rows_of(mask: BooleanBuffer) -> Rows {
    match mask.count_set_bits() {
        0 => Rows::None,
        count if count == mask.len() => Rows::All,
        count => Rows::Some(BooleanArray::new(mask, None), count),
    }
}

/// The index of the `n`th row, counted from 0, that a mask names; its length where there are fewer.
fn nth_set(mask: &BooleanArray, n: usize) -> usize {
    mask.values().set_indices().nth(n).unwrap_or(mask.len())
}

#[cfg(test)]
mod tests {
    use parquet::arrow::arrow_reader::RowSelector;

    use super::*;

    fn selection() -> RowSelection {
        RowSelection::from(vec![
            RowSelector::skip(10),
            RowSelector::select(20_000),
            RowSelector::skip(5_000),
            RowSelector::select(7),
        ])
    }

    #[test]
    fn a_selection_survives_the_way_to_chunks_and_back() {
        let rows = selection().row_count() + selection().skipped_row_count();
        let selected = Selected::within(&selection(), &(0..rows));
        assert_eq!(selected.count(), 20_007);
        assert_eq!(selected.as_selection(0, rows), selection());
    }

    #[test]
    fn a_window_sees_its_part_of_a_selection() {
        let window = Selected::within(&selection(), &(CHUNK_ROWS..3 * CHUNK_ROWS));
        assert_eq!(window.count(), 20_010 - CHUNK_ROWS);
        assert_eq!(*window.chunk(0), Rows::All);
        let back = window.as_selection(CHUNK_ROWS, 25_017);
        assert_eq!(back.row_count(), 20_010 - CHUNK_ROWS);
    }

    #[test]
    fn the_first_rows_are_those_that_come_first() {
        let rows = selection().row_count() + selection().skipped_row_count();
        let mut selected = Selected::within(&selection(), &(0..rows));
        selected.keep_first(9_000);
        assert_eq!(selected.count(), 9_000);
        let first = selected.as_selection(0, rows);
        assert_eq!(first.iter().nth(1), Some(&RowSelector::select(9_000)));
    }

    #[test]
    fn a_mask_over_wanted_rows_falls_on_those() {
        let mut selected = Selected::within(&selection(), &(0..100));
        assert_eq!(selected.count(), 90);
        let every_third = BooleanArray::from_iter((0..90).map(|row| Some(row % 3 == 0)));
        selected.keep_of_wanted(0, &every_third);
        let Rows::Some(mask, 30) = selected.chunk(0) else {
            panic!("thirty of ninety");
        };
        assert!(mask.value(10) && !mask.value(11) && mask.value(13));
    }
}
