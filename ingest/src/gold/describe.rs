//! The manifest of a table from its files, its sketch and the model's header.
//!
//! Entry point: [`describe`], which reads nothing.

use catalog::{
    CheckResult, Column, ColumnStatistics, ColumnType, DataFile, FORMAT_VERSION, FileColumnStatistics,
    Lineage, Scalar, SortKey, TableManifest,
};

use super::GoldError;
use super::ordering::{least, most};
use super::sketch::TableSketch;
use crate::engine::Engine;

/// What a manifest says beside what the files tell.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// One or two sentences for people.
    pub text: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Words to find and select it by.
    pub tags: Vec<String>,
    /// Columns of which each file holds one combination of values, outermost first.
    pub partition_by: Vec<String>,
    /// How rows are sorted within each file.
    pub sort_keys: Vec<SortKey>,
    /// Checks and how they went.
    pub checks: Vec<CheckResult>,
    /// Where the rows come from.
    pub lineage: Lineage,
}

/// The manifest of a table that consists of these files, in their order. `sketch` is that of all their rows.
///
/// A column that a file knows nothing of is NULL in its rows.
pub fn describe(
    table: &str,
    mut columns: Vec<Column>,
    files: Vec<DataFile>,
    sketch: &TableSketch,
    description: Description,
) -> TableManifest {
    for column in &mut columns {
        column.statistics = ColumnStatistics {
            min: end(column, &files, |known| known.min.clone(), least),
            max: end(column, &files, |known| known.max.clone(), most),
            null_count: null_count(column, &files),
            ..sketch.column_statistics(column)
        };
    }
    TableManifest {
        format_version: FORMAT_VERSION,
        table: table.to_owned(),
        description: description.text,
        owner: description.owner,
        tags: description.tags,
        rows: files.iter().map(|file| file.rows).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        columns,
        files,
        partition_by: description.partition_by,
        sort_keys: description.sort_keys,
        checks: description.checks,
        lineage: description.lineage,
    }
}

/// What is known of a column in a file, or in its path.
fn known(file: &DataFile, column: &Column) -> Option<FileColumnStatistics> {
    let in_file = file.columns.get(&column.name).cloned();
    in_file.or_else(|| {
        let value = file.path_value(&column.name)?;
        let end = Some(value.clone()).filter(|value| !value.is_null());
        Some(FileColumnStatistics {
            null_count: Some(if value.is_null() { file.rows } else { 0 }),
            min: end.clone(),
            max: end,
        })
    })
}

/// The smallest or largest value over all files; none where a file has values but does not tell.
fn end(
    column: &Column,
    files: &[DataFile],
    of: impl Fn(&FileColumnStatistics) -> Option<Scalar>,
    choose: impl Fn(&ColumnType, Scalar, Scalar) -> Option<Scalar>,
) -> Option<Scalar> {
    let mut end = None;
    for file in files {
        let Some(known) = known(file, column) else {
            continue;
        };
        match (end.take(), of(&known)) {
            (None, first @ Some(_)) => end = first,
            (Some(so_far), Some(next)) => end = Some(choose(&column.column_type, so_far, next)?),
            (so_far, None) if known.null_count == Some(file.rows) => end = so_far,
            (_, None) => return None,
        }
    }
    end
}

fn null_count(column: &Column, files: &[DataFile]) -> Option<u64> {
    let counts = files.iter().map(|file| match known(file, column) {
        Some(known) => known.null_count,
        None => Some(file.rows),
    });
    counts.sum()
}

/// Names nested types as the catalog does, by their Arrow names. `select` returns the columns in this order.
pub fn name_nested_types(engine: &Engine, select: &str, columns: &mut [Column]) -> Result<(), GoldError> {
    if !columns
        .iter()
        .any(|column| matches!(column.column_type, ColumnType::Other(_)))
    {
        return Ok(());
    }
    let (schema, _) = engine.batches(&format!("SELECT * FROM ({select}) LIMIT 0"))?;
    for (column, field) in columns.iter_mut().zip(schema.fields()) {
        if let ColumnType::Other(name) = &mut column.column_type {
            *name = field.data_type().to_string();
        }
    }
    Ok(())
}
