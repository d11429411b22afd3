//! What the next catalog says, from the present one and what a run wants.
//!
//! Invariant: a table is replaced only where it is still the version that the new one was made from; tables of others
//! stay; a snapshot that readers saw goes to the history.
//!
//! Entry points: [`merge`], [`successor`].

use std::collections::BTreeMap;

use catalog::{Catalog, SnapshotEntry, TableEntry};
use sha2::{Digest, Sha256};

use super::Wanted;
use super::commit::now;

/// What the present catalog leaves to do.
#[derive(Debug)]
pub(super) enum Merged {
    /// It says all that is wanted.
    Nothing,
    /// The next catalog, and the tables that it changes for readers.
    Next(Catalog, Vec<String>),
    /// Somebody else replaced the versions that these tables were made from.
    Overtaken(Vec<String>),
}

/// The catalog with these entries.
pub(super) fn merge(current: &Catalog, lake: &str, wanted: &[Wanted], keep_snapshots: usize) -> Merged {
    let mut tables: BTreeMap<&str, TableEntry> = current
        .tables
        .iter()
        .map(|table| (table.name.as_str(), table.clone()))
        .collect();
    let mut changed = Vec::new();
    let mut overtaken = Vec::new();
    let mut is_noted = false;
    for Wanted { entry, base } in wanted {
        let present = current.table(&entry.name);
        match present {
            Some(present) if is_same_version(present, entry) => {}
            _ if !is_same(present, base.as_ref()) => overtaken.push(entry.name.clone()),
            Some(present) if present.manifest == entry.manifest => {
                is_noted = true;
                let state = entry.state.clone();
                tables.insert(
                    &entry.name,
                    TableEntry {
                        state,
                        ..present.clone()
                    },
                );
            }
            _ => {
                tables.insert(&entry.name, entry.clone());
                changed.push(entry.name.clone());
            }
        }
    }
    if !overtaken.is_empty() {
        return Merged::Overtaken(overtaken);
    }
    let tables: Vec<TableEntry> = tables.into_values().collect();
    if !changed.is_empty() {
        changed.sort();
        return Merged::Next(successor(current, lake, tables, keep_snapshots), changed);
    }
    if is_noted {
        // Readers see what they saw: it is the same snapshot.
        return Merged::Next(
            Catalog {
                tables,
                ..current.clone()
            },
            changed,
        );
    }
    Merged::Nothing
}

/// Whether two entries are of one version of a table, with the same notes.
pub(crate) fn is_same_version(one: &TableEntry, other: &TableEntry) -> bool {
    one.manifest == other.manifest && one.state == other.state
}

fn is_same(present: Option<&TableEntry>, base: Option<&TableEntry>) -> bool {
    match (present, base) {
        (Some(present), Some(base)) => is_same_version(present, base),
        (None, None) => true,
        _ => false,
    }
}

