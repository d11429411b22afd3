//! `ingest run`, `show` and `query` as a person uses them: real projects, real processes, real files.

mod bad_input;
mod crash;
mod incremental;
mod plan;
mod failures;
mod first_run;
mod fixture;
mod generate;
mod parquet_files;
mod query;
mod query_refused;
mod report;
mod schema_change;
mod s3_errors;
mod sources;
mod types;
