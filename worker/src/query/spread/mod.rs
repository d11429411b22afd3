//! One statement by several workers that share no memory.
//!
//! Purpose: every worker plans the same statement; the plan is cut ([`cut`]) at [`gather::GatherExec`]; what is below a
//! cut is a *stage*, which each worker runs over its share of the row groups ([`stage`]). Results come back as pieces,
//! Arrow IPC streams.
//!
//! Invariant: a stage is named by its number and never shipped; a fingerprint tells when two workers planned differently,
//! and then the lead does all of it by itself.
//!
//! Entry points: [`Spread`] (the rule), [`Together`] (a query's way to the others), [`Crew`] (the others).

mod crew;
mod cut;
mod gather;
mod inputs;
mod merge;
mod pieces;
mod portions;
mod shares;
mod stage;
mod together;

pub use crew::{Crew, CrewRequest, StageItem};
pub(super) use cut::Spread;
pub(super) use gather::GatherExec;
pub(super) use pieces::encode;
pub(super) use shares::is_worth_it;
pub(super) use stage::{ReadyStage, fingerprint};
pub(super) use together::{Beginning, Glance, StageWork, Together};
