//! Publishes tables: data files, then manifests, then the catalog by compare-and-swap.
//!
//! Invariant: `catalog.json` only ever names objects that are complete; a run that dies before the last step
//! leaves readers with the former snapshot.
//!
//! Entry point: [`publish`].

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use catalog::{Catalog, FormatError, SnapshotEntry, TableEntry, TableManifest, keys};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::gold::WrittenFile;
use crate::progress::Progress;
use crate::target::{Conflict, Target, TargetError, Version};

/// Snapshots that the catalog remembers beside the current one.
const HISTORY: usize = 10;
/// Lost races after which a run gives up.
const ATTEMPTS: u32 = 20;

/// A table that is ready: its manifest without ETags, and its files in the scratch folder.
#[derive(Debug, Clone)]
pub struct GoldTable {
    /// The manifest.
    pub manifest: TableManifest,
    /// The files, in the manifest's order.
    pub files: Vec<WrittenFile>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The snapshot that readers see now.
    pub snapshot_id: String,
    /// Tables that are not as they were before; none where nothing changed.
    pub changed: Vec<String>,
}

/// A catalog that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The target failed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// There is no catalog.
    #[error("nothing is published at target {target} ({address}) yet: run `ingest run` first")]
    Empty {
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
    },
    /// A document is of another format.
    #[error("at target {target}: {cause}")]
    Format {
        /// The target's name.
        target: String,
        /// What is wrong with the document.
        cause: FormatError,
    },
    /// The catalog names a manifest that is not there.
    #[error("the catalog at target {target} names {key}, which is not there: publish the table again")]
    Missing {
        /// The target's name.
        target: String,
        /// The manifest.
        key: String,
    },
}

/// The catalog and its version; none where nothing was published yet.
pub async fn read_catalog(target: &Target) -> Result<Option<(Catalog, Version)>, ReadError> {
    let Some((bytes, version)) = target.read(keys::CATALOG).await? else {
        return Ok(None);
    };
    let catalog = Catalog::from_json(&bytes).map_err(|cause| ReadError::Format {
        target: target.name.clone(),
        cause,
    })?;
    Ok(Some((catalog, version)))
}

/// The catalog and its version; an error where nothing was published yet.
pub async fn read_published(target: &Target) -> Result<(Catalog, Version), ReadError> {
    read_catalog(target).await?.ok_or_else(|| ReadError::Empty {
        target: target.name.clone(),
        address: target.address.clone(),
    })
}

/// The manifest that a catalog's entry names.
pub async fn read_manifest(target: &Target, entry: &TableEntry) -> Result<TableManifest, ReadError> {
    let Some((bytes, _)) = target.read(&entry.manifest).await? else {
        return Err(ReadError::Missing {
            target: target.name.clone(),
            key: entry.manifest.clone(),
        });
    };
    TableManifest::from_json(&bytes).map_err(|cause| ReadError::Format {
        target: target.name.clone(),
        cause,
    })
}

/// Publishes the tables in one snapshot. Tables that others published stay.
pub async fn publish(
    target: &Target,
    lake: &str,
    tables: Vec<GoldTable>,
    progress: &Progress,
) -> anyhow::Result<Published> {
    let mut entries = BTreeMap::new();
    for table in tables {
        progress.say(format!("publishing {}", table.manifest.table));
        let entry = upload(target, table).await?;
        entries.insert(entry.name.clone(), entry);
    }
    commit(target, lake, &entries).await
}

async fn upload(target: &Target, table: GoldTable) -> anyhow::Result<TableEntry> {
    let GoldTable { mut manifest, files } = table;
    for (described, written) in manifest.files.iter_mut().zip(&files) {
        let content = tokio::fs::read(&written.path)
            .await
            .with_context(|| format!("cannot read {}", written.path.display()))?;
        described.etag = target.write_immutable(&described.key, content.into()).await?;
    }
    let json = serde_json::to_vec(&manifest)?;
    let key = keys::manifest(&manifest.table, &hex::encode(Sha256::digest(&json)));
    target.write_immutable(&key, json.into()).await?;
    Ok(TableEntry {
        name: manifest.table.clone(),
        manifest: key,
        state: None,
        rows: manifest.rows,
        bytes: manifest.bytes,
        files: u32::try_from(manifest.files.len())?,
        columns: u32::try_from(manifest.columns.len())?,
        description: manifest.description,
        updated_at: now(),
    })
}

