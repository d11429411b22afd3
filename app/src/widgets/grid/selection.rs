//! The focused cell, the selected range, and how keys move them.

use std::ops::Range;

/// A cell of the grid. Row 0 is the header, row 1 the first of the result: as ARIA counts, but from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The row; 0 is the header.
    pub row: usize,
    /// The column.
    pub column: usize,
}

/// A rectangle between two corners, of which one has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// Where the range began.
    pub anchor: Position,
    /// The focused cell.
    pub focus: Position,
}

impl Default for Selection {
    /// The first cell of the first row.
    fn default() -> Self {
        Self::at(Position { row: 1, column: 0 })
    }
}

/// How far keys can move.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Rows of the result.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Rows of a page.
    pub page: usize,
}

impl Selection {
    /// One cell.
    pub fn at(position: Position) -> Self {
        Self {
            anchor: position,
            focus: position,
        }
    }

    /// The range from the same anchor to another cell. The header is in no range.
    pub fn extended_to(self, focus: Position) -> Self {
        let into_rows = |position: Position| Position {
            row: position.row.max(1),
            ..position
        };
        Self {
            anchor: into_rows(self.anchor),
            focus: into_rows(focus),
        }
    }

    /// Selected rows of the result, from 0; none while the header has the focus.
    pub fn rows(&self) -> Range<usize> {
        let (a, b) = (self.anchor.row, self.focus.row);
        if a.min(b) == 0 {
            0..0
        } else {
            a.min(b) - 1..a.max(b)
        }
    }

    /// Selected columns.
    pub fn columns(&self) -> Range<usize> {
        let (a, b) = (self.anchor.column, self.focus.column);
        a.min(b)..a.max(b) + 1
    }

    /// Whether a cell (result row, column) is selected.
    pub fn contains(&self, row: usize, column: usize) -> bool {
        self.rows().contains(&row) && self.columns().contains(&column)
    }

    /// What a key makes of the selection; none for keys that do not move.
    pub fn moved(self, key: &str, control: bool, shift: bool, extent: Extent) -> Option<Self> {
        let (last_row, last_column) = (extent.rows, extent.columns.checked_sub(1)?);
        let first_row = usize::from(shift);
        let Position { row, column } = self.focus;
        let at = |row: usize, column: usize| Position {
            row: row.clamp(first_row.min(last_row), last_row),
            column: column.min(last_column),
        };
        let focus = match (key, control) {
            ("a" | "A", true) if extent.rows > 0 => {
                return Some(Self {
                    anchor: Position { row: 1, column: 0 },
                    focus: at(last_row, last_column),
                });
            }
            (" ", true) if extent.rows > 0 => {
                return Some(Self {
                    anchor: Position { row: 1, column },
                    focus: at(last_row, column),
                });
            }
            (" ", false) if shift && row > 0 => {
                return Some(Self {
                    anchor: at(row, 0),
                    focus: at(row, last_column),
                });
            }
            ("ArrowUp", false) => at(row.saturating_sub(1), column),
            ("ArrowUp", true) => at(usize::from(row > 1), column),
            ("ArrowDown", false) => at(row + 1, column),
            ("ArrowDown", true) => at(last_row, column),
            ("ArrowLeft", false) => at(row, column.saturating_sub(1)),
            ("ArrowLeft", true) | ("Home", false) => at(row, 0),
            ("ArrowRight", false) => at(row, column + 1),
            ("ArrowRight", true) | ("End", false) => at(row, last_column),
            ("Home", true) => at(1, 0),
            ("End", true) => at(last_row, last_column),
            ("PageUp", false) => at(row.saturating_sub(extent.page).max(1), column),
            ("PageDown", false) => at(row + extent.page, column),
            _ => return None,
        };
        Some(if shift {
            self.extended_to(focus)
        } else {
            Self::at(focus)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent {
        rows: 100,
        columns: 4,
        page: 10,
    };

    fn focus_after(keys: &[(&str, bool)]) -> (usize, usize) {
        let mut selection = Selection::default();
        for (key, control) in keys {
            selection = selection
                .moved(key, *control, false, EXTENT)
                .expect("a key that moves");
        }
        (selection.focus.row, selection.focus.column)
    }

    #[test]
    fn arrows_stop_at_the_edges() {
        assert_eq!(focus_after(&[("ArrowLeft", false)]), (1, 0));
        assert_eq!(
            focus_after(&[("ArrowUp", false), ("ArrowUp", false)]),
            (0, 0),
            "the header is above the first row"
        );
        assert_eq!(focus_after(&[("End", true), ("ArrowDown", false)]), (100, 3));
        assert_eq!(
            focus_after(&[("ArrowRight", true), ("ArrowRight", false)]),
            (1, 3)
        );
    }

    #[test]
    fn control_and_pages_jump() {
        assert_eq!(focus_after(&[("PageDown", false)]), (11, 0));
        assert_eq!(focus_after(&[("ArrowDown", true), ("PageUp", false)]), (90, 0));
        assert_eq!(
            focus_after(&[("PageUp", false)]),
            (1, 0),
            "pages do not reach the header"
        );
        assert_eq!(
            focus_after(&[("ArrowDown", true), ("ArrowUp", true)]),
            (1, 0),
            "first to the first row"
        );
        assert_eq!(focus_after(&[("ArrowUp", true)]), (0, 0), "then to the header");
    }

    #[test]
    fn shift_extends_from_the_anchor_and_never_into_the_header() {
        let selection = Selection::at(Position { row: 2, column: 1 });
        let extended = selection
            .moved("ArrowUp", true, true, EXTENT)
            .and_then(|selection| selection.moved("ArrowUp", false, true, EXTENT))
            .and_then(|selection| selection.moved("ArrowRight", false, true, EXTENT))
            .expect("moves");
        assert_eq!((extended.rows(), extended.columns()), (0..2, 1..3));
        assert!(extended.contains(1, 2) && !extended.contains(2, 2));
    }

    #[test]
    fn everything_a_row_and_a_column_can_be_selected() {
        let selection = Selection::at(Position { row: 5, column: 2 });
        let all = selection.moved("a", true, false, EXTENT).expect("selects");
        assert_eq!((all.rows(), all.columns()), (0..100, 0..4));
        let row = selection.moved(" ", false, true, EXTENT).expect("selects");
        assert_eq!((row.rows(), row.columns()), (4..5, 0..4));
        let column = selection.moved(" ", true, false, EXTENT).expect("selects");
        assert_eq!((column.rows(), column.columns()), (0..100, 2..3));
    }

    #[test]
    fn nothing_moves_in_an_empty_grid() {
        let empty = Extent {
            rows: 0,
            columns: 0,
            page: 1,
        };
        assert_eq!(Selection::default().moved("ArrowDown", false, false, empty), None);
        let only_header = Extent {
            rows: 0,
            columns: 2,
            page: 1,
        };
        let selection = Selection::default()
            .moved("ArrowDown", false, true, only_header)
            .expect("moves");
        assert!(
            selection.focus.row <= 1 && selection.rows().len() <= 1,
            "{selection:?}"
        );
    }
}
