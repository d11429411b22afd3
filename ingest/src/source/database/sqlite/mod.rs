//! Tables of an SQLite file.
//!
//! SQLite has types of values, not of columns. A column whose values are of one type has that type; one of several is named
//! and read as text.
//!
//! Invariant: all rows are of one state of the database, that of the listing or a later one; one that is written to
//! meanwhile counts as changed in the next run.
//!
//! Entry points: [`list`], [`Address::stage`], [`Address::window`].

mod beyond;
mod seen;

use std::borrow::Cow;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Statement, Transaction, TransactionBehavior};
use url::Url;

use self::beyond::Reading;
use self::seen::{Seen, declared_type};
use super::column::{ColumnType, Value};
use super::rows::Rows;
use super::{Relation, among};
use crate::engine::sql;
use crate::log;
use crate::project::{Project, SourceConfig};
use crate::source::growing::{Answer, Asked};
use crate::source::{Place, RawFile, SourceError, list_files, version_of};
use crate::state::InputFile;

/// What a path begins with.
const SCHEME: &str = "sqlite:";
/// How long a lock of another program is waited for.
const BUSY: Duration = Duration::from_secs(30);

/// A table or query of a file.
#[derive(Debug, Clone)]
pub(in crate::source) struct Address {
    /// The database.
    pub file: RawFile,
    /// What to call it.
    label: String,
    relation: Relation,
}

/// The file, glob, object or URL that a path `sqlite:shop.db` names.
pub(in crate::source) fn file_of(path: &str) -> Option<&str> {
    path.strip_prefix(SCHEME)
}

/// The table of each file as a raw file, whose version is that of the database.
pub(super) async fn list(
    project: &Project,
    config: &SourceConfig,
    folder: &Path,
    relation: &Relation,
) -> Result<Vec<RawFile>, SourceError> {
    let of_files = SourceConfig {
        path: file_of(&config.path).unwrap_or(&config.path).to_owned(),
        written: file_of(&config.written).unwrap_or(&config.written).to_owned(),
        ..config.clone()
    };
    let files = list_files(project, &of_files, folder).await?;
    let raw_file = |mut file: RawFile| {
        if let Place::Folder(path) = &file.place
            && let Some(journal) = journal_of(path)
        {
            file.input.version = format!("{} {}", file.input.version, version_of(&journal));
            file.input.bytes += journal.len();
            file.modified = file.modified.max(version_of(&journal));
        }
        let label = format!("{SCHEME}{}/{}", file.input.path, relation.name());
        RawFile {
            input: InputFile {
                path: label.clone(),
                ..file.input.clone()
            },
            modified: file.modified,
            place: Place::Database(Arc::new(Address {
                file,
                label,
                relation: relation.clone(),
            })),
        }
    };
    Ok(files.into_iter().map(raw_file).collect())
}

/// What was committed last may be in this file only.
fn journal_of(path: &Path) -> Option<Metadata> {
    let mut journal = path.to_owned().into_os_string();
    journal.push("-wal");
    let journal = std::fs::metadata(journal).ok()?;
    (journal.len() > 0).then_some(journal)
}

impl Address {
    /// What tells two of them apart, of one file.
    pub fn identity(&self) -> String {
        format!("{:?}", self.relation)
    }

    /// Whether nobody writes to the file while it is read: it was fetched for this run.
    fn is_copy(&self) -> bool {
        !matches!(self.file.place, Place::Folder(_))
    }

