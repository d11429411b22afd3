//! Which rows are seen at which scroll position.
//!
//! Invariant: every row can be reached. Browsers limit an element's height (Firefox to about 17.8 million pixels), so
//! a canvas taller than [`MAX_CANVAS_PX`] is squeezed: one pixel of scrolling then moves more than one of content.

use std::ops::Range;

/// The height of a row, as the token `--row-height` states it.
pub const ROW_PX: f64 = 26.0;
/// Tallest canvas that every browser lays out exactly.
const MAX_CANVAS_PX: f64 = 12_000_000.0;
/// Rows rendered above and below the visible ones, so that a short scroll shows no gap.
const OVERSCAN_ROWS: usize = 6;

/// The scroller's state.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Viewport {
    /// Rows of the result.
    pub row_count: usize,
    /// Height of the part that shows rows, in pixels.
    pub height_px: f64,
    /// The scroller's `scrollTop`.
    pub scroll_px: f64,
}

impl Viewport {
    /// The height of all rows.
    fn content_px(&self) -> f64 {
        pixels(self.row_count)
    }

    /// The height of the element that is scrolled.
    pub fn canvas_px(&self) -> f64 {
        self.content_px().min(MAX_CANVAS_PX)
    }

    /// Pixels of content for each pixel scrolled.
    pub fn scale(&self) -> f64 {
        let (content, canvas) = (self.content_px(), self.canvas_px());
        if content > canvas {
            (content - self.height_px) / (canvas - self.height_px)
        } else {
            1.0
        }
    }

    /// The first visible pixel of the content.
    fn content_top_px(&self) -> f64 {
        self.scroll_px * self.scale()
    }

    /// The rows to render.
    pub fn rendered(&self) -> Range<usize> {
        let first = row_at(self.content_top_px());
        let last = row_at(self.content_top_px() + self.height_px) + 1;
        first.saturating_sub(OVERSCAN_ROWS)..(last + OVERSCAN_ROWS).min(self.row_count)
    }

    /// Where a rendered row lies on the canvas.
    pub fn place_px(&self, row: usize) -> f64 {
        self.scroll_px + pixels(row) - self.content_top_px()
    }

    /// How many rows fit.
    pub fn page(&self) -> usize {
        row_at(self.height_px).max(1)
    }

    /// The scroll position that shows a row whole, if the present one does not.
    pub fn scroll_to(&self, row: usize) -> Option<f64> {
        let (top, bottom) = (pixels(row), pixels(row + 1));
        let seen_top = self.content_top_px();
        let wanted = if top < seen_top {
            top
        } else if bottom > seen_top + self.height_px {
            bottom - self.height_px
        } else {
            return None;
        };
        Some((wanted / self.scale()).max(0.0))
    }
}

#[expect(clippy::cast_precision_loss, reason = "no result has 2^53 rows")]
fn pixels(rows: usize) -> f64 {
    rows as f64 * ROW_PX
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clipped at 0, and far below 2^32"
)]
fn row_at(pixels: f64) -> usize {
    (pixels / ROW_PX).floor().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewport(row_count: usize, scroll_px: f64) -> Viewport {
        Viewport {
            row_count,
            height_px: 260.0,
            scroll_px,
        }
    }

    #[test]
    fn a_short_result_is_rendered_whole_and_in_place() {
        let viewport = viewport(3, 0.0);
        assert_eq!(viewport.rendered(), 0..3);
        assert_eq!(viewport.place_px(2), 52.0);
        assert_eq!(viewport.scroll_to(2), None);
    }

    #[test]
    fn only_rows_near_the_visible_ones_are_rendered() {
        let viewport = viewport(100_000, 26_000.0);
        assert_eq!(viewport.rendered(), 994..1_017);
        assert_eq!(
            viewport.place_px(1_000),
            26_000.0,
            "the first visible row is at the top"
        );
    }

    #[test]
    fn a_million_rows_and_more_can_all_be_reached() {
        for row_count in [1_000_000, 50_000_000] {
            let top = viewport(row_count, 0.0);
            assert_eq!(top.rendered().start, 0);
            assert!(top.canvas_px() <= MAX_CANVAS_PX);
            let bottom = viewport(row_count, top.canvas_px() - 260.0);
            assert_eq!(bottom.rendered().end, row_count);
            let foot_px = bottom.place_px(row_count - 1) + ROW_PX;
            assert!(
                (foot_px - bottom.canvas_px()).abs() < 1e-3,
                "the last row ends where the canvas ends: {foot_px}"
            );
        }
    }

    #[test]
    fn scrolling_to_a_row_shows_it_whole() {
        for row in [0, 1, 499_999, 999_990, 999_999] {
            let mut viewport = viewport(1_000_000, 6_000_000.0);
            if let Some(scroll_px) = viewport.scroll_to(row) {
                viewport.scroll_px = scroll_px;
            }
            let top = viewport.place_px(row) - viewport.scroll_px;
            assert!(
                (-1e-3..=260.0 - ROW_PX + 1e-3).contains(&top),
                "row {row} is {top} px below the top"
            );
        }
    }
}
