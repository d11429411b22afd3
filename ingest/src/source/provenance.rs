//! Columns that tell of each row which file it is from, and where in it.
//!
//! Invariant: a row's file is named by its path below the root of the source, the same in a folder and in a bucket; rows
//! are counted from 1 as the file has them. Where no model names these columns nothing is computed for them; of text
//! a small number is kept for each row.
//!
//! Entry point: [`Provenance::of`].

use super::below;
use super::{SourceColumn, SourceFile};
use crate::engine::{Engine, EngineError, sql};
use crate::project::SourceConfig;

/// The file's path below the root of its source.
pub(super) const FILE: &str = "_source_file";
/// The row's number in its file.
pub(super) const ROW: &str = "_row_number";
/// Columns that DuckDB's readers have beside those of files.
const VIRTUAL: [&str; 3] = ["filename", "file_index", "file_row_number"];
/// What a file that was made of a raw one has behind its name.
const MADE: &str = ".parquet";

/// Where a model asks for columns that its source does not have: what gives it them.
pub fn explained(EngineError(said): EngineError) -> EngineError {
    let is_missing = |name: &str| said.contains(&format!("\"{name}\" not found"));
    match [FILE, ROW].into_iter().find(|name| is_missing(name)) {
        None => EngineError(said),
        Some(name) => EngineError(format!(
            "{said}\n{name} is a column of sources that have provenance = true in ingest.toml"
        )),
    }
}

/// How rows tell where they are from.
#[derive(Debug, Clone)]
pub(super) struct Provenance {
    config: SourceConfig,
}

impl Provenance {
    /// The provenance of a source's rows.
    pub fn of(config: &SourceConfig) -> Self {
        Self {
            config: config.clone(),
        }
    }

    /// Refuses columns of files that would be taken for these.
    pub fn check(&self, columns: &[SourceColumn]) -> Result<(), EngineError> {
        let taken = columns.iter().find(|column| {
            let is = |name: &&str| column.name == *name || column.original.eq_ignore_ascii_case(name);
            [FILE, ROW].iter().chain(&VIRTUAL).any(is)
        });
        match taken {
            None => Ok(()),
            Some(column) => Err(EngineError(format!(
                "its column `{}` cannot be told from those that provenance = true adds: take that key out",
                column.original
            ))),
        }
    }

    /// The columns for a plan, which asks for no rows.
    pub fn plan(&self) -> String {
        format!(", NULL::VARCHAR AS {FILE}, NULL::BIGINT AS {ROW}")
    }

    /// The columns of Parquet files, read where they lie.
    pub fn parquet(&self, files: &[SourceFile]) -> String {
        format!(
            ", {} AS {FILE}, file_row_number + 1 AS {ROW}",
            self.file_by_path(files)
        )
    }

    /// The file of a row by its path: a part of it, where all paths are alike.
    fn file_by_path(&self, files: &[SourceFile]) -> String {
        let names = self.names(files);
        if let [only] = names.as_slice() {
            return sql::text(only);
        }
        let before: Option<Vec<(usize, usize)>> = files
            .iter()
            .zip(&names)
            .map(|(file, name)| {
                let path = file.path.to_string_lossy();
                let (path, made) = match path.strip_suffix(name) {
                    Some(before) => (before, 0),
                    None => (path.strip_suffix(MADE)?.strip_suffix(name)?, MADE.len()),
                };
                Some((path.chars().count(), made))
            })
            .collect();
        match before.as_deref() {
            Some([(before, made), others @ ..]) if others.iter().all(|other| *other == (*before, *made)) => {
                let from = before + 1;
                format!("substr(filename, {from}, length(filename) - {before} - {made})")
            }
            _ => {
                let paths: Vec<_> = files.iter().map(|file| file.path.to_string_lossy()).collect();
                format!(
                    "({})[list_position({}, filename)]",
                    sql::texts(&names),
                    sql::texts(&paths)
                )
            }
        }
    }

    /// The columns of a table of all rows, with `file_index`: text is parsed once, and keeps its order.
    pub fn table(&self, engine: &Engine, table: &str, files: &[SourceFile]) -> Result<String, EngineError> {
        let firsts = format!("SELECT file_index::BIGINT, min(rowid) FROM {table} GROUP BY ALL");
        let mut first_rows = vec![0; files.len()];
        for row in engine.rows(&firsts)? {
            if let [
                duckdb::types::Value::BigInt(file),
                duckdb::types::Value::BigInt(first),
            ] = row.as_slice()
                && let Some(place) = usize::try_from(*file)
                    .ok()
                    .and_then(|file| first_rows.get_mut(file))
            {
                *place = *first;
            }
        }
        let first_rows: Vec<String> = first_rows.iter().map(i64::to_string).collect();
        Ok(format!(
            ", ({})[file_index::BIGINT + 1] AS {FILE}, rowid - ([{}])[file_index::BIGINT + 1] + 1 AS {ROW}",
            sql::texts(&self.names(files)),
            first_rows.join(", ")
        ))
    }

    fn names(&self, files: &[SourceFile]) -> Vec<String> {
        let name = |file: &SourceFile| below::name(&self.config, &file.origin);
        files.iter().map(name).collect()
    }
}
