//! Which DuckDB types a gold table may have, and what they are in the catalog.

use catalog::ColumnType;

use super::GoldError;
use crate::engine::sql;

/// A column of a gold table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldColumn {
    /// Name.
    pub name: String,
    /// The SQL that makes it of the model's column: the column itself, or an exact cast of it.
    pub expression: String,
    /// Its type in the catalog.
    pub column_type: ColumnType,
}

/// The columns of a table whose model returns these names and DuckDB types.
///
/// Types without an exact counterpart in Parquet are refused by name, all in one error.
pub fn columns_of(described: &[(String, String)]) -> Result<Vec<GoldColumn>, GoldError> {
    let mut columns = Vec::with_capacity(described.len());
    let mut refusals = Vec::new();
    for (name, duck_type) in described {
        match column_type(duck_type) {
            Ok((column_type, cast)) => {
                let quoted = sql::identifier(name);
                let expression = match cast {
                    Some(cast) => format!("CAST({quoted} AS {cast}) AS {quoted}"),
                    None => quoted,
                };
                columns.push(GoldColumn {
                    name: name.clone(),
                    expression,
                    column_type,
                });
            }
            Err(remedy) => refusals.push(format!(
                "column `{name}` is {duck_type}, which Parquet readers cannot take exactly: {remedy}"
            )),
        }
    }
    if refusals.is_empty() {
        return Ok(columns);
    }
    Err(GoldError::Type(refusals.join("\n")))
}

/// The catalog's type and the cast that it needs, or what to write instead.
fn column_type(duck_type: &str) -> Result<(ColumnType, Option<&'static str>), &'static str> {
    let plain = |column_type| Ok((column_type, None));
    let int = |bits| plain(ColumnType::Int { bits });
    let uint = |bits| plain(ColumnType::UInt { bits });
    match duck_type {
        "BOOLEAN" => plain(ColumnType::Boolean),
        "TINYINT" => int(8),
        "SMALLINT" => int(16),
        "INTEGER" => int(32),
        "BIGINT" => int(64),
        "UTINYINT" => uint(8),
        "USMALLINT" => uint(16),
        "UINTEGER" => uint(32),
        "UBIGINT" => uint(64),
        "FLOAT" => plain(ColumnType::Float { bits: 32 }),
        "DOUBLE" => plain(ColumnType::Float { bits: 64 }),
        "VARCHAR" => plain(ColumnType::String),
        "UUID" | "JSON" => Ok((ColumnType::String, Some("VARCHAR"))),
        "BLOB" => plain(ColumnType::Binary),
        "DATE" => plain(ColumnType::Date),
        "TIME" => plain(ColumnType::Time),
        "TIMESTAMP" => plain(ColumnType::Timestamp { utc: false }),
        "TIMESTAMP_S" | "TIMESTAMP_MS" => Ok((ColumnType::Timestamp { utc: false }, Some("TIMESTAMP"))),
        "TIMESTAMP WITH TIME ZONE" => plain(ColumnType::Timestamp { utc: true }),
        _ if duck_type.starts_with("ENUM(") && duck_type.ends_with(')') => {
            Ok((ColumnType::String, Some("VARCHAR")))
        }
        _ if duck_type.starts_with("DECIMAL(") && duck_type.ends_with(')') => {
            plain(ColumnType::from(duck_type.to_lowercase()))
        }
        _ => match refused_part(duck_type) {
            Some(remedy) => Err(remedy),
            None => plain(ColumnType::Other(duck_type.to_owned())),
        },
    }
}

/// What to write instead of a type that is refused, wherever it is nested.
fn refused_part(duck_type: &str) -> Option<&'static str> {
    const REFUSED: [(&str, &str); 12] = [
        (
            "HUGEINT",
            "CAST it to BIGINT or DECIMAL(38, 0) (a sum of integers is a HUGEINT)",
        ),
        ("UHUGEINT", "CAST it to UBIGINT or DECIMAL(38, 0)"),
        ("BIGNUM", "CAST it to DECIMAL(38, 0) or VARCHAR"),
        ("INTERVAL", "make it a number, as in epoch(x) for seconds"),
        ("BIT", "CAST it to VARCHAR"),
        ("TIME WITH TIME ZONE", "CAST it to TIME"),
        ("TIMESTAMP_NS", "CAST it to TIMESTAMP (microseconds)"),
        // Of a column it is cast; Parquet has no seconds, so that readers would take nested ones for numbers.
        ("TIMESTAMP_S", "CAST it to TIMESTAMP (microseconds)"),
        ("TIME_NS", "CAST it to TIME (microseconds)"),
        ("GEOMETRY", "make it text or numbers, as in ST_AsText(x)"),
        ("VARIANT", "CAST it to JSON"),
        (
            "\"NULL\"",
            "it is always NULL: give it a type, as in CAST(NULL AS VARCHAR)",
        ),
    ];
    if duck_type.starts_with("UNION(") || duck_type.contains(" UNION(") {
        return Some("make it one type, as in union_extract(x, 'member')");
    }
    REFUSED.iter().find_map(|(refused, remedy)| {
        let is_type = |at: usize| {
            let before = duck_type[..at].chars().next_back();
            let after = duck_type[at + refused.len()..].chars().next();
            // A field of that name is followed by its type; a type is not.
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                && after.is_none_or(|c| matches!(c, ')' | ',' | '['))
        };
        duck_type
            .match_indices(refused)
            .any(|(at, _)| is_type(at))
            .then_some(*remedy)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(types: &[(&str, &str)]) -> Result<Vec<GoldColumn>, String> {
        let described: Vec<_> = types
            .iter()
            .map(|(name, duck_type)| ((*name).to_owned(), (*duck_type).to_owned()))
            .collect();
        columns_of(&described).map_err(|error| error.to_string())
    }

    #[test]
    fn types_map_to_the_catalogs() {
        let columns = columns(&[
            ("a", "DECIMAL(18,3)"),
            ("b", "ENUM('x', 'HUGEINT')"),
            ("c", "TIMESTAMP_MS"),
            ("d", "STRUCT(hugeint INTEGER, v INTEGER[])"),
        ])
        .expect("accepted");
        let types: Vec<String> = columns
            .iter()
            .map(|column| column.column_type.to_string())
            .collect();
        assert_eq!(
            types,
            [
                "decimal(18,3)",
                "string",
                "timestamp",
                "STRUCT(hugeint INTEGER, v INTEGER[])"
            ]
        );
        assert_eq!(columns[1].expression, "CAST(\"b\" AS VARCHAR) AS \"b\"");
        assert_eq!(columns[2].expression, "CAST(\"c\" AS TIMESTAMP) AS \"c\"");
    }

    #[test]
    fn types_that_lose_something_are_refused_with_a_remedy_even_when_nested() {
        let error = columns(&[
            ("total", "HUGEINT"),
            ("ok", "BIGINT"),
            ("waits", "INTERVAL[]"),
            ("s", "STRUCT(a TIMESTAMP_NS, b INTEGER)"),
        ])
        .expect_err("refused");
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 3, "{error}");
        assert!(
            lines[0].starts_with("column `total` is HUGEINT") && lines[0].contains("BIGINT"),
            "{error}"
        );
    }
}
