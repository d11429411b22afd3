//! What a run is going to do, and why.
//!
//! Invariant: a model comes after everything that it reads; one that cannot run is told with its file and line, and
//! does not keep others from running. What a plan says is what a run does: both decide by [`decide`].
//!
//! Entry points: [`Graph::of`] (models and what they read), [`Selection`] (which of them), [`decide()`] (what happens
//! to each, and why).

mod decide;
mod definition;
mod difference;
mod graph;
mod grow;
mod order;
mod resolve;
mod select;
#[cfg(test)]
mod tests;

pub use decide::{Action, Decision, Increment, Listed, Options, Published, Situation, compared_with, decide};
pub use definition::Definition;
pub use graph::{Graph, PlannedCheck, PlannedModel};
pub use grow::would_lose;
pub use resolve::{Name, Names};
pub use select::Selection;
