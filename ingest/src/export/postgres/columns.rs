//! Columns as PostgreSQL has them, and their values as it reads them.
//!
//! Invariant: a type is one that holds all values exactly; what is nested is JSON.
//!
//! Entry point: [`columns`].

use catalog::{Column, ColumnType, TableManifest};
use duckdb::arrow::datatypes::DataType;

use super::super::refusal::{no_type, said};
use crate::engine::sql;

/// Longer names are cut by PostgreSQL.
pub(super) const MAX_NAME_BYTES: usize = 63;

/// A column.
#[derive(Debug)]
pub(super) struct PostgresColumn {
    /// What `CREATE TABLE` says of it.
    pub definition: String,
    /// SQL that makes text of it for `COPY`.
    pub text: String,
}

/// The columns, or why there are none: a line for each that cannot be expressed.
pub(super) fn columns(manifest: &TableManifest) -> Result<Vec<PostgresColumn>, Vec<String>> {
    let (mut columns, mut refusals) = (Vec::new(), Vec::new());
    for column in &manifest.columns {
        match of(column) {
            Ok(column) => columns.push(column),
            Err(refused) => refusals.push(refused),
        }
    }
    if refusals.is_empty() {
        Ok(columns)
    } else {
        Err(refusals)
    }
}

fn of(column: &Column) -> Result<PostgresColumn, String> {
    if column.name.len() > MAX_NAME_BYTES {
        return Err(said(
            &column.name,
            format!("has a name of more than {MAX_NAME_BYTES} bytes, which PostgreSQL cuts"),
            "give it another one in the model, as in SELECT x AS y",
        ));
    }
    let name = sql::identifier(&column.name);
    let plain = format!("CAST({name} AS VARCHAR)");
    let (postgres_type, text) = match &column.column_type {
        ColumnType::Boolean => ("boolean", plain),
        ColumnType::Int { bits: 8 | 16 } | ColumnType::UInt { bits: 8 } => ("smallint", plain),
        ColumnType::Int { bits: 32 } | ColumnType::UInt { bits: 16 } => ("integer", plain),
        ColumnType::Int { .. } | ColumnType::UInt { bits: 32 } => ("bigint", plain),
        ColumnType::UInt { .. } => ("numeric(20, 0)", plain),
        ColumnType::Float { bits: 32 } => ("real", plain),
        ColumnType::Float { .. } => ("double precision", plain),
        ColumnType::Decimal { .. } => ("", plain),
        ColumnType::String => ("text", plain),
        ColumnType::Binary => ("bytea", format!("'\\x' || hex({name})")),
        ColumnType::Date => ("date", before_christ(&plain)),
        ColumnType::Time => ("time", plain),
        ColumnType::Timestamp { utc: false } => ("timestamp", before_christ(&plain)),
        ColumnType::Timestamp { utc: true } => ("timestamptz", before_christ(&plain)),
        ColumnType::Other(arrow) if arrow.parse::<DataType>().is_ok_and(|arrow| arrow.is_nested()) => {
            ("jsonb", format!("CAST(to_json({name}) AS VARCHAR)"))
        }
        ColumnType::Other(_) => {
            return Err(no_type(
                column,
                "PostgreSQL",
                "CAST it to JSON or VARCHAR in the model",
            ));
        }
    };
    let postgres_type = match &column.column_type {
        ColumnType::Decimal { precision, scale } if *scale >= 0 => format!("numeric({precision}, {scale})"),
        ColumnType::Decimal { .. } => "numeric".to_owned(),
        _ => postgres_type.to_owned(),
    };
    let not_null = if column.nullable { "" } else { " NOT NULL" };
    Ok(PostgresColumn {
        definition: format!("{name} {postgres_type}{not_null}"),
        text,
    })
}

/// DuckDB writes `0044-03-15 (BC) 10:00:00`, and PostgreSQL reads `0044-03-15 10:00:00 BC`.
fn before_christ(text: &str) -> String {
    format!("regexp_replace({text}, '^(\\S+) \\(BC\\)(.*)$', '\\1\\2 BC')")
}
