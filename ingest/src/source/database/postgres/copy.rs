//! Rows as `COPY` sends them, in binary.
//!
//! Entry point: [`fetch`].

use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio_postgres::binary_copy::{BinaryCopyOutRow, BinaryCopyOutStream};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, Error, Statement};

use super::address::Address;
use super::beyond;
use super::failure::Failure;
use super::types::{column_type, value};
use crate::engine::sql;
use crate::source::database::column::{ColumnType, Value};
use crate::source::database::rows::Rows;
use crate::source::database::{Relation, among};
use crate::source::growing::{Answer, Asked};
use crate::state::hash_of;

/// What was read.
pub(super) struct Copied {
    /// Rows, bytes, and where they end.
    pub answer: Answer,
    /// A hash of the rows in any order, for a server may send them in another one each time.
    pub version: String,
    /// Columns whose numbers are text.
    pub as_text: Vec<String>,
}

/// A column and how it is read.
pub(super) struct Column {
    pub name: String,
    of: Type,
    target: ColumnType,
}

/// A value in binary.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Reads the rows to a Parquet file: those that are asked for, or all.
pub(super) async fn fetch(
    address: &Address,
    relation: &Relation,
    silence: Option<Duration>,
    path: &Path,
    asked: Option<Asked<'_>>,
) -> Result<Copied, Failure> {
    let client = address.connect().await?;
    client
        .batch_execute(BEGIN)
        .await
        .map_err(|error| Failure::of(&error))?;
    let select = match relation {
        Relation::Table(table) => format!("SELECT * FROM {}", quoted(table)),
        Relation::Query(query) => query.clone(),
    };
    let statement = match client.prepare(&select).await {
        Ok(statement) => statement,
        Err(error) => return Err(unprepared(&client, &error).await),
    };
    let columns = columns(&statement).map_err(Failure::lasting)?;
    let kinds: Vec<(String, ColumnType)> = columns
        .iter()
        .map(|column| (column.name.clone(), column.target.clone()))
        .collect();
    let reading = Reading {
        client: &client,
        select: &select,
        columns: &columns,
        silence,
    };
    let mut sum = Sum::default();
    let mut out = Rows::create(path, &kinds).map_err(Failure::lasting)?;
    let mut write = |row: &BinaryCopyOutRow| -> Result<(), Problem> {
        let (bytes, hash) = write(&mut out, &columns, row)?;
        sum.add(bytes, hash);
        Ok(())
    };
    let position = match asked {
        None => {
            reading.each("", &mut write).await?;
            None
        }
        Some(asked) => beyond::read(&reading, asked, &mut write).await?,
    };
    out.finish().map_err(Failure::lasting)?;
    Ok(Copied {
        version: hash_of([format!("{kinds:?}"), format!("{} {:032x}", sum.rows, sum.hash)]),
        answer: Answer {
            rows: sum.rows,
            bytes: sum.bytes,
            position,
        },
        as_text: columns
            .into_iter()
            .filter(|column| column.is_number_as_text())
            .map(|column| column.name)
            .collect(),
    })
}

/// Rows that were written.
#[derive(Default)]
struct Sum {
    rows: u64,
    bytes: u64,
    hash: u128,
}

impl Sum {
    fn add(&mut self, bytes: u64, hash: Sha256) {
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        self.rows += 1;
        self.bytes += bytes;
        self.hash = self.hash.wrapping_add(u128::from_be_bytes(half));
    }
}

/// A statement whose rows are read, in a transaction.
pub(super) struct Reading<'a> {
    pub client: &'a Client,
    select: &'a str,
    pub columns: &'a [Column],
    silence: Option<Duration>,
}

impl Reading<'_> {
    /// The statement with something that follows it, as a condition.
    pub fn with(&self, end: &str) -> String {
        format!("SELECT * FROM (\n{}\n) AS asked {end}", self.select)
    }

    /// Does something with each row that meets a condition, or with all.
    pub async fn each(
        &self,
        condition: &str,
        act: &mut impl FnMut(&BinaryCopyOutRow) -> Result<(), Problem>,
    ) -> Result<(), Failure> {
        let select = match condition.is_empty() {
            true => self.select.to_owned(),
            false => self.with(condition),
        };
        let copy = self
            .client
            .copy_out(&format!("COPY ({select}\n) TO STDOUT (FORMAT binary)"))
            .await
            .map_err(|error| Failure::of(&error))?;
        let types: Vec<Type> = self.columns.iter().map(|column| column.of.clone()).collect();
        let mut rows = pin!(BinaryCopyOutStream::new(copy, &types));
        let mut count = 0_u64;
        while let Some(row) = next(rows.as_mut(), self.silence).await? {
            count += 1;
            act(&row).map_err(|problem| {
                Failure::lasting(match problem {
                    Problem::Of(column, problem) => format!("row {count}, column {column}: {problem}"),
                    Problem::Else(problem) => problem,
                })
            })?;
        }
        Ok(())
    }
}

