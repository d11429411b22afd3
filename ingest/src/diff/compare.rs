//! What differs between two snapshots. Reads manifests only, and of those only the ones that differ.

use catalog::TableEntry;
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use super::table::TableDiff;
use crate::publish::{ReadError, read_manifest};
use crate::snapshot::Snapshot;
use crate::target::Target;

/// Tables that are compared at a time.
const TABLES_AT_ONCE: usize = 8;

/// Two snapshots, as `ingest diff --json` writes them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SnapshotDiff {
    /// Where it was.
    pub before: Side,
    /// Where it is.
    pub after: Side,
    /// Tables that were not there before.
    pub added: Vec<TableSize>,
    /// Tables that are gone.
    pub removed: Vec<TableSize>,
    /// Tables that are not as they were.
    pub changed: Vec<TableDiff>,
    /// Tables that are.
    pub unchanged: Vec<String>,
}

/// A snapshot of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The target's name.
    pub target: String,
    /// The snapshot's id.
    pub snapshot_id: String,
    /// When it was published: RFC 3339, UTC.
    pub published_at: String,
}

/// A table and how large it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableSize {
    /// Its name.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// Bytes of all data files.
    pub bytes: u64,
}

impl SnapshotDiff {
    /// Compares the wanted tables of two snapshots, or all where none is named. Fails where a manifest cannot be read.
    pub async fn of(
        (from, before): (&Target, &Snapshot<'_>),
        (to, after): (&Target, &Snapshot<'_>),
        tables: &[String],
    ) -> Result<Self, ReadError> {
        let is_wanted = |entry: &&TableEntry| tables.is_empty() || tables.contains(&entry.name);
        let mut diff = Self {
            before: Side::of(from, before),
            after: Side::of(to, after),
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
            unchanged: Vec::new(),
        };
        let mut in_both = Vec::new();
        for entry in after.tables.iter().filter(is_wanted) {
            match before.entry(&entry.name) {
                None => diff.added.push(TableSize::of(entry)),
                // Named by their content, so the same.
                Some(former) if former.manifest == entry.manifest => diff.unchanged.push(entry.name.clone()),
                Some(former) => in_both.push((former, entry)),
            }
        }
        let gone = before.tables.iter().filter(is_wanted);
        let gone = gone.filter(|entry| after.entry(&entry.name).is_none());
        diff.removed = gone.map(TableSize::of).collect();
        let compared: Vec<TableDiff> = futures::stream::iter(in_both)
            .map(|(former, entry)| async move {
                let (former, now) =
                    futures::try_join!(read_manifest(from, former), read_manifest(to, entry))?;
                Ok::<_, ReadError>(TableDiff::of(&former, &now))
            })
            .buffered(TABLES_AT_ONCE)
            .try_collect()
            .await?;
        for table in compared {
            if table.differs() {
                diff.changed.push(table);
            } else {
                diff.unchanged.push(table.table);
            }
        }
        diff.unchanged.sort();
        Ok(diff)
    }

    /// Whether anything differs.
    pub fn differs(&self) -> bool {
        !self.added.is_empty() || !self.removed.is_empty() || !self.changed.is_empty()
    }
}

impl Side {
    fn of(target: &Target, snapshot: &Snapshot<'_>) -> Self {
        Self {
            target: target.name.clone(),
            snapshot_id: snapshot.id.to_owned(),
            published_at: snapshot.published_at.to_owned(),
        }
    }
}

impl TableSize {
    fn of(entry: &TableEntry) -> Self {
        Self {
            table: entry.name.clone(),
            rows: entry.rows,
            bytes: entry.bytes,
        }
    }
}
