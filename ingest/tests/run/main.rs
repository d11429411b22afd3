//! `ingest run`, `show` and `query` as a person uses them: real projects, real processes, real files.

mod bad_input;
mod crash;
mod failures;
mod first_run;
mod fixture;
mod parquet_files;
mod query;
mod race;
mod sources;
mod types;
