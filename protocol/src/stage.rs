//! What the workers of a pool say to each other: one leads, the others are its peers.
//!
//! Purpose: the lead cuts a statement into stages and reads for all of them: addresses, queues and the disk are its own.
//!
//! Invariant: a stage is named and not shipped. Lead and peer plan the same statement over the same versions of the
//! tables; the fingerprint of the plan tells when they did not come to the same.

use std::fmt;

use catalog::TableManifest;
use serde::{Deserialize, Serialize};

use crate::plan::PlanNode;
use crate::{CacheUse, Progress};

/// A part of a query that a peer works out over its share of the row groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The statement.
    pub sql: String,
    /// As in [`crate::Query`].
    pub max_rows: Option<u64>,
    /// When the query began, in nanoseconds since 1970: `now()` is the same everywhere.
    pub started_at_ns: i64,
    /// The fingerprint of the lead's plan.
    pub plan: u64,
    /// Which of the plan's stages.
    pub number: u32,
    /// Which of the shares.
    pub share: u32,
    /// Shares in all.
    pub shares: u32,
    /// After so many milliseconds the rows seen so far are summed up and sent, and so on; none: at the end only.
    pub portion_ms: Option<u32>,
    /// Results of other stages that this one reads.
    pub inputs: Vec<StageInput>,
}

/// A result of a stage, whole: an index into the values beside the message, which is an Arrow IPC stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageInput {
    /// Which of the plan's stages.
    pub number: u32,
    /// The index.
    pub index: u32,
}

/// A table as the lead has it open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedTable {
    /// Its name.
    pub name: String,
    /// What tells this state of it from another.
    pub version: String,
    /// Its files.
    pub files: SharedFiles,
}

/// The files of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum SharedFiles {
    /// A table of the lake.
    Lake {
        /// Its manifest.
        manifest: Box<TableManifest>,
    },
    /// A table that was opened ad hoc.
    AdHoc {
        /// Its files, in order.
        files: Vec<SharedFile>,
    },
}

/// A file of an ad-hoc table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFile {
    /// Where its bytes are.
    pub origin: SharedOrigin,
    /// Its size.
    pub bytes: u64,
    /// Its version, where known.
    pub etag: Option<String>,
}

/// The end of a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StageSummary {
    /// What it cost.
    pub progress: Progress,
    /// Its operators, and what they did here.
    pub plan: Option<PlanNode>,
    /// What the peer's WebAssembly memory holds, in bytes; 0 where nobody knows.
    pub memory_bytes: u64,
    /// How the peer's caches stand.
    pub caches: Vec<CacheUse>,
}

/// Where an object is, as workers of one pool call it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SharedOrigin {
    /// An object of the lake.
    Lake {
        /// Its key.
        key: String,
    },
    /// An address that a person gave; may be signed, so it is not printed.
    Url {
        /// The address.
        url: String,
    },
    /// A local file, by the lead's number for it.
    Local {
        /// The number.
        index: u32,
        /// The file's name.
        name: String,
    },
}

impl fmt::Debug for SharedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lake { key } => write!(f, "Lake({key:?})"),
            Self::Url { .. } => f.write_str("Url"),
            Self::Local { index, name } => write!(f, "Local({index}, {name:?})"),
        }
    }
}

/// A range that a peer asks its lead for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedRead {
    /// The object.
    pub origin: SharedOrigin,
    /// By which name the disk knows the object's version.
    pub disk_name: Option<String>,
    /// The first byte.
    pub start: u64,
    /// The byte after the last one.
    pub end: u64,
    /// Whether it will be wanted next, and nobody waits for it yet.
    pub is_ahead: bool,
}

/// What a range was answered with; its bytes are beside the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedChunk {
    /// The object's whole size.
    pub total_bytes: u64,
    /// Its version, where known.
    pub etag: Option<String>,
    /// Requests that it took.
    pub requests: u64,
    /// Milliseconds to the answer's head and from there to its end, where somebody measured.
    pub timing_ms: Option<(f64, f64)>,
}
