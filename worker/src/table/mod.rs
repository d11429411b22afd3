//! Tables: Parquet files, from a catalog or opened ad hoc, as DataFusion scans them.
//!
//! Invariant: planning a table of a catalog reads its manifest and nothing else; a file is touched only when
//! its statistics cannot rule it out.
//!
//! Entry points: [`Tables`] (names to tables), [`GoldTable`] (one table's scan).

mod adhoc;
mod file;
mod footer;
mod provider;
mod reader;
mod registry;
mod statistics;
mod types;

pub use adhoc::open_files;
pub use file::TableFile;
pub use provider::GoldTable;
pub(crate) use provider::UNUSED_STORE;
pub use registry::Tables;
pub use types::column_type;