/// The catalog whose tables are these and which remembers the present one.
pub(crate) fn successor(
    current: &Catalog,
    lake: &str,
    tables: Vec<TableEntry>,
    keep_snapshots: usize,
) -> Catalog {
    let snapshot_id = snapshot_id(&tables);
    let was = SnapshotEntry {
        snapshot_id: current.snapshot_id.clone(),
        published_at: current.published_at.clone(),
        tables: current.tables.clone(),
    };
    let is_earlier =
        |snapshot: &SnapshotEntry| !snapshot.snapshot_id.is_empty() && snapshot.snapshot_id != snapshot_id;
    let history = std::iter::once(was)
        .chain(current.history.iter().cloned())
        .filter(is_earlier)
        .take(keep_snapshots)
        .collect();
    Catalog {
        published_at: now(),
        tables,
        history,
        snapshot_id,
        ..Catalog::empty(lake)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: usize = 10;

    fn entry(name: &str, version: &str) -> TableEntry {
        TableEntry {
            name: name.to_owned(),
            manifest: version.to_owned(),
            state: Some(format!("state of {version}")),
            rows: 1,
            bytes: 1,
            files: 1,
            columns: 1,
            description: None,
            updated_at: String::new(),
        }
    }

    /// A table's version, made from the one that the catalog has.
    fn onto(current: &Catalog, name: &str, version: &str) -> Wanted {
        Wanted {
            entry: entry(name, version),
            base: current.table(name).cloned(),
        }
    }

    fn next(current: &Catalog, wanted: &[Wanted]) -> (Catalog, Vec<String>) {
        match merge(current, "lake", wanted, KEEP) {
            Merged::Next(next, changed) => (next, changed),
            other => panic!("{other:?}"),
        }
    }

    fn with(versions: &[(&str, &str)]) -> Catalog {
        let empty = Catalog::empty("lake");
        let wanted: Vec<Wanted> = versions
            .iter()
            .map(|(name, version)| onto(&empty, name, version))
            .collect();
        next(&empty, &wanted).0
    }

    #[test]
    fn tables_of_others_stay_and_unchanged_ones_keep_their_entry() {
        let first = with(&[("a", "a1"), ("b", "b1")]);
        assert!(first.history.is_empty(), "there was no snapshot before the first");
        let (second, changed) = next(&first, &[onto(&first, "b", "b1"), onto(&first, "c", "c1")]);
        assert_eq!(changed, ["c"]);
        let names: Vec<&str> = second.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(second.history[0].snapshot_id, first.snapshot_id);
        assert_ne!(second.snapshot_id, first.snapshot_id);
    }

    #[test]
    fn history_is_limited_and_holds_no_snapshot_twice() {
        let mut catalog = with(&[("a", "a0")]);
        for version in 1..30 {
            catalog = next(&catalog, &[onto(&catalog, "a", &format!("a{version}"))]).0;
        }
        assert_eq!(catalog.history.len(), KEEP);
        let before = catalog.history[0].clone();
        let (back, _) = next(&catalog, &[onto(&catalog, "a", "a28")]);
        assert_eq!(
            back.snapshot_id, before.snapshot_id,
            "the same tables are the same snapshot"
        );
        assert_eq!(back.history[0].snapshot_id, catalog.snapshot_id);
        assert!(
            back.history
                .iter()
                .all(|snapshot| snapshot.snapshot_id != back.snapshot_id)
        );
    }

    #[test]
    fn what_is_there_already_is_nothing_to_do_whatever_it_was_made_from() {
        let catalog = with(&[("a", "a1")]);
        let again = onto(&Catalog::empty("lake"), "a", "a1");
        assert!(matches!(merge(&catalog, "lake", &[again], KEEP), Merged::Nothing));
    }

    #[test]
    fn a_table_that_somebody_else_published_is_overtaken_and_keeps_out_the_others() {
        let base = with(&[("a", "a1")]);
        let wanted = [onto(&base, "a", "a2"), onto(&base, "b", "b1")];
        for current in [
            next(&base, &[onto(&base, "a", "a3")]).0,
            with(&[("z", "z1")]),
            with(&[("a", "a1"), ("b", "b2")]),
        ] {
            let Merged::Overtaken(tables) = merge(&current, "lake", &wanted, KEEP) else {
                panic!("{current:?}");
            };
            assert_eq!(tables.len(), 1, "{tables:?}");
        }
        let others = next(&base, &[onto(&base, "c", "c1")]).0;
        assert_eq!(next(&others, &wanted).1, ["a", "b"]);
    }

    #[test]
    fn another_state_of_the_same_manifest_is_no_new_snapshot() {
        let first = with(&[("a", "a1")]);
        let mut noted = onto(&first, "a", "a1");
        noted.entry.state = Some("another".to_owned());
        let (second, changed) = next(&first, &[noted.clone()]);
        assert!(changed.is_empty());
        assert_eq!(second.tables[0].state.as_deref(), Some("another"));
        assert_eq!(
            Catalog {
                tables: first.tables.clone(),
                ..second.clone()
            },
            first
        );
        noted.entry.state = Some("a third".to_owned());
        assert!(
            matches!(merge(&second, "lake", &[noted], KEEP), Merged::Overtaken(_)),
            "it was made from the first state"
        );
    }
}
