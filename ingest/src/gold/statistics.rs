//! The ends of columns, by file and over the table, computed by DuckDB from the files as written.

use std::collections::BTreeMap;

use catalog::{Column, ColumnStatistics, FileColumnStatistics, Scalar};
use duckdb::types::Value;

use super::scalar::{scalar, transport};
use super::{GoldError, WrittenFile};
use crate::engine::{Engine, sql};

/// Longer text stays out of statistics: it would make manifests large and no facet could show it.
const LONGEST_TEXT: usize = 256;
const FILE_COLUMN: &str = "goldpan file";

/// Per-file statistics by column, in the order of the files; and the table's smallest, largest and NULL counts.
pub(super) struct Ranges {
    pub files: Vec<BTreeMap<String, FileColumnStatistics>>,
    pub table: Vec<ColumnStatistics>,
}

/// Reads the files back for their ranges. Fails where they do not hold the table's rows.
pub(super) fn ranges(
    engine: &Engine,
    columns: &[Column],
    files: &[WrittenFile],
) -> Result<Ranges, GoldError> {
    let paths: Vec<_> = files.iter().map(|file| file.path.to_string_lossy()).collect();
    let file_column = sql::identifier(FILE_COLUMN);
    let measures: String = columns.iter().map(range_measures).collect();
    let rows = engine.rows(&format!(
        "SELECT {file_column}, count(*){measures}
         FROM read_parquet({}, filename = {})
         GROUP BY GROUPING SETS (({file_column}), ())",
        sql::texts(&paths),
        sql::text(FILE_COLUMN)
    ))?;
    let mut ranges = Ranges {
        files: vec![BTreeMap::new(); files.len()],
        table: Vec::new(),
    };
    let expected = files.iter().map(|file| file.rows).sum();
    for row in rows {
        let mut values = row.into_iter();
        let (Some(file), Some(Value::BigInt(count))) = (values.next(), values.next()) else {
            continue;
        };
        let found = u64::try_from(count).unwrap_or(0);
        let statistics = columns.iter().map(|column| range(column, &mut values));
        match file {
            Value::Text(path) => {
                let position = paths.iter().position(|known| *known == path);
                let Some(index) = position.filter(|&index| files[index].rows == found) else {
                    return Err(GoldError::ReadBack { expected, found });
                };
                ranges.files[index] = columns
                    .iter()
                    .map(|column| column.name.clone())
                    .zip(statistics)
                    .collect();
            }
            _ if found != expected => return Err(GoldError::ReadBack { expected, found }),
            _ => {
                ranges.table = statistics
                    .map(|range| ColumnStatistics {
                        min: range.min,
                        max: range.max,
                        null_count: range.null_count,
                        ..ColumnStatistics::default()
                    })
                    .collect();
            }
        }
    }
    Ok(ranges)
}

/// `, min, max, nulls` of a column; NULL for the ends where its type has no order that readers could use.
fn range_measures(column: &Column) -> String {
    let name = sql::identifier(&column.name);
    let is_float = matches!(column.column_type, catalog::ColumnType::Float { .. });
    let filter = if is_float {
        format!(" FILTER (WHERE NOT isnan({name}))")
    } else {
        String::new()
    };
    let end = |function: &str| {
        transport(&column.column_type, &format!("{function}({name}){filter}")).unwrap_or("NULL".to_owned())
    };
    format!(", {}, {}, count(*) - count({name})", end("min"), end("max"))
}

fn range(column: &Column, values: &mut impl Iterator<Item = Value>) -> FileColumnStatistics {
    let mut end = || {
        values
            .next()
            .map(|value| scalar(&column.column_type, value))
            .filter(|scalar| !scalar.is_null() && !is_long(scalar))
    };
    let (min, max) = (end(), end());
    let null_count = match values.next() {
        Some(Value::BigInt(count)) => u64::try_from(count).ok(),
        _ => None,
    };
    FileColumnStatistics { min, max, null_count }
}

pub(super) fn is_long(scalar: &Scalar) -> bool {
    matches!(scalar, Scalar::Text(text) if text.len() > LONGEST_TEXT)
}
