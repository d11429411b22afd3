//! The engine over a lake in memory that records what it is asked.

mod adhoc;
mod ahead;
mod caches;
mod estimates;
mod failures;
mod group_by_codes;
mod literals;
mod pool;
mod reads;
mod scan;
mod scan_columns;
mod scan_parts;
mod scan_paths;
mod scan_support;
mod spread;
mod support;
