//! The verbs about former snapshots: `rollback` goes back to one, `gc` removes what none needs any more.
//!
//! Invariant: an object that the catalog or its history names stays.
//!
//! Entry points: [`rollback`], [`gc`].

mod garbage;
mod gc;
mod restore;
mod rollback;

pub use gc::{GcArgs, gc};
pub use rollback::{RollbackArgs, rollback};
