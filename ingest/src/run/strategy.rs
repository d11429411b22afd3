//! How new rows meet the data files that are there.
//!
//! Invariant: only files that hold rows which go are rewritten; all others stay as they are, with their names.

use std::collections::BTreeSet;
use std::path::Path;

use catalog::{DataFile, TableManifest};
use duckdb::types::Value;

use super::overlap::may_overlap;
use super::tables::Tables;
use crate::data_files::relation;
use crate::engine::{Engine, EngineError, sql};
use crate::gold::{self, GoldError, Layout, TableSketch, WrittenFile};
use crate::plan::Name;
use crate::project::{Incremental, Strategy};

/// What becomes of a table's files.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Files that stay.
    pub kept: Vec<DataFile>,
    /// Files that go: rewritten, or without a row that stays.
    pub removed: Vec<DataFile>,
    /// What stays of the rows of files that go.
    pub rewritten: Vec<WrittenFile>,
    /// Sketches of the rewritten files.
    pub sketches: Vec<TableSketch>,
}

/// New rows, and where they are to go.
pub(super) struct NewRows<'a> {
    /// The table.
    pub table: &'a Name,
    /// Its files.
    pub files: &'a [WrittenFile],
    /// Its columns from now on.
    pub columns: &'a [catalog::Column],
    /// How files are laid out.
    pub layout: Layout<'a>,
    /// The clause that orders rows within files, with a blank in front.
    pub order_by: &'a str,
    /// Where files are rewritten.
    pub folder: &'a Path,
}

/// Makes room for the new rows in the published version.
pub(super) fn merge(
    engine: &Engine,
    tables: &Tables<'_>,
    incremental: &Incremental,
    published: &TableManifest,
    new: &NewRows<'_>,
) -> anyhow::Result<Merged> {
    match incremental.strategy {
        Strategy::Append => Ok(Merged {
            kept: published.files.clone(),
            ..Merged::default()
        }),
        Strategy::PartitionOverwrite => {
            let replaced = |file: &DataFile| new.files.iter().any(|new| new.partition == file.partition);
            let (removed, kept) = published.files.iter().cloned().partition(replaced);
            Ok(Merged {
                kept,
                removed,
                ..Merged::default()
            })
        }
        Strategy::DeleteInsert | Strategy::Merge => by_key(engine, tables, incremental, published, new),
    }
}

fn by_key(
    engine: &Engine,
    tables: &Tables<'_>,
    incremental: &Incremental,
    published: &TableManifest,
    new: &NewRows<'_>,
) -> anyhow::Result<Merged> {
    let key = incremental.unique_key.as_slice();
    let paths: Vec<&Path> = new.files.iter().map(|file| file.path.as_path()).collect();
    let rows = relation(&paths);
    let ranges: Vec<_> = new.files.iter().map(|file| &file.statistics).collect();
    let (candidates, kept): (Vec<_>, Vec<_>) = published
        .files
        .iter()
        .cloned()
        .partition(|file| may_overlap(&published.columns, key, &file.columns, &ranges));
    let mut merged = Merged {
        kept,
        ..Merged::default()
    };
    let alike = key
        .iter()
        .map(|column| format!("n.{0} = t.{0}", sql::identifier(column)))
        .collect::<Vec<_>>()
        .join(" AND ");
    let keys: Vec<String> = key.iter().map(|column| sql::identifier(column)).collect();
    let keys = keys.join(", ");
    engine.execute(&format!(
        "CREATE OR REPLACE TEMP TABLE new_keys AS SELECT DISTINCT {keys} FROM {rows}"
    ))?;
    for (index, file) in candidates.into_iter().enumerate() {
        let path = tables.local(new.table, std::slice::from_ref(&file))?;
        let old = relation(&path);
        let goes = engine.count(&format!(
            "SELECT count(*) FROM {old} t WHERE EXISTS (SELECT 1 FROM new_keys n WHERE {alike})"
        ))?;
        if goes == 0 {
            merged.kept.push(file);
            continue;
        }
        if goes < file.rows {
            let folder = new.folder.join(format!("rewritten-{index:05}"));
            std::fs::create_dir_all(&folder).map_err(|cause| GoldError::Io {
                path: folder.clone(),
                cause,
            })?;
            let columns = columns_of_old(engine, &old, &rows, new.columns)?;
            let stays = format!(
                "SELECT {columns} FROM {old} t WHERE NOT EXISTS (SELECT 1 FROM new_keys n WHERE {alike}){}",
                new.order_by
            );
            let written = gold::write(engine, &stays, new.columns, new.layout, &folder)?;
            merged.rewritten.extend(written.files);
            merged.sketches.push(written.sketch);
        }
        merged.removed.push(file);
    }
    engine.execute("DROP TABLE new_keys")?;
    Ok(merged)
}

/// New rows must tell which rows they replace, and for a merge no two may replace the same. `rows` is a relation.
pub(super) fn check_key(engine: &Engine, incremental: &Incremental, rows: &str) -> Result<(), EngineError> {
    if incremental.unique_key.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = incremental
        .unique_key
        .iter()
        .map(|column| sql::identifier(column))
        .collect();
    let is_null: Vec<String> = keys.iter().map(|key| format!("{key} IS NULL")).collect();
    let nulls = engine.count(&format!(
        "SELECT count(*) FROM {rows} WHERE {}",
        is_null.join(" OR ")
    ))?;
    if nulls > 0 {
        return Err(EngineError(format!(
            "unique_key ({}) is NULL in {} of the new rows: leave them out with WHERE, or name other columns",
            incremental.unique_key.join(", "),
            crate::print::counted(nulls, "row")
        )));
    }
    if incremental.strategy == Strategy::DeleteInsert {
        return Ok(());
    }
    let keys = keys.join(", ");
    let twice = engine.rows(&format!(
        "SELECT ({keys})::VARCHAR, count(*), count(*) OVER () FROM {rows} GROUP BY ALL HAVING count(*) > 1 ORDER BY 1 LIMIT 3"
    ))?;
    let example = |row: &Vec<Value>| match &row[..] {
        [Value::Text(key), Value::BigInt(count), _] => format!("{key} ({count} rows)"),
        other => format!("{other:?}"),
    };
    match twice.first() {
        None => Ok(()),
        Some(_) => Err(EngineError(format!(
            "unique_key ({}) occurs more than once in the new rows, so that it is not clear which of them is to stay: {}. \
             Keep one with QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY ... DESC) = 1, or use strategy \
             delete+insert, which keeps all",
            incremental.unique_key.join(", "),
            twice.iter().map(example).collect::<Vec<_>>().join(", "),
        ))),
    }
}

/// The columns of a file that was written before some of them came, which are NULL there.
fn columns_of_old(
    engine: &Engine,
    old: &str,
    new: &str,
    columns: &[catalog::Column],
) -> Result<String, EngineError> {
    let present: BTreeSet<String> = engine
        .describe(&format!("SELECT * FROM {old}"))?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let types = engine.describe(&format!("SELECT * FROM {new}"))?;
    let expression = |column: &catalog::Column| {
        let name = sql::identifier(&column.name);
        let of_type = types.iter().find(|(known, _)| *known == column.name);
        match of_type {
            Some((_, duck_type)) if !present.contains(&column.name) => format!("NULL::{duck_type} AS {name}"),
            _ => name,
        }
    };
    Ok(columns.iter().map(expression).collect::<Vec<_>>().join(", "))
}