async fn commit(
    target: &Target,
    lake: &str,
    entries: &BTreeMap<String, TableEntry>,
) -> anyhow::Result<Published> {
    for attempt in 0..ATTEMPTS {
        let (current, version) = match read_catalog(target).await? {
            Some((catalog, version)) => (catalog, Some(version)),
            None => (Catalog::empty(lake), None),
        };
        let (next, changed) = merge(&current, lake, entries);
        if changed.is_empty() && version.is_some() {
            return Ok(Published {
                snapshot_id: current.snapshot_id,
                changed,
            });
        }
        let json = Bytes::from(serde_json::to_vec_pretty(&next)?);
        match target.replace(keys::CATALOG, json, version.as_ref()).await {
            Ok(()) => {
                return Ok(Published {
                    snapshot_id: next.snapshot_id,
                    changed,
                });
            }
            Err(Conflict::Failed(error)) => return Err(error.into()),
            Err(Conflict::Lost) => tokio::time::sleep(pause(attempt)).await,
        }
    }
    anyhow::bail!(
        "{ATTEMPTS} other publications to target {} came first, one after the other: nothing was published, run again",
        target.name
    )
}

/// The catalog with these entries, and the names of those that differ from what it had.
fn merge(current: &Catalog, lake: &str, entries: &BTreeMap<String, TableEntry>) -> (Catalog, Vec<String>) {
    let mut tables: BTreeMap<String, TableEntry> = current
        .tables
        .iter()
        .map(|table| (table.name.clone(), table.clone()))
        .collect();
    let mut changed = Vec::new();
    for (name, entry) in entries {
        if tables
            .get(name)
            .is_some_and(|known| known.manifest == entry.manifest)
        {
            continue;
        }
        tables.insert(name.clone(), entry.clone());
        changed.push(name.clone());
    }
    let mut history = current.history.clone();
    if !current.snapshot_id.is_empty() {
        history.insert(
            0,
            SnapshotEntry {
                snapshot_id: current.snapshot_id.clone(),
                published_at: current.published_at.clone(),
                tables: current.tables.clone(),
            },
        );
        history.truncate(HISTORY);
    }
    let tables: Vec<TableEntry> = tables.into_values().collect();
    let next = Catalog {
        snapshot_id: snapshot_id(&tables),
        published_at: now(),
        tables,
        history,
        ..Catalog::empty(lake)
    };
    (next, changed)
}

fn snapshot_id(tables: &[TableEntry]) -> String {
    let mut hash = Sha256::new();
    for table in tables {
        hash.update(&table.name);
        hash.update([0]);
        hash.update(&table.manifest);
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..8])
}

/// Longer after each lost race, and not the same for two processes.
fn pause(attempt: u32) -> Duration {
    let spread = u64::from(std::process::id() % 17);
    Duration::from_millis(u64::from(attempt.min(8)) * 25 + spread)
}

fn now() -> String {
    Timestamp::now()
        .round(jiff::Unit::Second)
        .unwrap_or_else(|_| Timestamp::now())
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, manifest: &str) -> TableEntry {
        TableEntry {
            name: name.to_owned(),
            manifest: manifest.to_owned(),
            state: None,
            rows: 1,
            bytes: 1,
            files: 1,
            columns: 1,
            description: None,
            updated_at: String::new(),
        }
    }

    fn entries(pairs: &[(&str, &str)]) -> BTreeMap<String, TableEntry> {
        pairs
            .iter()
            .map(|(name, manifest)| ((*name).to_owned(), entry(name, manifest)))
            .collect()
    }

    #[test]
    fn tables_of_others_stay_and_unchanged_ones_keep_their_entry() {
        let (first, changed) = merge(
            &Catalog::empty("lake"),
            "lake",
            &entries(&[("a", "a1"), ("b", "b1")]),
        );
        assert_eq!(changed, ["a", "b"]);
        assert!(first.history.is_empty(), "there was no snapshot before the first");
        let (second, changed) = merge(&first, "lake", &entries(&[("b", "b1"), ("c", "c1")]));
        assert_eq!(changed, ["c"]);
        let names: Vec<&str> = second.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(second.history[0].snapshot_id, first.snapshot_id);
        assert_ne!(second.snapshot_id, first.snapshot_id);
    }

    #[test]
    fn the_same_tables_are_the_same_snapshot_and_history_is_limited() {
        let mut catalog = Catalog::empty("lake");
        for version in 0..30 {
            catalog = merge(&catalog, "lake", &entries(&[("a", &format!("a{version}"))])).0;
        }
        assert_eq!(catalog.history.len(), HISTORY);
        let (again, _) = merge(&catalog, "lake", &entries(&[("a", "a29")]));
        assert_eq!(again.snapshot_id, catalog.snapshot_id);
    }
}
