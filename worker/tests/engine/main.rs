//! The engine over a lake in memory that records what it is asked.

mod failures;
mod reads;
mod support;
