//! Publishes tables: data files, then what the writer notes of them, then manifests, then the catalog by
//! compare-and-swap.
//!
//! Invariants: `catalog.json` only ever names objects that are complete; a run that dies before the last step leaves
//! readers with the former snapshot. All tables of a publication appear at once or none does. A table replaces only
//! the version that it was made from.
//!
//! Entry points: [`publish`]; [`read_catalog`], [`read_published`] and [`read_manifest`] for what is published.

mod commit;
mod merge;
mod read;
pub(crate) mod references;
mod upload;

use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::{TableEntry, TableManifest};

use crate::gold::WrittenFile;
use crate::progress::Progress;
use crate::target::{Target, TargetError};

pub(crate) use commit::replace;
pub(crate) use merge::{is_same_version, successor};
pub use read::{ReadError, read_catalog, read_manifest, read_published};

/// A table that is ready.
#[derive(Debug, Clone)]
pub struct GoldTable {
    /// The manifest. Entries of new files have no ETag yet; entries of files that the version before had too are as they
    /// were there.
    pub manifest: TableManifest,
    /// New files, in the scratch folder; the manifest names each by its content's hash.
    pub files: Vec<WrittenFile>,
    /// What the writer notes of this version, by immutable key.
    pub documents: BTreeMap<String, Bytes>,
    /// The document that the catalog's entry is to name as the table's state.
    pub state: Option<String>,
    /// The catalog's entry of the version that this one was made from; none where there was no such table.
    pub base: Option<TableEntry>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The snapshot that readers see now.
    pub snapshot_id: String,
    /// Tables that are not as they were before; none where nothing changed for readers.
    pub changed: Vec<String>,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else published these tables since they were planned. Plan again, with what there is now.
    #[error(
        "published by somebody else in the meantime: {}; nothing of this run was published, run again", .tables.join(", ")
    )]
    Overtaken {
        /// The tables' names.
        tables: Vec<String>,
    },
    /// The store failed before the catalog was replaced.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The catalog cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The catalog was being replaced when the store failed, and cannot be read since.
    #[error(
        "{replace}; whether the new snapshot was published is unknown ({read}): run again, nothing is published twice"
    )]
    Unknown {
        /// Why it seems not to have been replaced.
        replace: Box<TargetError>,
        /// Why it cannot be looked at.
        read: Box<ReadError>,
    },
    /// Others were faster each time.
    #[error(
        "{attempts} other publications to target {target} came first, one after the other: nothing was published, run again"
    )]
    Crowded {
        /// How often it was tried.
        attempts: u32,
        /// The target's name.
        target: String,
    },
    /// A document cannot be written as JSON.
    #[error("cannot write {document} as JSON: {reason}")]
    Json {
        /// Which document.
        document: String,
        /// What the JSON writer said.
        reason: String,
    },
}

/// Publishes the tables in one snapshot, which remembers `keep_snapshots` earlier ones. Tables that others published
/// stay. Of a table that is published like this already nothing changes.
pub async fn publish(
    target: &Target,
    lake: &str,
    tables: Vec<GoldTable>,
    keep_snapshots: usize,
    progress: &Progress,
) -> Result<Published, PublishError> {
    let wanted = upload::upload(target, tables, progress).await?;
    progress.say("publishing the snapshot");
    commit::commit(target, lake, &wanted, keep_snapshots).await
}

/// What the catalog is to say of a table.
#[derive(Debug, Clone)]
struct Wanted {
    entry: TableEntry,
    base: Option<TableEntry>,
}
