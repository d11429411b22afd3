//! Tables of an SQLite file.
//!
//! SQLite has types of values, not of columns. A column whose values are of one type has that type; one of several is named
//! and read as text.
//!
//! Invariant: all rows are of one state of the database, that of the listing or a later one; one that is written to
//! meanwhile counts as changed in the next run.
//!
//! Entry points: [`list`], [`Address::stage`].

use std::fs::Metadata;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement, Transaction, TransactionBehavior};
use url::Url;

use super::Relation;
use super::rows::{ColumnType, Rows, Value};
use crate::engine::sql;
use crate::log;
use crate::project::{Project, SourceConfig};
use crate::source::{Place, RawFile, SourceError, list_files, version_of};
use crate::state::InputFile;

/// What a path begins with.
const SCHEME: &str = "sqlite:";
/// How long a lock of another program is waited for.
const BUSY: Duration = Duration::from_secs(30);
/// Tables that a message names.
const NAMED_TABLES: usize = 12;
/// Integers up to it are numbers with a fraction, too, without loss.
const EXACT: u64 = 1 << 53;

/// A table or query of a file.
#[derive(Debug, Clone)]
pub(in crate::source) struct Address {
    /// The database.
    pub(super) file: RawFile,
    /// What to call it.
    label: String,
    relation: Relation,
}

/// Which values a column has.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    integers: bool,
    /// Integers that are no numbers with a fraction.
    long_integers: bool,
    reals: bool,
    texts: bool,
    blobs: bool,
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
            place: Place::Database(Arc::new(super::Address::Sqlite(Address {
                file,
                label,
                relation: relation.clone(),
            }))),
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
    pub fn stage(&self, file: &Path, path: &Path) -> Result<(), String> {
        let wrong = |error: rusqlite::Error| format!("SQLite says: {}", message(&error));
        let connection = self.open(file).map_err(wrong)?;
        let transaction =
            Transaction::new_unchecked(&connection, TransactionBehavior::Deferred).map_err(wrong)?;
        let statement = match &self.relation {
            Relation::Table(table) => format!("SELECT * FROM {}", sql::identifier(table)),
            Relation::Query(query) => query.clone(),
        };
        let mut statement = match transaction.prepare(&statement) {
            Ok(statement) => statement,
            Err(error) => return Err(format!("{}{}", wrong(error), tables(&transaction))),
        };
        if !statement.readonly() || statement.column_count() == 0 {
            return Err("query is no SELECT: correct it in ingest.toml".to_owned());
        }
        let columns = self.columns(&mut statement).map_err(wrong)?;
        let mut out = Rows::create(path, &columns)?;
        let mut rows = statement.query([]).map_err(wrong)?;
        let mut count = 0_u64;
        while let Some(row) = rows.next().map_err(wrong)? {
            count += 1;
            for (index, (name, column_type)) in columns.iter().enumerate() {
                let value = row.get_ref(index).map_err(wrong)?;
                write(&mut out, index, *column_type, value)
                    .map_err(|problem| format!("row {count}, column {name}: {problem}"))?;
            }
            out.end_row()?;
        }
        out.finish()
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

impl Seen {
    fn note(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(value) => {
                self.integers = true;
                self.long_integers |= value.unsigned_abs() > EXACT;
            }
            ValueRef::Real(_) => self.reals = true,
            ValueRef::Text(_) => self.texts = true,
            ValueRef::Blob(_) => self.blobs = true,
        }
    }

    fn is_empty(self) -> bool {
        !(self.integers || self.reals || self.texts || self.blobs)
    }

    /// The type that holds all values as they are; none where there is none.
    fn column_type(self) -> Option<ColumnType> {
        match (self.integers, self.reals, self.texts, self.blobs) {
            (_, true, false, false) => (!self.long_integers).then_some(ColumnType::Float64),
            (true, false, false, false) => Some(ColumnType::Int64),
            (false, false, _, false) => Some(ColumnType::Text),
            (false, false, false, true) => Some(ColumnType::Binary),
            _ => None,
        }
    }

    fn words(self) -> String {
        let kinds = [
            (self.integers, "integers"),
            (self.reals, "reals"),
            (self.texts, "texts"),
            (self.blobs, "blobs"),
        ];
        let there: Vec<&str> = kinds
            .iter()
            .filter(|(is_there, _)| *is_there)
            .map(|(_, name)| *name)
            .collect();
        there.join(" and ")
    }
}

