//! What only a scan of the whole table tells: distinct counts, frequent values, histograms.

use catalog::{Column, Role, ValueCount};
use duckdb::types::Value;

use super::histogram::histogram;
use super::scalar::{scalar, transport};
use super::statistics::is_long;
use crate::engine::{Engine, EngineError, sql};
use crate::plan::Name;

const TOP_VALUES: usize = 20;
/// Up to as many distinct values are counted exactly; a sketch, which may be a tenth off, tells whether it is more.
const EXACT_DISTINCT: u64 = 1_000_000;

/// Adds the spread of each column to its statistics.
pub(super) fn spread(
    engine: &Engine,
    table: &Name,
    rows: u64,
    columns: &mut [Column],
) -> Result<(), EngineError> {
    let table = table.quoted();
    let is_counted = |column: &Column| column.role == Role::Dimension;
    let estimates = distinct(engine, &table, columns, "approx_count_distinct(", |index| {
        !is_counted(&columns[index])
    })?;
    let is_few = |index: usize| estimates[index].is_some_and(|estimate| estimate <= EXACT_DISTINCT);
    let exact = distinct(engine, &table, columns, "count(DISTINCT ", is_few)?;
    for (index, column) in columns.iter_mut().enumerate() {
        if is_counted(column) {
            count_values(engine, &table, column)?;
        } else {
            let values = rows - column.statistics.null_count.unwrap_or(0);
            let count = exact[index].or(estimates[index]);
            column.statistics.distinct_count = count.map(|count| count.min(values));
        }
        column.statistics.histogram = histogram(engine, &table, column)?;
    }
    Ok(())
}

/// Counts the distinct values of the wanted columns by an aggregate; none for others and for nested types.
fn distinct(
    engine: &Engine,
    table: &str,
    columns: &[Column],
    aggregate: &str,
    is_wanted: impl Fn(usize) -> bool,
) -> Result<Vec<Option<u64>>, EngineError> {
    let terms: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| match transport(&column.column_type, "x") {
            Some(_) if is_wanted(index) => format!("{aggregate}{})", sql::identifier(&column.name)),
            _ => "NULL".to_owned(),
        })
        .collect();
    let row = engine.row(&format!("SELECT {} FROM {table}", terms.join(", ")))?;
    Ok(row
        .into_iter()
        .map(|value| match value {
            Value::BigInt(count) => u64::try_from(count).ok(),
            _ => None,
        })
        .collect())
}

/// Counts how often each value of a dimension occurs, and keeps the most frequent ones.
fn count_values(engine: &Engine, table: &str, column: &mut Column) -> Result<(), EngineError> {
    let Some(value) = transport(&column.column_type, "groups.value") else {
        return Ok(());
    };
    let name = sql::identifier(&column.name);
    let counted = engine.rows(&format!(
        "WITH groups AS (SELECT {name} AS value, count(*) AS rows FROM {table} GROUP BY 1)
         SELECT {value}, groups.rows, (SELECT count(value) FROM groups)
         FROM groups ORDER BY groups.rows DESC, groups.value NULLS LAST LIMIT {TOP_VALUES}"
    ))?;
    let mut top_values = Vec::with_capacity(counted.len());
    column.statistics.distinct_count = Some(0);
    for row in counted {
        if let Ok([value, Value::BigInt(rows), Value::BigInt(distinct)]) = <[Value; 3]>::try_from(row) {
            column.statistics.distinct_count = u64::try_from(distinct).ok();
            top_values.push(ValueCount {
                value: scalar(&column.column_type, value),
                count: u64::try_from(rows).unwrap_or(0),
            });
        }
    }
    // Leaving one out would make the list claim that it does not occur.
    if !top_values.iter().any(|entry| is_long(&entry.value)) {
        column.statistics.top_values = top_values;
    }
    Ok(())
}
