//! The engine over a lake in memory that records what it is asked.

mod adhoc;
mod failures;
mod reads;
mod support;