/// What a column without values is by its declaration, by SQLite's rules of affinity.
fn declared_type(declared: &str) -> ColumnType {
    let declared = declared.to_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    match () {
        () if has(&["INT"]) => ColumnType::Int64,
        () if has(&["CHAR", "CLOB", "TEXT"]) => ColumnType::Text,
        () if has(&["BLOB"]) => ColumnType::Binary,
        () if has(&["REAL", "FLOA", "DOUB"]) => ColumnType::Float64,
        () => ColumnType::Text,
    }
}

fn write(out: &mut Rows, index: usize, column_type: ColumnType, value: ValueRef<'_>) -> Result<(), String> {
    let text;
    let value = match (column_type, value) {
        (_, ValueRef::Null) => Value::Null,
        // Such integers are exact.
        (ColumnType::Float64, ValueRef::Integer(value)) => Value::Float(value as f64),
        (ColumnType::Text, ValueRef::Integer(value)) => {
            text = value.to_string();
            Value::Text(&text)
        }
        (ColumnType::Text, ValueRef::Real(value)) => {
            text = format!("{value:?}");
            Value::Text(&text)
        }
        (ColumnType::Text, ValueRef::Blob(value)) => {
            text = hex::encode(value);
            Value::Text(&text)
        }
        (_, ValueRef::Integer(value)) => Value::Int(value),
        (_, ValueRef::Real(value)) => Value::Float(value),
        (_, ValueRef::Text(value)) => Value::Text(std::str::from_utf8(value).map_err(|_| {
            "its text is no UTF-8: write a query that makes it a blob, as in CAST(x AS BLOB)".to_owned()
        })?),
        (_, ValueRef::Blob(value)) => Value::Binary(value),
    };
    match out.push(index, value) {
        true => Ok(()),
        false => Err(
            "the query gave other values when it was read again: make it give the same each time".to_owned(),
        ),
    }
}

/// What SQLite says of an error.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        error => error.to_string(),
    }
}

/// Which tables there are, for a message.
fn tables(connection: &Connection) -> String {
    let names = || -> rusqlite::Result<Vec<String>> {
        connection
            .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1")?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    match names() {
        Ok(names) if !names.is_empty() => {
            let more = if names.len() > NAMED_TABLES { ", …" } else { "" };
            let names: Vec<String> = names.into_iter().take(NAMED_TABLES).collect();
            format!("; its tables are {}{more}", names.join(", "))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_the_type_of_all_its_values() {
        let seen = |values: &[ValueRef<'_>]| {
            let mut seen = Seen::default();
            values.iter().for_each(|value| seen.note(*value));
            (seen.column_type(), seen.words())
        };
        let (int, real, text, blob) = (
            ValueRef::Integer(1),
            ValueRef::Real(0.5),
            ValueRef::Text(b"a"),
            ValueRef::Blob(b"a"),
        );
        assert_eq!(seen(&[ValueRef::Null, int]).0, Some(ColumnType::Int64));
        assert_eq!(seen(&[int, real]).0, Some(ColumnType::Float64));
        assert_eq!(seen(&[text]).0, Some(ColumnType::Text));
        assert_eq!(seen(&[blob]).0, Some(ColumnType::Binary));
        assert_eq!(seen(&[int, text]), (None, "integers and texts".to_owned()));
        assert_eq!(seen(&[text, blob]).0, None);
        assert_eq!(seen(&[ValueRef::Integer((1 << 53) + 1), real]).0, None);
    }

    #[test]
    fn a_column_without_values_has_the_type_of_its_declaration() {
        assert_eq!(declared_type("bigint"), ColumnType::Int64);
        assert_eq!(declared_type("VARCHAR(10)"), ColumnType::Text);
        assert_eq!(declared_type("double precision"), ColumnType::Float64);
        assert_eq!(declared_type("blob"), ColumnType::Binary);
        assert_eq!(declared_type(""), ColumnType::Text);
    }
}
