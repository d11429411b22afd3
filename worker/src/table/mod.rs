//! Tables: Parquet files, from a catalog or opened ad hoc, as DataFusion scans them.
//!
//! Invariant: planning a table of a catalog reads its manifest and nothing else; a file is touched only when
//! its statistics cannot rule it out.
//!
//! Entry points: [`Tables`] (names to tables), [`GoldTable`] (one table's scan).

mod adhoc;
mod decoding;
mod distrust;
mod estimate;
mod file;
mod file_reads;
mod footer;
mod footers;
mod of_scan;
mod pin;
mod provider;
mod pruning;
mod read_ahead;
mod registry;
mod scan_shape;
mod share;
mod shared;
mod statistics;
mod types;

pub use adhoc::open_files;
pub(crate) use decoding::{Decoding, is_all_dictionary};
pub(crate) use estimate::estimate;
pub use file::{Source, TableFile};
pub(crate) use file_reads::{FileReads, pages};
pub use footers::Footers;
pub(crate) use footers::ReadFooter;
pub(crate) use of_scan::FileOfScan;
pub use pin::PinnedObjects;
pub use provider::GoldTable;
pub(crate) use provider::UNUSED_STORE;
pub(crate) use pruning::Pruning;
pub(crate) use read_ahead::ScanReads;
pub use registry::Tables;
pub(crate) use scan_shape::ScanShape;
pub use share::Share;
pub use shared::OpenTable;
pub use types::column_type;
