//! Widgets that show a result or take SQL: grid, chart and editor.
//!
//! Purpose: each takes signals and gives callbacks; none knows tables, queries or the page's state.
//!
//! Invariant: a widget draws what it was given last, and stays usable when its bundle cannot be loaded. Each fills
//! its container, which gives it a height.
//!
//! Entry points: [`ResultGrid`], [`Chart`], [`SqlEditor`].

mod chart;
mod dom;
mod editor;
mod grid;
mod lazy;

pub use chart::{Chart, ChartBrush, ChartKind, ChartMeasure, ChartPick, ChartSpec};
pub use editor::{EditorError, EditorSchema, SqlEditor};
pub use grid::{CellPick, GridRows, ResultGrid};
