//! A sample table: rows that a SELECT computes, and what its columns mean.
//!
//! Invariant: rows are computed as they are written, in their order, and never held as a table: memory does not
//! grow with their number.
//!
//! Entry point: [`Sample::make`].

use std::collections::BTreeMap;
use std::path::Path;

use catalog::{Column, ColumnStatistics, Lineage, Role, SortKey, TableManifest};

use crate::engine::Engine;
use crate::gold::{self, Description, FILE_BYTES, GoldError, Layout, ROW_GROUP_ROWS, ZSTD_LEVEL};
use crate::publish::GoldTable;

/// Begins the SQL of every sample: by it a table is known as one that may be replaced.
const MADE_HERE: &str = "-- Made by `ingest generate ";

/// What a column is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described {
    /// Its name.
    pub name: &'static str,
    /// Its role, where it is not that of its type.
    pub role: Option<Role>,
    /// Whether it holds NULL.
    pub nullable: bool,
    /// One sentence for people.
    pub text: &'static str,
}

/// A table to be made.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// One sentence for people.
    pub text: String,
    /// Statements that the SELECT needs to have been run.
    pub macros: String,
    /// The rows, in their order. Its first line is a comment that begins with [`MADE_HERE`].
    pub select: String,
    /// Its columns.
    pub columns: &'static [Described],
    /// The column that the rows are sorted by, if any.
    pub sorted_by: Option<&'static str>,
}

impl Sample {
    /// Writes the rows into files in the folder and describes them.
    pub fn make(&self, engine: &Engine, name: &str, folder: &Path) -> Result<GoldTable, GoldError> {
        std::fs::create_dir_all(folder).map_err(|cause| GoldError::Io {
            path: folder.to_owned(),
            cause,
        })?;
        engine.execute(&self.macros)?;
        let columns = self.described(&engine.describe(&self.select)?)?;
        let sort_keys: Vec<SortKey> = self
            .sorted_by
            .iter()
            .map(|&column| SortKey {
                column: column.to_owned(),
                descending: false,
            })
            .collect();
        let layout = Layout {
            row_group_rows: ROW_GROUP_ROWS,
            file_bytes: FILE_BYTES,
            sort_keys: &sort_keys,
            partition_by: &[],
            bloom: &[],
            zstd_level: ZSTD_LEVEL,
        };
        let written = gold::write(engine, &self.select, &columns, layout, folder)?;
        let description = Description {
            text: Some(self.text.clone()),
            sort_keys,
            lineage: Lineage {
                sql: Some(self.select.clone()),
                ..Lineage::default()
            },
            ..Description::default()
        };
        let entries = written.files.iter().map(|file| file.entry(name)).collect();
        let manifest = gold::describe(name, columns, entries, &written.sketch, description);
        Ok(GoldTable {
            manifest,
            files: written.files,
            documents: BTreeMap::new(),
            state: None,
            base: None,
        })
    }

    fn described(&self, described: &[(String, String)]) -> Result<Vec<Column>, GoldError> {
        let columns = gold::columns_of(described)?;
        let known = |name: &str| self.columns.iter().find(|column| column.name == name);
        Ok((1..)
            .zip(columns)
            .map(|(field_id, column)| {
                let known = known(&column.name);
                let by_type = column.column_type.default_role();
                Column {
                    field_id,
                    original_name: None,
                    nullable: known.is_none_or(|known| known.nullable),
                    role: known.and_then(|known| known.role).unwrap_or(by_type),
                    description: known.map(|known| known.text.to_owned()),
                    name: column.name,
                    column_type: column.column_type,
                    statistics: ColumnStatistics::default(),
                }
            })
            .collect())
    }
}

/// Whether a table is a sample.
pub(super) fn is_made_here(manifest: &TableManifest) -> bool {
    let sql = manifest.lineage.sql.as_deref();
    sql.is_some_and(|sql| sql.starts_with(MADE_HERE))
}
