//! The messages themselves: what crosses `postMessage`, apart from the bytes and files beside it.

use std::fmt;

use catalog::access::LakeAccess;
use catalog::{Catalog, TableManifest};
use serde::{Deserialize, Serialize};

use crate::plan::PlanNode;
use crate::stage::{SharedChunk, SharedRead, SharedTable, Stage, StageSummary};
use crate::storage::{CacheKind, Storage};
use crate::{Estimate, Failure};

/// Page and engine must state the same version.
pub const PROTOCOL_VERSION: u32 = 3;

/// Names a call; unique for the life of a client.
pub type CallId = u32;

/// A message to the engine: a head, and the files (between workers also buffers) that it refers to by index.
#[derive(Debug, Clone, PartialEq)]
pub struct ToEngine<F> {
    /// The serialised part.
    pub head: ToEngineHead,
    /// Local files, handed over by reference (structured clone).
    pub files: Vec<F>,
}

/// The serialised part of a message to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToEngineHead {
    /// Begins a call.
    Call {
        /// The call.
        id: CallId,
        /// What is asked.
        request: Request,
    },
    /// Gives up a call. It still ends by exactly one [`FromEngineHead::Done`].
    Cancel {
        /// The call.
        id: CallId,
    },
    /// Allows the engine to send more batches of a call.
    Credit {
        /// The call.
        id: CallId,
        /// How many more.
        batches: u32,
    },
    /// To a peer: answers [`FromEngineHead::Read`]; the bytes are beside it.
    Bytes {
        /// The read.
        id: u32,
        /// What came of it.
        outcome: Result<SharedChunk, Failure>,
    },
}

/// A message from the engine: a head, and the Arrow IPC stream of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct FromEngine {
    /// The serialised part.
    pub head: FromEngineHead,
    /// A whole Arrow IPC stream (schema and one batch) with [`Event::Batch`], else none.
    pub payload: Option<Vec<u8>>,
}

/// The serialised part of a message from the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromEngineHead {
    /// First message of an engine.
    Ready {
        /// [`PROTOCOL_VERSION`] of the engine.
        protocol_version: u32,
    },
    /// Something on the way to the end of a call.
    Event {
        /// The call.
        id: CallId,
        /// What happened.
        event: Event,
    },
    /// The engine's memory has grown far beyond what it keeps, and no call is open: it had better be replaced.
    Grown {
        /// What its WebAssembly memory holds, in bytes.
        memory_bytes: u64,
    },
    /// From a peer: asks the lead for bytes.
    Read {
        /// Names the read.
        id: u32,
        /// What is wanted.
        read: SharedRead,
    },
    /// From a peer: nobody waits for these bytes any more.
    ReadNoMore {
        /// The read.
        id: u32,
    },
    /// The end of a call.
    Done {
        /// The call.
        id: CallId,
        /// How it ended.
        outcome: Result<Reply, Failure>,
    },
}

/// What is asked of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Reads a lake's catalog and makes its tables known.
    OpenLake {
        /// How to reach its objects.
        access: LakeAccess,
        /// The page's address, against which relative URLs are resolved.
        page_url: String,
    },
    /// Reads the manifest of a table, from the lake or opened ad hoc.
    DescribeTable {
        /// The table's name.
        table: String,
    },
    /// Makes a table of Parquet files that are in no catalog.
    OpenFiles {
        /// The name to give it; without one it follows from the first file's name.
        name: Option<String>,
        /// The files; all of one schema.
        sources: Vec<FileSource>,
    },
    /// Runs a statement.
    Query {
        /// One SQL statement.
        sql: String,
        /// Stop after so many rows.
        max_rows: Option<u64>,
        /// Fail as [`crate::FailureKind::OverBudget`], before any data is fetched, when the estimate is above so many
        /// bytes.
        max_bytes: Option<u64>,
        /// How often an intermediate answer is wanted while a long one is worked out, in milliseconds; none: not at all.
        partials_ms: Option<u32>,
        /// Whether the summary is to say what each operator did.
        with_plan: bool,
        /// How many batches may be sent before the first [`ToEngineHead::Credit`].
        credit: u32,
    },
    /// Says what a statement would fetch, without fetching data.
    Estimate {
        /// One SQL statement.
        sql: String,
        /// As in [`Request::Query`].
        max_rows: Option<u64>,
    },
    /// Reports the caches and what is pinned.
    Storage,
    /// Empties a cache, and reports. What is pinned stays.
    ClearCache {
        /// Which.
        cache: CacheKind,
    },
    /// Downloads columns of a lake's table, so that they can be queried without a network. Reports progress.
    Pin {
        /// The table's name.
        table: String,
        /// The columns' names; all of them when absent.
        columns: Option<Vec<String>>,
    },
    /// Gives up what was pinned of a table.
    Unpin {
        /// The table's name.
        table: String,
    },
    /// Sets how many workers compute, waits until they are there, and reports.
    Workers {
        /// How many, this engine included; none leaves it as it is and does not wait.
        count: Option<u32>,
    },
    /// To a peer: makes tables known, in the place of those of the same name.
    ShareTables {
        /// The tables.
        tables: Vec<SharedTable>,
    },
    /// To a peer: works out its share of a stage.
    RunStage {
        /// The stage.
        stage: Box<Stage>,
        /// As in [`Request::Query`].
        credit: u32,
    },
}

