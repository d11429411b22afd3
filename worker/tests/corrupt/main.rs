//! Damaged and hostile Parquet files: a typed failure or a sane answer, in bounded time and memory, and never a panic.

mod allocation;
#[path = "../../examples/parquet_fixtures/files/mod.rs"]
#[expect(dead_code, reason = "the example writes more of them to disk")]
mod files;
#[path = "../../examples/parquet_fixtures/hostile/mod.rs"]
mod hostile;
mod lies;
mod random;
#[path = "../engine/support.rs"]
#[expect(dead_code, reason = "only the store is used here")]
mod support;
mod trial;
mod verdict;
