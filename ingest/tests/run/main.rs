//! `ingest run`, `show` and `query` as a person uses them: real projects, real processes, real files.

mod adopt;
mod bad_input;
mod checks;
mod crash;
mod diff;
mod edges;
mod failures;
mod first_run;
mod fixture;
mod generate;
mod gold_files;
mod gold_sketch;
mod gold_types;
mod incremental;
mod lineage;
mod losses;
mod parquet_files;
mod plan;
mod query;
mod query_refused;
mod report;
mod s3_errors;
mod schema_change;
mod show;
mod sources;
mod types;
