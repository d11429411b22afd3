//! One table: columns, files, checks, SQL.

use catalog::{CheckResult, CheckStatus, DataFile, Severity, TableEntry, TableManifest};

use super::columns;
use crate::print;

/// Prints a version of a table.
pub(super) fn show(entry: &TableEntry, manifest: &TableManifest) {
    print::out(format!(
        "{}: {}, {}{}",
        manifest.table,
        print::counted(manifest.rows, "row"),
        print::bytes(manifest.bytes),
        manifest
            .description
            .as_deref()
            .map(|text| format!(". {text}"))
            .unwrap_or_default()
    ));
    line("owner: ", manifest.owner.iter().cloned());
    line("tags: ", manifest.tags.iter().cloned());
    line("updated: ", [entry.updated_at.clone()]);
    line("manifest: ", [entry.manifest.clone()]);
    columns::show(&manifest.columns);
    let sorted_by = manifest
        .sort_keys
        .iter()
        .map(|key| format!("{}{}", key.column, if key.descending { " desc" } else { "" }));
    line("sorted by ", sorted_by);
    line("partitioned by ", manifest.partition_by.iter().cloned());
    show_files(&manifest.partition_by, &manifest.files);
    if !manifest.checks.is_empty() {
        show_checks(&manifest.checks);
    }
    let lineage = &manifest.lineage;
    line("models read: ", or_none(&lineage.models));
    line("sources: ", or_none(&lineage.sources));
    if let Some(sql) = &lineage.sql {
        print::out(format!("\n{sql}"));
    }
}

/// The label and `a, b`; nothing where there is nothing to say.
fn line(label: &str, values: impl IntoIterator<Item = String>) {
    let values: Vec<String> = values.into_iter().collect();
    if !values.is_empty() {
        print::out(format!("{label}{}", values.join(", ")));
    }
}

fn or_none(names: &[String]) -> Vec<String> {
    if names.is_empty() {
        vec!["none".to_owned()]
    } else {
        names.to_vec()
    }
}

fn show_files(partition_by: &[String], files: &[DataFile]) {
    let mut header = vec!["file"];
    header.extend(partition_by.iter().map(String::as_str));
    header.extend(["rows", "row groups", "size"]);
    let mut table = print::table(&header);
    for file in files {
        let mut row = vec![file.key.as_str().into()];
        let values = partition_by
            .iter()
            .map(|column| columns::shown(file.partition.get(column)).into());
        row.extend(values);
        row.extend([
            print::number(print::thousands(file.rows)),
            print::number(file.row_groups),
            print::number(print::bytes(file.bytes)),
        ]);
        table.add_row(row);
    }
    print::out(table);
}

fn show_checks(results: &[CheckResult]) {
    let mut table = print::table(&["check", "result", "failing rows"]);
    for check in results {
        table.add_row(vec![
            check.name.as_str().into(),
            verdict(check).into(),
            print::number(print::thousands(check.failing_rows)),
        ]);
    }
    print::out(table);
}

/// How a check went, in a word.
fn verdict(check: &CheckResult) -> &'static str {
    match (check.status, check.severity) {
        (CheckStatus::Passed, _) => "passed",
        (CheckStatus::Failed, Severity::Warn) => "warned",
        (CheckStatus::Failed, Severity::Error) => "failed",
    }
}