    /// Opens the file, which has to be one of SQLite.
    fn open(&self, file: &Path) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let normal = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(file, flags)?;
            connection.busy_timeout(BUSY)?;
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(connection)
        };
        let unlocked = || {
            let mut url =
                Url::from_file_path(file).map_err(|()| rusqlite::Error::InvalidPath(file.to_owned()))?;
            url.set_query(Some("immutable=1"));
            Connection::open_with_flags(url.as_str(), flags | OpenFlags::SQLITE_OPEN_URI)
        };
        if self.is_copy() {
            return unlocked();
        }
        match normal() {
            // A database with a journal needs files beside it, which a folder that is only read does not take.
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && journal_of(file).is_none() =>
            {
                unlocked()
            }
            opened => opened,
        }
    }

    /// Writes the rows of the file to a Parquet file.
    pub async fn stage(&self, file: PathBuf, path: &Path) -> Result<(), String> {
        let (address, path) = (self.clone(), path.to_owned());
        blocking(move || address.read(&file, &path, None)).await.map(drop)
    }

    /// The rows that are asked for, of a file that is here.
    pub async fn window(&self, asked: Asked<'_>, path: &Path) -> Result<Answer, String> {
        let Place::Folder(file) = &self.file.place else {
            return Err("it has to be fetched first".to_owned());
        };
        let (address, file, path) = (self.clone(), file.clone(), path.to_owned());
        let (cursor, from) = (asked.cursor.to_owned(), asked.from.cloned());
        blocking(move || {
            let asked = Asked {
                cursor: &cursor,
                from: from.as_ref(),
            };
            address.read(&file, &path, Some(asked))
        })
        .await
    }

    fn read(&self, file: &Path, path: &Path, asked: Option<Asked<'_>>) -> Result<Answer, String> {
        let connection = self.open(file).map_err(wrong)?;
        let transaction =
            Transaction::new_unchecked(&connection, TransactionBehavior::Deferred).map_err(wrong)?;
        let select = match &self.relation {
            Relation::Table(table) => format!("SELECT * FROM {}", sql::identifier(table)),
            Relation::Query(query) => query.clone(),
        };
        let mut statement = match transaction.prepare(&select) {
            Ok(statement) => statement,
            Err(error) => return Err(format!("{}{}", wrong(error), tables(&transaction))),
        };
        if !statement.readonly() || statement.column_count() == 0 {
            return Err("query is no SELECT: correct it in ingest.toml".to_owned());
        }
        let columns = self.columns(&mut statement).map_err(wrong)?;
        let mut out = Rows::create(path, &columns)?;
        let (mut count, mut size) = (0_u64, 0_u64);
        let mut act = |row: &Row<'_>| {
            count += 1;
            for (index, (name, column_type)) in columns.iter().enumerate() {
                let value = row.get_ref(index).map_err(wrong)?;
                size += bytes(value);
                write(&mut out, index, column_type, value)
                    .map_err(|problem| format!("row {count}, column {name}: {problem}"))?;
            }
            out.end_row()
        };
        let position = match asked {
            None => {
                each(&mut statement, &mut act)?;
                None
            }
            Some(asked) => {
                let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
                let reading = Reading {
                    connection: &transaction,
                    select: &select,
                    names: &names,
                };
                beyond::read(&reading, asked, &mut act)?
            }
        };
        out.finish()?;
        Ok(Answer {
            rows: count,
            bytes: size,
            position,
        })
    }

    /// Names and types of the columns, by all values in them.
    fn columns(&self, statement: &mut Statement<'_>) -> rusqlite::Result<Vec<(String, ColumnType)>> {
        let declared: Vec<(String, String)> = statement
            .columns()
            .map(|column| {
                (
                    column.name().to_owned(),
                    column.decl_type().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        let mut seen = vec![Seen::default(); declared.len()];
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for (index, seen) in seen.iter_mut().enumerate() {
                seen.note(row.get_ref(index)?);
            }
        }
        let columns = declared.into_iter().zip(&seen).map(|((name, declared), seen)| {
            let column_type = seen.column_type().unwrap_or_else(|| {
                log::warning(&format!(
                    "{}: column {name} has {}: it is read as text",
                    self.label,
                    seen.words()
                ));
                ColumnType::Text
            });
            match seen.is_empty() {
                true => (name, declared_type(&declared)),
                false => (name, column_type),
            }
        });
        Ok(columns.collect())
    }
}

fn write(out: &mut Rows, index: usize, column_type: &ColumnType, value: ValueRef<'_>) -> Result<(), String> {
    let value = match (column_type, value) {
        (_, ValueRef::Null) => Value::Null,
        // Such integers are exact.
        (ColumnType::Float64, ValueRef::Integer(value)) => Value::Float(value as f64),
        (ColumnType::Text, ValueRef::Integer(value)) => Value::Text(value.to_string().into()),
        (ColumnType::Text, ValueRef::Real(value)) => Value::Text(format!("{value:?}").into()),
        (ColumnType::Text, ValueRef::Blob(value)) => Value::Text(hex::encode(value).into()),
        (_, ValueRef::Integer(value)) => Value::Int(value),
        (_, ValueRef::Real(value)) => Value::Float(value),
        (_, ValueRef::Text(value)) => {
            Value::Text(std::str::from_utf8(value).map(Cow::from).map_err(|_| {
                "its text is no UTF-8: write a query that makes it a blob, as in CAST(x AS BLOB)".to_owned()
            })?)
        }
        (_, ValueRef::Blob(value)) => Value::Binary(value),
    };
    match out.push(index, value) {
        true => Ok(()),
        false => Err(
            "the query gave other values when it was read again: make it give the same each time".to_owned(),
        ),
    }
}

/// Does something with each row.
fn each(
    statement: &mut Statement<'_>,
    act: &mut impl FnMut(&Row<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let mut rows = statement.query([]).map_err(wrong)?;
    while let Some(row) = rows.next().map_err(wrong)? {
        act(row)?;
    }
    Ok(())
}

/// Does what takes time beside what waits.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(act).await;
    done.map_err(|error| error.to_string())?
}

/// The size of a value.
fn bytes(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(value) | ValueRef::Blob(value) => value.len() as u64,
    }
}

/// In words, what SQLite says.
fn wrong(error: rusqlite::Error) -> String {
    let said = match error {
        rusqlite::Error::SqliteFailure(_, Some(said)) => said,
        error => error.to_string(),
    };
    format!("SQLite says: {said}")
}

/// Which tables there are, for a message.
fn tables(connection: &Connection) -> String {
    let names = || -> rusqlite::Result<Vec<String>> {
        connection
            .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1")?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    among(names().unwrap_or_default())
}
