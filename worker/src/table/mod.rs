//! Tables: Parquet files, from a catalog or opened ad hoc, as DataFusion scans them.
//!
//! Invariant: planning a table of a catalog reads its manifest and nothing else; a file is touched only when
//! its statistics cannot rule it out.
//!
//! Entry points: [`Tables`] (names to tables), [`GoldTable`] (one table's scan).

mod adhoc;
mod distrust;
mod estimate;
mod file;
mod file_reads;
mod footer;
mod footers;
mod pin;
mod provider;
mod read_ahead;
mod reader;
mod registry;
mod scan_shape;
mod scans;
mod shared;
mod statistics;
mod types;

pub use adhoc::open_files;
pub use estimate::estimate;
pub use file::{Source, TableFile};
pub use footers::Footers;
pub use pin::PinnedObjects;
pub use provider::GoldTable;
pub(crate) use provider::UNUSED_STORE;
pub use read_ahead::ScanReads;
pub use registry::Tables;
pub use scans::{ReadAhead, begin, finish};
pub use shared::OpenTable;
pub use types::column_type;