/// Where the bytes of an ad-hoc file are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileSource {
    /// An absolute `https:` or `http:` address; may be signed, so it is not printed.
    Url {
        /// The address.
        url: String,
    },
    /// A file on the person's disk: an index into [`ToEngine::files`].
    Local {
        /// The index.
        index: u32,
        /// The file's name.
        name: String,
    },
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { .. } => f.write_str("Url"),
            Self::Local { index, name } => write!(f, "Local({index}, {name:?})"),
        }
    }
}

/// Something on the way to the end of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// How far the call is.
    Progress(Progress),
    /// A batch of rows; the payload holds it.
    Batch {
        /// Rows in it.
        rows: u64,
    },
    /// A whole intermediate answer, of the rows seen so far; the payload holds it. It takes the place of the one before.
    Partial(Seen),
    /// A batch of a stage; the payload holds it.
    Piece(Piece),
}

/// How much of the data an intermediate answer is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Rows that were looked at, or ruled out by statistics.
    pub rows: u64,
    /// Rows in all.
    pub rows_total: u64,
}

/// Where a batch of a stage belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The row group that it was made of, where the stage keeps their order, else the number of the portion.
    pub place: u64,
    /// Whether it is the last one of a portion: what came by now is of whole row groups.
    pub is_last: bool,
}

/// How far a query is. All counts are since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes received from the network or disk.
    pub bytes_fetched: u64,
    /// Range requests sent.
    pub requests: u64,
    /// Row groups of the tables' files that the query names.
    pub row_groups_total: u64,
    /// Row groups that statistics ruled out.
    pub row_groups_pruned: u64,
    /// Row groups whose bytes have all arrived.
    pub row_groups_done: u64,
    /// Of those that are done: row groups of which nothing had to be fetched.
    pub row_groups_cached: u64,
    /// Bytes that caches gave.
    pub cache_hit_bytes: u64,
    /// Bytes that will have been fetched at the end, at most; 0 until that is known.
    pub bytes_estimated: u64,
    /// Rows that were looked at.
    #[serde(default)]
    pub rows_seen: u64,
    /// Rows of the row groups that are going to be looked at; 0 until that is known.
    #[serde(default)]
    pub rows_total: u64,
}

/// How a call ended well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// To [`Request::OpenLake`].
    Catalog(Catalog),
    /// To [`Request::DescribeTable`] and [`Request::OpenFiles`].
    Table(Box<TableManifest>),
    /// To [`Request::Query`], after its batches.
    Summary(QuerySummary),
    /// To [`Request::Estimate`].
    Estimate(Estimate),
    /// To [`Request::Storage`] and to all that change it.
    Storage(Storage),
    /// To [`Request::Workers`].
    Workers(Workers),
    /// To [`Request::ShareTables`].
    Shared,
    /// To [`Request::RunStage`], after its pieces.
    Stage(Box<StageSummary>),
}

/// The pool of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    /// Workers that are wanted, the lead included.
    pub wanted: u32,
    /// Of those: workers that are ready.
    pub ready: u32,
}

/// The end of a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuerySummary {
    /// The result's columns, also when there are no rows.
    pub columns: Vec<ResultColumn>,
    /// Rows sent.
    pub rows: u64,
    /// Whether `max_rows` cut the result short.
    pub truncated: bool,
    /// Whether the lake had changed under the statement, and the engine has opened its newest snapshot.
    pub is_of_new_snapshot: bool,
    /// What it cost.
    pub stats: QueryStats,
    /// What each operator did, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanNode>,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// Its type, as [`catalog::ColumnType`] writes it.
    #[serde(rename = "type")]
    pub column_type: String,
}

/// What a query cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct QueryStats {
    /// Wall-clock time in the engine, in milliseconds.
    pub elapsed_ms: f64,
    /// Bytes received from the network or disk.
    pub bytes_fetched: u64,
    /// Range requests sent, retries included.
    pub requests: u64,
    /// Row groups of the files of all tables that were scanned.
    pub row_groups_total: u64,
    /// Row groups that were not read because statistics ruled them out, also those of files never touched.
    pub row_groups_pruned: u64,
    /// Row groups of which all bytes came from caches.
    pub row_groups_cached: u64,
    /// Bytes that were not fetched because a cache has them: footers, and blocks in memory or on disk.
    pub cache_hit_bytes: u64,
    /// Whether the whole answer was kept from an identical query.
    pub is_cached_result: bool,
    /// Workers that took part.
    pub workers: u32,
}
