//! Tables of databases, each staged as one Parquet file.
//!
//! Invariant: values are staged as they are; what cannot be is named with its column.
//!
//! Entry points: [`list`], [`Address::stage`].

mod rows;
mod sqlite;

use std::path::{Path, PathBuf};

use super::{RawFile, SourceError};
use crate::project::{Project, SourceConfig};

pub(super) use sqlite::file_of as sqlite_file;

/// A table of a database, or the answer to a query.
#[derive(Debug)]
pub(super) enum Address {
    Sqlite(sqlite::Address),
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Relation {
    Table(String),
    Query(String),
}

impl Relation {
    fn of(config: &SourceConfig) -> Result<Self, String> {
        match (&config.table, &config.query) {
            (Some(table), None) => Ok(Self::Table(table.clone())),
            (None, Some(query)) => Ok(Self::Query(query.trim().trim_end_matches(';').to_owned())),
            (None, None) => {
                Err("say what to read: add table = \"…\" or query = \"select …\" in ingest.toml".to_owned())
            }
            (Some(_), Some(_)) => {
                Err("it has a table and a query: leave one of them out in ingest.toml".to_owned())
            }
        }
    }

    /// What it is called.
    fn name(&self) -> &str {
        match self {
            Self::Table(table) => table,
            Self::Query(_) => "query",
        }
    }
}

/// Whether a path is that of a database.
pub(super) fn is_database(path: &str) -> bool {
    sqlite_file(path).is_some()
}

/// What a source's databases have to be read for, as raw files.
pub(super) async fn list(
    project: &Project,
    config: &SourceConfig,
    folder: &Path,
) -> Result<Vec<RawFile>, SourceError> {
    let relation = Relation::of(config)
        .map_err(|problem| SourceError::one(format!("{}: {problem}", super::shown(config))))?;
    sqlite::list(project, config, folder, &relation).await
}

impl Address {
    /// What tells two of them apart.
    pub fn identity(&self) -> String {
        match self {
            Self::Sqlite(address) => address.identity(),
        }
    }

    /// The file that has to be on this machine.
    pub fn file(&self) -> &RawFile {
        match self {
            Self::Sqlite(address) => &address.file,
        }
    }

    /// Writes the rows of that file to a Parquet file.
    pub async fn stage(&self, file: PathBuf, path: &Path) -> Result<(), String> {
        match self {
            Self::Sqlite(address) => {
                let (address, path) = (address.clone(), path.to_owned());
                tokio::task::spawn_blocking(move || address.stage(&file, &path))
                    .await
                    .map_err(|error| error.to_string())?
            }
        }
    }
}
