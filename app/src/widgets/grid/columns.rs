//! Widths of the columns, from what they show.

use std::ops::Range;

use crate::result::{ColumnStyle, ResultTable};

const MIN_PX: f64 = 48.0;
const MAX_INITIAL_PX: f64 = 360.0;
const MAX_PX: f64 = 2_000.0;
/// A step of resizing by key.
pub const STEP_PX: f64 = 16.0;
/// Mean advance of the interface's font at its size in the grid; digits are as wide.
const CHARACTER_PX: f64 = 7.2;
const PADDING_PX: f64 = 22.0;
const SAMPLED_ROWS: usize = 60;
/// Fewer columns are rendered whole: then scrolling sideways renders nothing anew.
const WINDOWED_FROM: usize = 24;
/// The window moves in steps of so many columns, and is wider by as many on both sides.
const WINDOW_STEP: usize = 8;

/// Initial widths of all columns: by the header and the first rows.
pub fn fitted(table: &ResultTable) -> Vec<f64> {
    (0..table.columns().len())
        .map(|column| fitted_column(table, column, 0..SAMPLED_ROWS))
        .collect()
}

/// The width that these rows and the header need in a column.
pub fn fitted_column(table: &ResultTable, column: usize, rows: Range<usize>) -> f64 {
    let name = table
        .columns()
        .get(column)
        .map_or("", |column| column.name.as_str());
    // The header also holds the sort mark.
    let mut characters = name.chars().count() + 2;
    let style = ColumnStyle::of(table, column);
    table.for_each_row(rows, column..column + 1, |_, cells| {
        let text = cells.first().and_then(|cell| style.text(cell));
        characters = characters.max(text.map_or(4, |text| text.chars().count()));
    });
    #[expect(clippy::cast_precision_loss, reason = "clipped just below")]
    let width = characters as f64 * CHARACTER_PX + PADDING_PX;
    width.clamp(MIN_PX, MAX_INITIAL_PX)
}

/// A width that a person asked for, within reason.
pub fn clamped(width: f64) -> f64 {
    width.clamp(MIN_PX, MAX_PX)
}

/// Where a column begins and ends.
pub fn span(widths: &[f64], column: usize) -> (f64, f64) {
    let start: f64 = widths.iter().take(column).sum();
    (start, start + widths.get(column).copied().unwrap_or(0.0))
}

/// The columns to render of those between two horizontal positions.
pub fn window(widths: &[f64], left: f64, right: f64) -> Range<usize> {
    if widths.len() < WINDOWED_FROM {
        return 0..widths.len();
    }
    let mut end = 0.0;
    let ends = widths.iter().map(|width| {
        end += width;
        end
    });
    let ends: Vec<f64> = ends.collect();
    let first = ends.partition_point(|end| *end < left);
    let last = ends.partition_point(|end| *end < right) + 1;
    let start = (first / WINDOW_STEP * WINDOW_STEP).saturating_sub(WINDOW_STEP);
    start..(last.next_multiple_of(WINDOW_STEP) + WINDOW_STEP).min(widths.len())
}

/// The value of CSS's `grid-template-columns`.
pub fn template(widths: &[f64]) -> String {
    widths
        .iter()
        .map(|width| format!("{width}px"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::sample;

    #[test]
    fn a_column_is_as_wide_as_its_widest_sampled_text() {
        let table = sample(&[(Some(1), "a"), (Some(123_456), "a much longer text")]);
        let widths = fitted(&table);
        assert!(widths[0] < widths[1], "{widths:?}");
        let long = "x".repeat(500);
        let widths = fitted(&sample(&[(Some(1), long.as_str())]));
        assert_eq!(
            widths[1], MAX_INITIAL_PX,
            "one long text does not push all others out"
        );
    }

    #[test]
    fn of_many_columns_only_a_window_is_rendered() {
        assert_eq!(
            window(&[100.0; 10], 500.0, 600.0),
            0..10,
            "few are rendered whole"
        );
        let widths = [100.0; 200];
        assert_eq!(window(&widths, 0.0, 1_000.0), 0..24);
        let window_in_the_middle = window(&widths, 10_000.0, 11_000.0);
        assert!(window_in_the_middle.contains(&99) && window_in_the_middle.contains(&110));
        assert!(window_in_the_middle.len() <= 40, "{window_in_the_middle:?}");
        assert_eq!(window(&widths, 19_000.0, 20_000.0).end, 200);
    }

    #[test]
    fn spans_follow_each_other() {
        assert_eq!(span(&[50.0, 70.0], 1), (50.0, 120.0));
        assert_eq!(template(&[50.0, 70.5]), "50px 70.5px");
    }
}
