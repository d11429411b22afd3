//! The scan of a table: row groups to batches.
//!
//! Purpose: pruning, the choice of pages, late materialisation, the cache of decoded columns, progress, shares and portions in
//! one place. DataFusion plans with its Parquet source; the last rule of the optimizer puts [`GoldScan`] in its place.
//!
//! Invariant: rows come row group by row group; a batch of [`GoldScan::execute_in_order`] is of one row group. No step
//! between two returns to the runtime is longer than some thousand rows of a few columns.
//!
//! Entry points: [`UseGoldScan`] (the rule), [`GoldScan`] (the operator), [`Share`] and [`Portion`] (what it reads of its
//! table, and for how long at a time).

mod coalesced;
mod codes;
mod decode;
mod exec;
mod expressions;
mod file_columns;
mod left;
mod loaded;
pub(crate) mod metrics;
mod open_file;
mod order;
mod pace;
mod portion;
mod row_group;
mod rule;
mod run;
mod selected;
mod window;

pub use crate::table::Share;
pub use codes::Codes;
pub use exec::GoldScan;
pub use portion::Portion;
pub use rule::UseGoldScan;
pub(crate) use rule::{begin, estimate, finish};

use datafusion::common::DataFusionError;
use protocol::Failure;

fn external(failure: Failure) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}
