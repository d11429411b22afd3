//! The result of a query, and its values in the forms that the page needs.
//!
//! Purpose: one place reads Arrow; the grid, the charts, the filters, the exports and the console API all take
//! their values from [`Cell`].
//!
//! Invariant: no form loses what the value is: what is rounded for the eye is exact in filters, copies and exports.
//! Free of web APIs but for [`js`].
//!
//! Entry points: [`ResultTableBuilder`], [`ResultTable`].

mod arrow_type;
mod cell;
mod display;
mod export;
pub mod js;
mod reader;
mod shown;
mod table;

pub use arrow_type::ColumnKind;
pub use cell::Cell;
pub use display::{group_digits, number_text};
pub use shown::ColumnStyle;
pub use table::{ResultTable, ResultTableBuilder};

/// A result of an integer and a text column, for tests of what shows results.
#[cfg(test)]
pub fn sample(rows: &[(Option<i64>, &str)]) -> ResultTable {
    table::tests::result(&[rows])
}