impl Column {
    fn is_number_as_text(&self) -> bool {
        fn element(target: &ColumnType) -> &ColumnType {
            match target {
                ColumnType::List(target) => target,
                target => target,
            }
        }
        *element(&self.target) == ColumnType::Text && base(&self.of) == Type::NUMERIC
    }
}

/// The type that a domain or an array is of.
fn base(of: &Type) -> Type {
    use tokio_postgres::types::Kind;
    match of.kind() {
        Kind::Domain(of) | Kind::Array(of) => base(of),
        _ => of.clone(),
    }
}

/// What is wrong with a row.
pub(super) enum Problem {
    /// With a column of it.
    Of(String, String),
    Else(String),
}

/// Writes a row; returns how many bytes it has, and a hash of it.
fn write(out: &mut Rows, columns: &[Column], row: &BinaryCopyOutRow) -> Result<(u64, Sha256), Problem> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    for (index, column) in columns.iter().enumerate() {
        let of_column = |problem: String| Problem::Of(column.name.clone(), problem);
        let raw = raw(row, index).map_err(of_column)?;
        note(&mut hash, raw);
        let value = match raw {
            None => Value::Null,
            Some(raw) => {
                bytes += raw.len() as u64;
                value(&column.of, &column.target, raw).map_err(of_column)?
            }
        };
        if !out.push(index, value) {
            return Err(of_column(
                "it is a value of another type than its column: write x::text in a query".to_owned(),
            ));
        }
    }
    out.end_row().map_err(Problem::Else)?;
    Ok((bytes, hash))
}

/// A value as it was copied.
pub(super) fn raw(row: &BinaryCopyOutRow, index: usize) -> Result<Option<&[u8]>, String> {
    let raw: Option<Raw<'_>> = row.try_get(index).map_err(|error| error.to_string())?;
    Ok(raw.map(|Raw(raw)| raw))
}

/// Adds a value to the hash of its row.
pub(super) fn note(hash: &mut Sha256, raw: Option<&[u8]>) {
    match raw {
        None => hash.update((-1_i64).to_be_bytes()),
        Some(raw) => {
            hash.update((raw.len() as u64).to_be_bytes());
            hash.update(raw);
        }
    }
}

async fn next(
    mut rows: std::pin::Pin<&mut impl Stream<Item = Result<BinaryCopyOutRow, Error>>>,
    silence: Option<Duration>,
) -> Result<Option<BinaryCopyOutRow>, Failure> {
    let next = rows.next();
    let row = match silence {
        Some(silence) => tokio::time::timeout(silence, next).await.map_err(|_| Failure {
            problem: "the server was silent for too long (timeout of the source in ingest.toml)".to_owned(),
            is_passing: true,
        })?,
        None => next.await,
    };
    row.transpose().map_err(|error| Failure::of(&error))
}

fn columns(statement: &Statement) -> Result<Vec<Column>, String> {
    if statement.columns().is_empty() {
        return Err("it has no columns: is it a SELECT? Correct query in ingest.toml".to_owned());
    }
    let column = |column: &tokio_postgres::Column| {
        let (name, of) = (column.name(), column.type_());
        let target = column_type(of, column.type_modifier()).ok_or_else(|| {
            format!(
                "column {name} is of type {of}, which nothing here holds as it is: write a query that makes it another one, \
                 as in {name}::text"
            )
        })?;
        Ok(Column {
            name: name.to_owned(),
            of: of.clone(),
            target,
        })
    };
    statement.columns().iter().map(column).collect()
}

/// Why a statement cannot be read, with the tables that there are where that helps.
async fn unprepared(client: &Client, error: &Error) -> Failure {
    let failure = Failure::of(error);
    if error.code() != Some(&SqlState::UNDEFINED_TABLE) {
        return failure;
    }
    let known = async {
        client.batch_execute("ROLLBACK").await?;
        let names = client.query(TABLES, &[]).await?;
        Ok::<_, Error>(names.iter().map(|row| row.get(0)).collect::<Vec<String>>())
    };
    Failure {
        problem: format!("{}{}", failure.problem, among(known.await.unwrap_or_default())),
        ..failure
    }
}

/// A state of the database that stays as it is, and forms of values that do not depend on settings.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL datestyle = 'ISO, YMD'; \
                     SET LOCAL standard_conforming_strings = on";

const TABLES: &str = "SELECT CASE WHEN table_schema = current_schema() THEN '' ELSE table_schema || '.' END || table_name \
                      FROM information_schema.tables \
                      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1 LIMIT 13";

/// `sales.orders` as identifiers.
fn quoted(table: &str) -> String {
    let parts: Vec<String> = table.split('.').map(sql::identifier).collect();
    parts.join(".")
}
