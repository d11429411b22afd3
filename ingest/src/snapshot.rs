//! Snapshots that a target remembers: the current one and those before it.
//!
//! Entry points: [`find`], [`all`].

use catalog::{Catalog, TableEntry, TableManifest};
use futures::{StreamExt, TryStreamExt};

use crate::nearest::nearest;
use crate::publish::{ReadError, read_manifest};
use crate::target::Target;

/// Manifests that are read at a time.
const READS_AT_ONCE: usize = 16;

/// A snapshot: which version of which table readers saw.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// Its id.
    pub id: &'a str,
    /// When it was published: RFC 3339, UTC.
    pub published_at: &'a str,
    /// Its tables by name, ascending.
    pub tables: &'a [TableEntry],
}

/// A snapshot or table that is not there. Each message says what there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No snapshot has the id.
    #[error(
        "target {target} remembers no snapshot `{wanted}`: it has {known} (`current` and `previous` are names too)"
    )]
    Snapshot {
        /// The target's name.
        target: String,
        /// What was asked for.
        wanted: String,
        /// Ids, newest first.
        known: String,
    },
    /// Several ids begin so.
    #[error("`{wanted}` could be the snapshots {known} of target {target}: write more of it")]
    AmbiguousSnapshot {
        /// The target's name.
        target: String,
        /// What was asked for.
        wanted: String,
        /// Ids that begin so.
        known: String,
    },
    /// There is no snapshot before the current one.
    #[error("target {target} has one snapshot only, {current}: there is none before it")]
    NoPrevious {
        /// The target's name.
        target: String,
        /// The id of the current snapshot.
        current: String,
    },
    /// The snapshot has no such table.
    #[error("target {target} has no table `{wanted}`. {meant}It has {known}")]
    Table {
        /// The target's name.
        target: String,
        /// What was asked for.
        wanted: String,
        /// A question, where a table is called alike.
        meant: String,
        /// Names of tables.
        known: String,
    },
}

/// All snapshots, newest first.
pub fn all(catalog: &Catalog) -> Vec<Snapshot<'_>> {
    let current = Snapshot {
        id: &catalog.snapshot_id,
        published_at: &catalog.published_at,
        tables: &catalog.tables,
    };
    let former = catalog.history.iter().map(|entry| Snapshot {
        id: &entry.snapshot_id,
        published_at: &entry.published_at,
        tables: &entry.tables,
    });
    std::iter::once(current).chain(former).collect()
}

/// The snapshot of that id, or of the only id that begins so; `current` and `previous` are names too. Fails where there
/// is none, or several.
pub fn find<'a>(target: &Target, catalog: &'a Catalog, wanted: &str) -> Result<Snapshot<'a>, Unknown> {
    let snapshots = all(catalog);
    let list = |ids: &[&str]| ids.join(", ");
    match wanted {
        "current" => return Ok(snapshots[0]),
        "previous" => {
            return snapshots.get(1).copied().ok_or_else(|| Unknown::NoPrevious {
                target: target.name.clone(),
                current: catalog.snapshot_id.clone(),
            });
        }
        _ => {}
    }
    // A snapshot that was returned to stands there twice, with the same tables.
    let mut matching: Vec<Snapshot<'_>> = Vec::new();
    for snapshot in &snapshots {
        if !wanted.is_empty()
            && snapshot.id.starts_with(wanted)
            && !matching.iter().any(|each| each.id == snapshot.id)
        {
            matching.push(*snapshot);
        }
    }
    match matching[..] {
        [snapshot] => Ok(snapshot),
        [] => Err(Unknown::Snapshot {
            target: target.name.clone(),
            wanted: wanted.to_owned(),
            known: list(&snapshots.iter().map(|each| each.id).collect::<Vec<_>>()),
        }),
        _ => Err(Unknown::AmbiguousSnapshot {
            target: target.name.clone(),
            wanted: wanted.to_owned(),
            known: list(&matching.iter().map(|each| each.id).collect::<Vec<_>>()),
        }),
    }
}

impl<'a> Snapshot<'a> {
    /// Its entry of that table, which may be written `gold.x` too. Fails where it has none.
    pub fn table(&self, target: &Target, wanted: &str) -> Result<&'a TableEntry, Unknown> {
        let name = wanted.strip_prefix("gold.").unwrap_or(wanted);
        self.entry(name).ok_or_else(|| {
            unknown_table(
                target,
                wanted,
                self.tables.iter().map(|table| table.name.as_str()),
            )
        })
    }

    /// Its entry of exactly that table.
    pub fn entry(&self, name: &str) -> Option<&'a TableEntry> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The manifests of all its tables, in their order.
    pub async fn manifests(&self, target: &Target) -> Result<Vec<TableManifest>, ReadError> {
        futures::stream::iter(self.tables)
            .map(|entry| read_manifest(target, entry))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }
}

/// That there is no such table among those known.
pub(crate) fn unknown_table<'a>(
    target: &Target,
    wanted: &str,
    known: impl Iterator<Item = &'a str>,
) -> Unknown {
    let known: Vec<&str> = known.collect();
    Unknown::Table {
        target: target.name.clone(),
        wanted: wanted.to_owned(),
        meant: nearest(wanted, &known)
            .map(|table| format!("Did you mean {table}? "))
            .unwrap_or_default(),
        known: if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        },
    }
}
