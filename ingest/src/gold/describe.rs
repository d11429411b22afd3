//! The manifest of a table from its files, statistics and the model's header.

use catalog::{
    CheckResult, Column, ColumnType, DataFile, FORMAT_VERSION, Lineage, SortKey, TableManifest, keys,
};
use std::collections::BTreeMap;

use super::{GoldError, WrittenFile, spread, statistics};
use crate::engine::Engine;
use crate::plan::Name;

/// What a manifest says beside what the files tell.
#[derive(Debug, Clone)]
pub struct Description {
    /// One or two sentences for people.
    pub text: Option<String>,
    /// How rows are sorted.
    pub sort_keys: Vec<SortKey>,
    /// Checks and how they went.
    pub checks: Vec<CheckResult>,
    /// Where the rows come from.
    pub lineage: Lineage,
}

/// The manifest of a stored table and its files. ETags come when the files are published.
pub fn describe(
    engine: &Engine,
    table: &Name,
    mut columns: Vec<Column>,
    files: &[WrittenFile],
    description: Description,
) -> Result<TableManifest, GoldError> {
    let ranges = statistics::ranges(engine, &columns, files)?;
    for (column, statistics) in columns.iter_mut().zip(ranges.table) {
        column.statistics = statistics;
    }
    let rows = files.iter().map(|file| file.rows).sum();
    spread::spread(engine, table, rows, &mut columns)?;
    name_nested_types(engine, table, &mut columns)?;
    let files: Vec<DataFile> = files
        .iter()
        .zip(ranges.files)
        .map(|(file, columns)| DataFile {
            key: keys::data_file(&table.table, &[], &file.content_hash),
            bytes: file.bytes,
            rows: file.rows,
            row_groups: file.row_groups,
            etag: None,
            content_hash: file.content_hash.clone(),
            footer: file.footer,
            partition: BTreeMap::new(),
            columns,
        })
        .collect();
    Ok(TableManifest {
        format_version: FORMAT_VERSION,
        table: table.table.clone(),
        description: description.text,
        owner: None,
        tags: Vec::new(),
        rows,
        bytes: files.iter().map(|file| file.bytes).sum(),
        columns,
        files,
        partition_by: Vec::new(),
        sort_keys: description.sort_keys,
        checks: description.checks,
        lineage: description.lineage,
    })
}

/// The catalog names types that it does not know by their Arrow names.
fn name_nested_types(engine: &Engine, table: &Name, columns: &mut [Column]) -> Result<(), GoldError> {
    if !columns
        .iter()
        .any(|column| matches!(column.column_type, ColumnType::Other(_)))
    {
        return Ok(());
    }
    let (schema, _) = engine.batches(&format!("SELECT * FROM {} LIMIT 0", table.quoted()))?;
    for (column, field) in columns.iter_mut().zip(schema.fields()) {
        if let ColumnType::Other(name) = &mut column.column_type {
            *name = field.data_type().to_string();
        }
    }
    Ok(())
}
