//! Which entries the catalog gets when it goes back.
//!
//! Entry point: [`Restoration::of`].

use std::collections::BTreeMap;

use catalog::{Catalog, SnapshotEntry, TableEntry};

use crate::publish::is_same_version;

/// What going back to a snapshot means.
#[derive(Debug)]
pub(super) struct Restoration {
    /// The snapshot gone back to.
    pub snapshot: SnapshotEntry,
    /// The tables that it is about, by name.
    pub changes: BTreeMap<String, Change>,
    /// The tables of the next catalog.
    pub tables: Vec<TableEntry>,
}

/// A table before and after.
#[derive(Debug)]
pub(super) struct Change {
    /// As readers see it now; none where it is not there.
    pub now: Option<TableEntry>,
    /// As they will see it; none where it was not there.
    pub then: Option<TableEntry>,
}

impl Change {
    /// Whether it is another version.
    pub fn is_any(&self) -> bool {
        match (&self.now, &self.then) {
            (Some(now), Some(then)) => !is_same_version(now, then),
            (None, None) => false,
            _ => true,
        }
    }
}

/// Why the catalog does not go back.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RestoreError {
    /// There is no earlier snapshot.
    #[error("there is no earlier snapshot to go back to: {0} is the first one")]
    First(String),
    /// No such snapshot.
    #[error("there is no snapshot `{wanted}`{known}")]
    Snapshot {
        /// As it was asked for.
        wanted: String,
        /// A line for each one that there is.
        known: String,
    },
    /// No such tables.
    #[error("snapshot {snapshot} has no table {}; it has {}", .wanted.join(", "), .known.join(", "))]
    Tables {
        /// The snapshot gone back to.
        snapshot: String,
        /// As they were asked for.
        wanted: Vec<String>,
        /// Those that there are, there or now.
        known: Vec<String>,
    },
}

impl Restoration {
    /// Back to the snapshot of that id, or to the one before; all tables, or those named. A table that was not there then
    /// goes, if all tables go back or it is named.
    pub fn of(catalog: &Catalog, to: Option<&str>, names: &[String]) -> Result<Self, RestoreError> {
        let snapshot = match to {
            None => catalog.history.first(),
            Some(id) => catalog.history.iter().find(|snapshot| snapshot.snapshot_id == id),
        };
        let Some(snapshot) = snapshot.cloned() else {
            return Err(match to {
                None => RestoreError::First(catalog.snapshot_id.clone()),
                Some(wanted) => RestoreError::Snapshot {
                    wanted: wanted.to_owned(),
                    known: known_snapshots(catalog),
                },
            });
        };
        let mut both: BTreeMap<String, Change> = BTreeMap::new();
        for now in &catalog.tables {
            let then = snapshot.tables.iter().find(|then| then.name == now.name);
            let change = Change {
                now: Some(now.clone()),
                then: then.cloned(),
            };
            both.insert(now.name.clone(), change);
        }
        for then in &snapshot.tables {
            both.entry(then.name.clone()).or_insert_with(|| Change {
                now: None,
                then: Some(then.clone()),
            });
        }
        let unknown: Vec<String> = names
            .iter()
            .filter(|name| !both.contains_key(*name))
            .cloned()
            .collect();
        if !unknown.is_empty() {
            return Err(RestoreError::Tables {
                snapshot: snapshot.snapshot_id,
                wanted: unknown,
                known: both.into_keys().collect(),
            });
        }
        let is_meant = |name: &String| names.is_empty() || names.contains(name);
        let tables = both
            .iter()
            .filter_map(|(name, change)| {
                let entry = if is_meant(name) { &change.then } else { &change.now };
                entry.clone()
            })
            .collect();
        both.retain(|name, _| is_meant(name));
        Ok(Self {
            snapshot,
            changes: both,
            tables,
        })
    }
}

fn known_snapshots(catalog: &Catalog) -> String {
    let mut known = format!(
        "; there are\n  {} of {} (now)",
        catalog.snapshot_id, catalog.published_at
    );
    for snapshot in &catalog.history {
        known.push_str(&format!(
            "\n  {} of {}",
            snapshot.snapshot_id, snapshot.published_at
        ));
    }
    known
}
