//! `ingest serve` and `ingest presign` over real sockets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adopt;
mod adopt_hive;
mod dbt;
mod doctor;
mod export;
mod fixture;
mod folders;
mod generate;
mod increment;
mod init;
mod objects;
mod partitions;
mod presign;
mod process;
mod proxy;
mod publish;
mod query_objects;
mod query_tables;
mod sign;
mod site;
mod sources;
mod start;
mod store;
