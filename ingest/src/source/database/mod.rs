//! Tables of databases, each as one Parquet file.
//!
//! Invariant: values are staged as they are; what cannot be is named with its column.
//!
//! Entry points: [`list`], [`Sqlite::stage`], [`Postgres::list`].

mod column;
mod postgres;
mod rows;
mod sqlite;

use std::path::Path;

use super::growing::{Growing, Origin};
use super::{Place, RawFile, SourceError};
use crate::project::{Cursor, Project, SourceConfig};

pub(crate) use postgres::connect as connect_postgres;
pub(super) use postgres::{Postgres, is_address as is_server};
pub(super) use sqlite::{Address as Sqlite, file_of as sqlite_file};

/// Tables that a message names.
const NAMED_TABLES: usize = 12;

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
    sqlite_file(path).is_some() || is_server(path)
}

/// What a server's database is called, without user and password: what may be part of either is left out.
pub(super) fn label(config: &SourceConfig) -> String {
    let unnamed = || "PostgreSQL".to_owned();
    let (scheme, rest) = match config.written.split_once("://") {
        Some((scheme, _)) if scheme.contains('=') => return unnamed(),
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        // A connection string in words has its password anywhere.
        None if config.written.contains('=') => return unnamed(),
        None => (String::new(), config.written.as_str()),
    };
    let (before, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    // What is before may be of a password or of parameters, which may have one.
    if before.contains('?') {
        return unnamed();
    }
    let place = place.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{place}")
}

/// Which tables there are, for a message.
fn among(names: Vec<String>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > NAMED_TABLES { ", …" } else { "" };
    let names: Vec<String> = names.into_iter().take(NAMED_TABLES).collect();
    format!("; its tables are {}{more}", names.join(", "))
}

/// What a source's databases have to be read for, as raw files.
pub(super) async fn list(
    project: &Project,
    config: &SourceConfig,
    folder: &Path,
) -> Result<Vec<RawFile>, SourceError> {
    let named = |problem| SourceError::one(format!("{}: {problem}", super::shown(config)));
    let relation = Relation::of(config).map_err(named)?;
    let cursor = match &config.cursor {
        Some(Cursor::Column(column)) => Some(column.as_str()),
        Some(Cursor::Parameter(_)) => {
            return Err(named(
                "parameter is for APIs: write cursor = \"column\"".to_owned(),
            ));
        }
        None => None,
    };
    if is_server(&config.path) {
        let server = Postgres::of(project, config, &relation).map_err(named)?;
        let file = match cursor {
            Some(cursor) => {
                let label = server.label().to_owned();
                Growing::new(Origin::Postgres(Box::new(server)), cursor, folder).into_file(label)
            }
            None => server
                .list(folder)
                .await
                .map_err(|problem| SourceError::one(format!("{}: {problem}", server.label())))?,
        };
        return Ok(vec![file]);
    }
    let files = sqlite::list(project, config, folder, &relation).await?;
    let Some(cursor) = cursor else {
        return Ok(files);
    };
    let growing = |file: RawFile| {
        match &file.place {
        Place::Database(address) if matches!(address.file.place, Place::Folder(_)) => {
            let origin = Origin::Sqlite(address.clone());
            Ok(Growing::new(origin, cursor, folder).into_file(file.input.path))
        }
        _ => Err(named(
            "cursor is for databases that are asked where they are, and this one has to be fetched first: leave it out"
                .to_owned(),
        )),
    }
    };
    files.into_iter().map(growing).collect()
}

/// Where columns are among others.
fn places_of<S: AsRef<str>>(names: &[S], among: &[&str]) -> Result<Vec<usize>, String> {
    let place = |name: &S| {
        let name = name.as_ref();
        among.iter().position(|other| *other == name).ok_or_else(|| {
            format!(
                "there is no column {name} (there are {}), by which new rows are told: correct cursor in ingest.toml, or, \
                 where the column is gone, make the table anew with --full-refresh",
                among.join(", ")
            )
        })
    };
    names.iter().map(place).collect()
}

/// Says that rows would never be seen.
fn no_values(cursor: &str) -> String {
    format!(
        "there are rows without a value in {cursor}, which is the cursor, so that they would never be seen: choose another \
         column, or write a query that has none of them or gives them a value"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_no_secrets() {
        let label_of = |written: &str| {
            let mut config: SourceConfig = toml::from_str("path = 'x'").expect("parses");
            config.written = written.to_owned();
            label(&config)
        };
        for (written, shown) in [
            ("postgres://host/d", "postgres://host/d"),
            (
                "postgres://u:p@host:5432/d?sslmode=disable",
                "postgres://host:5432/d",
            ),
            ("postgres://u:p/q@host/d", "postgres://host/d"),
            ("postgres://u:p#q@host/d", "postgres://host/d"),
            ("postgres://u:p@q@host/d", "postgres://host/d"),
            ("postgres://u:p?q@host/d", "PostgreSQL"),
            ("postgres://host/d?user=u&password=p@q", "PostgreSQL"),
            ("postgres://u:${PASSWORD}@host/d", "postgres://host/d"),
            ("host=h password=p", "PostgreSQL"),
            ("host=h password=p://q", "PostgreSQL"),
            ("${SERVER}", "${SERVER}"),
            ("${USER}:p@host/d", "host/d"),
        ] {
            assert_eq!(label_of(written), shown, "{written}");
        }
    }
}
