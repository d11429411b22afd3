//! The tables of a snapshot, and the snapshots.

use catalog::{Catalog, SnapshotEntry};

use crate::print;
use crate::snapshot::{self, Snapshot};
use crate::target::Target;

/// The catalog, or a former snapshot as its history has it.
pub(super) fn json(catalog: &Catalog, shown: &Snapshot<'_>) -> serde_json::Result<String> {
    if shown.id == catalog.snapshot_id {
        return serde_json::to_string_pretty(catalog);
    }
    serde_json::to_string_pretty(&SnapshotEntry {
        snapshot_id: shown.id.to_owned(),
        published_at: shown.published_at.to_owned(),
        tables: shown.tables.to_vec(),
    })
}

/// Prints the tables of the snapshot; of the current one also which snapshots there are.
pub(super) fn show(target: &Target, catalog: &Catalog, shown: &Snapshot<'_>) {
    print::out(format!(
        "{} at {} ({}), snapshot {} of {}",
        catalog.name, target.name, target.address, shown.id, shown.published_at
    ));
    let mut table = print::table(&[
        "table",
        "rows",
        "columns",
        "files",
        "size",
        "updated",
        "description",
    ]);
    for entry in shown.tables {
        table.add_row(vec![
            entry.name.as_str().into(),
            print::number(print::thousands(entry.rows)),
            print::number(entry.columns),
            print::number(entry.files),
            print::number(print::bytes(entry.bytes)),
            entry.updated_at.as_str().into(),
            entry.description.as_deref().unwrap_or_default().into(),
        ]);
    }
    print::out(table);
    if shown.id == catalog.snapshot_id {
        show_snapshots(&snapshot::all(catalog));
    }
}

fn show_snapshots(snapshots: &[Snapshot<'_>]) {
    let mut table = print::table(&["snapshot", "published", "tables", "rows", "size", "changes"]);
    for (index, snapshot) in snapshots.iter().enumerate() {
        let tables = snapshot.tables;
        table.add_row(vec![
            snapshot.id.into(),
            snapshot.published_at.into(),
            print::number(tables.len()),
            print::number(print::thousands(tables.iter().map(|entry| entry.rows).sum())),
            print::number(print::bytes(tables.iter().map(|entry| entry.bytes).sum())),
            snapshots
                .get(index + 1)
                .map_or_else(
                    || "the first one remembered".to_owned(),
                    |former| changes(former, snapshot),
                )
                .into(),
        ]);
    }
    print::out(table);
}

/// Which tables are not as they were: `adds a; changes b, c; removes d`.
fn changes(before: &Snapshot<'_>, after: &Snapshot<'_>) -> String {
    let mut added = Vec::new();
    let mut changed = Vec::new();
    for entry in after.tables {
        match before.entry(&entry.name) {
            None => added.push(entry.name.as_str()),
            Some(former) if former.manifest != entry.manifest => changed.push(entry.name.as_str()),
            Some(_) => {}
        }
    }
    let is_gone = |name: &&str| after.entry(name).is_none();
    let names = before.tables.iter().map(|entry| entry.name.as_str());
    let removed: Vec<&str> = names.filter(is_gone).collect();
    let parts: Vec<String> = [("adds", added), ("changes", changed), ("removes", removed)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(verb, names)| format!("{verb} {}", names.join(", ")))
        .collect();
    if parts.is_empty() {
        return "none".to_owned();
    }
    parts.join("; ")
}
