//! Builds gold Parquet from raw sources, publishes it, signs and serves it.
//!
//! Purpose: the native half of Goldpan. DuckDB executes the SQL models of a [`project`], parquet-rs writes
//! the gold files, `object_store` carries them to a [`target`].
//!
//! Invariant: readers of a gold root never see a half-written table; `catalog.json` is replaced last, by
//! compare-and-swap.
//!
//! Entry point: [`cli::run`].

pub mod adopt;
pub mod advise;
pub mod cli;
mod cors;
mod data_files;
mod dbt;
pub mod diff;
pub mod doctor;
pub mod engine;
pub mod export;
mod footer;
mod format;
pub mod generate;
pub mod gold;
pub mod history;
pub mod init;
pub mod lineage;
mod log;
mod names;
mod nearest;
mod once;
mod output;
pub mod plan;
pub mod presign;
mod print;
mod progress;
pub mod project;
pub mod publish;
pub mod query;
pub mod reader;
pub mod run;
mod scratch;
pub mod serve;
pub mod settings;
pub mod show;
pub mod snapshot;
pub mod source;
pub mod state;
mod survey;
pub mod target;
