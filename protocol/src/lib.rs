//! Typed messages between the page (`app`) and the engine (`worker`), the client that correlates them, and the
//! SQL that a gesture stands for.
//!
//! Purpose: both ends agree on one conversation, and its rules can be tested without a browser.
//!
//! Invariant: every call ends exactly once, by a reply, a typed failure, or cancelled. Nothing here knows
//! DataFusion or Leptos.
//!
//! Entry points: [`Client`] on the page's side, [`Calls`] on the engine's, [`Slice`] for gestures.

mod call;
mod calls;
mod client;
mod estimate;
mod failure;
mod message;
mod plan;
pub mod slice;
pub mod sql;
mod stage;
mod storage;

pub use call::{
    Call, ClearCache, DescribeTable, EstimateQuery, OpenFiles, OpenLake, PinTable, Query, ReadStorage,
    RunStage, SetWorkers, ShareTables, UnpinTable,
};
pub use calls::{Calls, Responder};
pub use client::{CallItem, CallStream, Client, PendingReply};
pub use estimate::Estimate;
pub use failure::{Failure, FailureKind};
pub use message::{
    CallId, Event, FileSource, FromEngine, FromEngineHead, PROTOCOL_VERSION, Piece, Progress, QueryStats,
    QuerySummary, Reply, Request, ResultColumn, Seen, ToEngine, ToEngineHead, Workers,
};
pub use plan::{PlanNode, Work};
pub use slice::Slice;
pub use stage::{
    SharedChunk, SharedFile, SharedFiles, SharedOrigin, SharedRead, SharedTable, Stage, StageInput,
    StageSummary,
};
pub use storage::{CacheKind, CacheUse, Pin, Storage};
