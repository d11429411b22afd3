//! What is open and what is being looked at.
//!
//! Purpose: the page's state and every change of it, apart from how it is drawn.
//!
//! Invariant: the view lives in the page's address, so that Back is undo and a pasted link restores it. Addresses
//! hold table names, filters and SQL, never the URL of an object.
//!
//! Entry points: [`Session`] (everything that components share), [`View`] (what an address says).

mod bins;
mod bounds;
mod budget;
mod counts;
pub mod edit;
mod follow;
mod forecast;
pub mod free_sql;
mod keeping;
mod latest;
pub mod names;
mod network;
pub mod pick;
mod pool;
mod run;
mod session;
mod suggest;
mod view;
mod workbench;

pub use bins::{bin_at, bins_of_range, range_of_bins};
pub use bounds::{bound_of_text, input_kind, text_of_bound};
pub use budget::Budget;
pub use counts::{DEFAULT_VALUES, facet_values, histogram_counts, matching_rows};
pub use follow::Counts;
pub use keeping::{Download, Keeping, Wanted};
pub use latest::Latest;
pub use network::{Network, is_offline};
pub use pool::{MAX_WORKERS, Pool};
pub use run::{OnScreen, Run, RunState};
pub use session::{Lake, Load, Opened, Session};
pub use suggest::{default_expanded, grain_for_span, overview_column};
pub use view::{FreeSql, Location, Picture, View};
pub use workbench::Workbench;
