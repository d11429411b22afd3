//! Which keys of a source have a meaning for its path.

use super::{SourceError, database, shown, web};
use crate::project::SourceConfig;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Files here or in a bucket, which DuckDB reads.
    Files,
    /// A URL, which may be that of an API.
    Web,
    /// A file of SQLite, here or in a bucket.
    Sqlite,
    /// A file of SQLite at a URL.
    SqliteAtUrl,
    /// A server of PostgreSQL.
    Postgres,
}

use Kind::{Files, Postgres, Sqlite, SqliteAtUrl, Web};

/// A key, whether it is set, what it is for, and that in words.
type Key = (&'static str, bool, &'static [Kind], &'static str);

const READER: &[Kind] = &[Files, Web];
const STORE: &[Kind] = &[Files, Sqlite];
const URL: &[Kind] = &[Web, SqliteAtUrl];
const SERVER: &[Kind] = &[Web, SqliteAtUrl, Postgres];
const ASKED: &[Kind] = &[Web, Sqlite, SqliteAtUrl, Postgres];
const DATABASE: &[Kind] = &[Sqlite, SqliteAtUrl, Postgres];

/// Refuses a key that has no meaning for the path.
pub(super) fn check(config: &SourceConfig) -> Result<(), SourceError> {
    let kind = match database::sqlite_file(&config.path) {
        Some(file) if web::is_url(file) => SqliteAtUrl,
        Some(_) => Sqlite,
        None if web::is_url(&config.path) => Web,
        None if database::is_server(&config.path) => Postgres,
        None => Files,
    };
    let (text, store) = ("files that are read as they are", "files and buckets");
    let server = "paths that begin with https:// or postgres://";
    let (url, api) = ("paths that begin with https://", "APIs at https://");
    let database = "databases, as in path = \"sqlite:shop.db\" or \"postgres://host/shop\"";
    let asked = "databases and APIs";
    let keys: [Key; 11] = [
        ("format", config.format.is_some(), READER, text),
        ("options", !config.options.is_empty(), READER, text),
        ("endpoint", config.endpoint.is_some(), STORE, store),
        ("region", config.region.is_some(), STORE, store),
        ("headers", !config.headers.is_empty(), URL, url),
        ("timeout", config.timeout.is_some(), SERVER, server),
        ("records", config.records.is_some(), &[Web], api),
        ("pagination", config.pagination.is_some(), &[Web], api),
        ("cursor", config.cursor.is_some(), ASKED, asked),
        ("table", config.table.is_some(), DATABASE, database),
        ("query", config.query.is_some(), DATABASE, database),
    ];
    let misplaced = keys
        .iter()
        .find(|(_, is_set, kinds, _)| *is_set && !kinds.contains(&kind));
    match misplaced {
        Some((key, _, _, what)) => Err(SourceError::one(format!(
            "{}: {key} is for {what}: leave it out",
            shown(config)
        ))),
        None => Ok(()),
    }
}
