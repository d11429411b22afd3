//! `ingest run`, `show` and `query` as a person uses them: real projects, real processes, real files.

mod bad_input;
mod crash;
mod failures;
mod first_run;
mod fixture;
mod generate;
mod gold_files;
mod gold_sketch;
mod gold_types;
mod parquet_files;
mod query;
mod query_refused;
mod race;
mod s3_errors;
mod sources;
mod types;
