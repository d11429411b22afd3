//! What the workers of a pool say to each other: one leads, the others are its peers.
//!
//! Invariant: a stage is named and not shipped. Lead and peer plan the same statement over the same versions of the
//! tables; the fingerprint of the plan tells when they did not come to the same.

use catalog::TableManifest;
use catalog::access::LakeAccess;
use serde::{Deserialize, Serialize};

use crate::plan::PlanNode;
use crate::{CacheUse, FileSource, Progress};

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
    /// Blocks of files that the lead had read before, and that the peer is going to need.
    pub blocks: Vec<SharedBlock>,
}

/// A result of a stage, whole: an index into the values beside the message, which is an Arrow IPC stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageInput {
    /// Which of the plan's stages.
    pub number: u32,
    /// The index.
    pub index: u32,
}

/// Bytes of a table's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedBlock {
    /// The table.
    pub table: String,
    /// Which of its files.
    pub file: u32,
    /// Where they begin in the file.
    pub start: u64,
    /// An index into the values beside the message.
    pub index: u32,
}

/// A lake's access, and the page's address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedLake {
    /// How to reach its objects.
    pub access: LakeAccess,
    /// The page's address, against which relative URLs are resolved.
    pub page_url: String,
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
    pub source: FileSource,
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
