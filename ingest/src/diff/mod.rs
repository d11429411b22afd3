//! What differs between two snapshots.
//!
//! Entry point: [`schema()`], the structure alone.

pub mod schema;

pub use schema::{SchemaChange, schema};
