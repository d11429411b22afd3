//! Columns in Hive's types.
//!
//! Invariant: a type is one in which Athena and Trino read the files' values as they are. Two of them are a choice:
//!
//! - `timestamp` for both kinds. Hive's has no zone, and these engines read an instant as its time in UTC, which the
//!   column's comment says. Athena shows three digits of the six that a second has in the files; the statement says that.
//! - `int` for unsigned 8 and 16 bits: Parquet has these in 32 bits. Unsigned 32 bits are in as many, the upper half of
//!   them as negative numbers for a reader that does not look, so they are refused.
//!
//! Entry point: [`columns`].

use catalog::{Column, ColumnType, TableManifest};
use duckdb::arrow::datatypes::{DataType, Field};

use super::super::refusal::{infinite, no_type, said};
use crate::gold;

/// The longest comment of a column that Glue takes.
const MAX_COMMENT_BYTES: usize = 255;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HiveColumn {
    /// Its name in the catalog.
    pub original: String,
    /// Its name for Hive, which does not tell upper case from lower case.
    pub name: String,
    pub hive_type: String,
    pub comment: Option<String>,
    /// Whether there may be microseconds in it.
    pub is_timestamp: bool,
}

/// The columns of a table, in its order. Adds what cannot be expressed to the refusals.
pub(super) fn columns(manifest: &TableManifest, refusals: &mut Vec<String>) -> Vec<HiveColumn> {
    let mut columns: Vec<HiveColumn> = Vec::new();
    for column in &manifest.columns {
        let name = column.name.to_lowercase();
        if let Some(other) = columns.iter().find(|other| other.name == name) {
            refusals.push(said(
                &column.name,
                format!(
                    "and column `{}` have one name where upper and lower case are the same",
                    other.original
                ),
                "give one of them another name in the model, as in SELECT x AS y",
            ));
            continue;
        }
        if let Err(reason) = check_name(&column.name) {
            refusals.push(format!("column `{}` {reason}", column.name));
            continue;
        }
        if let Some(end) = infinite(column) {
            refusals.push(said(
                &column.name,
                format!("holds {end}, which these engines take for a day far away"),
                "make it NULL, as in CASE WHEN isfinite(x) THEN x END",
            ));
            continue;
        }
        match hive_type(&column.column_type) {
            Ok(hive_type) => columns.push(HiveColumn {
                original: column.name.clone(),
                name,
                is_timestamp: hive_type.contains("timestamp"),
                hive_type,
                comment: comment(column),
            }),
            Err(remedy) => refusals.push(no_type(column, "Hive", remedy)),
        }
    }
    columns
}

/// Athena takes letters, digits and `_` in names. The error is the rest of a sentence.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.is_empty() && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(
        "has another character than letters from a to z, digits and `_` in its name, which Athena does not take: give it \
         another name in the model, as in SELECT x AS y"
            .to_owned(),
    )
}

/// The type, or what to write instead.
fn hive_type(column_type: &ColumnType) -> Result<String, &'static str> {
    Ok(match column_type {
        ColumnType::Boolean => "boolean",
        ColumnType::Int { bits: 8 } => "tinyint",
        ColumnType::Int { bits: 16 } => "smallint",
        ColumnType::Int { bits: 32 } | ColumnType::UInt { bits: 8 | 16 } => "int",
        ColumnType::Int { .. } => "bigint",
        ColumnType::UInt { bits: 32 } => return Err("CAST it to BIGINT in the model"),
        ColumnType::UInt { .. } => return Err("CAST it to BIGINT or DECIMAL(20, 0) in the model"),
        ColumnType::Float { bits: 32 } => "float",
        ColumnType::Float { .. } => "double",
        ColumnType::Decimal { precision, scale } => {
            return if *scale < 0 {
                Err("CAST it to a DECIMAL with a scale of at least 0")
            } else {
                Ok(format!("decimal({precision},{scale})"))
            };
        }
        ColumnType::String => "string",
        ColumnType::Binary => "binary",
        ColumnType::Date => "date",
        ColumnType::Time => return Err("CAST it to VARCHAR in the model, or make it seconds by epoch(x)"),
        ColumnType::Timestamp { .. } => "timestamp",
        ColumnType::Other(name) => {
            let Ok(arrow) = name.parse::<DataType>() else {
                return Err("CAST it to JSON in the model");
            };
            return nested(&arrow);
        }
    }
    .to_owned())
}

fn nested(arrow: &DataType) -> Result<String, &'static str> {
    let member = |field: &Field| {
        check_name(field.name())
            .map_err(|_| "of its fields' names Hive takes letters, digits and `_` only")?;
        Ok::<_, &str>(format!(
            "{}:{}",
            field.name().to_lowercase(),
            nested(field.data_type())?
        ))
    };
    match arrow {
        DataType::List(item) | DataType::LargeList(item) => {
            Ok(format!("array<{}>", nested(item.data_type())?))
        }
        DataType::Struct(fields) => {
            let members: Vec<String> = fields
                .iter()
                .map(|field| member(field))
                .collect::<Result<_, _>>()?;
            Ok(format!("struct<{}>", members.join(",")))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => Ok(format!(
                "map<{},{}>",
                nested(fields[0].data_type())?,
                nested(fields[1].data_type())?
            )),
            _ => Err("CAST it to JSON in the model"),
        },
        leaf => match gold::column_type(leaf)? {
            ColumnType::Other(_) => Err("CAST it to JSON in the model"),
            column_type => hive_type(&column_type),
        },
    }
}

fn comment(column: &Column) -> Option<String> {
    let zone = (column.column_type == ColumnType::Timestamp { utc: true }).then_some("UTC.");
    let parts: Vec<&str> = zone.into_iter().chain(column.description.as_deref()).collect();
    let text = parts.join(" ");
    (!text.is_empty()).then(|| cut(&text, MAX_COMMENT_BYTES))
}

/// One line of so many bytes at most.
pub(super) fn cut(text: &str, most_bytes: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= most_bytes {
        return line;
    }
    let mut end = most_bytes - '…'.len_utf8();
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &line[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_they_are_or_refused() {
        for (name, expected) in [
            ("uint16", Ok("int")),
            ("uint32", Err("BIGINT")),
            ("uint64", Err("DECIMAL(20, 0)")),
            ("decimal(38,9)", Ok("decimal(38,9)")),
            ("decimal(9,-1)", Err("at least 0")),
            ("time", Err("VARCHAR")),
            ("timestamptz", Ok("timestamp")),
            ("List(Time64(µs))", Err("VARCHAR")),
            ("List(Int32)", Ok("array<int>")),
            ("GEOMETRY", Err("JSON")),
        ] {
            let column_type = ColumnType::from(name.to_owned());
            match (hive_type(&column_type), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{name}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{name}: {found}"),
                (found, _) => panic!("{name}: {found:?}"),
            }
        }
    }

    #[test]
    fn comments_are_one_line_that_glue_takes() {
        assert_eq!(cut("a\n  b", 10), "a b");
        assert_eq!(cut("ééééé", 8), "éé…");
    }
}
