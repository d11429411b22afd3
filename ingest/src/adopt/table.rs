//! One table of the files that were read.
//!
//! Invariant: a column has one type in all files; a file whose column has another is refused by name, with both types.
//! Column ids of the version before are kept.
//!
//! Entry points: [`merge`] (columns), [`manifest`].

use catalog::{Column, ColumnType, DataFile, Lineage, TableManifest};

use super::footers::ReadFile;
use crate::gold::{Description, TableSketch, describe};

/// The columns of all files by name, those of the version before first, without those that stand in paths.
pub(super) fn merge(before: Option<&TableManifest>, files: &[ReadFile]) -> Result<Vec<Column>, String> {
    let mut columns: Vec<Column> = before.map(|before| before.columns.clone()).unwrap_or_default();
    let mut next_id = next_id(&columns);
    if let Some(before) = before {
        let in_paths: Vec<&Column> = DataFile::path_columns(&before.files, &before.columns).collect();
        columns.retain(|column| !in_paths.contains(&column));
    }
    // Where a column was first seen, for messages.
    let mut first: Vec<String> = vec!["the files that are published".to_owned(); columns.len()];
    let had_files = before.is_some_and(|before| !before.files.is_empty());
    for (number, read) in files.iter().enumerate() {
        for column in &read.columns {
            let Some(at) = columns.iter().position(|known| known.name == column.name) else {
                let is_missing_before = had_files || number > 0;
                columns.push(Column {
                    field_id: next_id,
                    nullable: column.nullable || is_missing_before,
                    ..column.clone()
                });
                first.push(read.file.key.clone());
                next_id += 1;
                continue;
            };
            if columns[at].column_type != column.column_type {
                return Err(format!(
                    "column `{}` is {} in {} but {} in {}: write one of them again with the other's type, or put the \
                     files in folders of their own",
                    column.name, column.column_type, read.file.key, columns[at].column_type, first[at]
                ));
            }
            columns[at].nullable |= column.nullable;
        }
        for known in &mut columns {
            known.nullable |= !read.columns.iter().any(|column| column.name == known.name);
        }
    }
    Ok(columns)
}

/// An id that no column has.
pub(super) fn next_id(columns: &[Column]) -> u32 {
    columns.iter().map(|column| column.field_id).max().unwrap_or(0) + 1
}

/// The manifest.
pub(super) fn manifest(
    table: &str,
    columns: Vec<Column>,
    files: Vec<DataFile>,
    partition_by: Vec<String>,
) -> Result<TableManifest, String> {
    let nested = columns
        .iter()
        .find(|column| matches!(column.column_type, ColumnType::Other(_)));
    if let Some(nested) = nested {
        // Readers learn nested types of the first file, and with them all columns.
        let is_whole = |file: &DataFile| {
            columns.iter().all(|column| {
                file.columns.contains_key(&column.name) || file.partition.contains_key(&column.name)
            })
        };
        if let Some(odd) = files.iter().find(|file| !is_whole(file)) {
            return Err(format!(
                "column `{}` is {}, and {} does not have all columns of the table: of nested types all files must have \
                 the same columns, so write that one again with them, or put it in a folder of its own",
                nested.name, nested.column_type, odd.key
            ));
        }
    }
    Ok(describe(
        table,
        columns,
        files,
        &TableSketch::unread(),
        Description {
            partition_by,
            ..Description::default()
        },
    ))
}

/// Whether a published table is of files that were adopted: a run says what it made a table of, and keeps its files
/// in `tables/`.
pub(super) fn is_adopted(manifest: &TableManifest) -> bool {
    manifest.lineage == Lineage::default()
        && manifest.files.iter().all(|file| !file.key.starts_with("tables/"))
}
