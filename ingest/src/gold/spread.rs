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
    let estimates = distinct(engine, &table, columns, "approx_count_distinct(", |_| true)?;
    let is_few = |index: usize| estimates[index].is_some_and(|estimate| estimate <= EXACT_DISTINCT);
    let exact = distinct(engine, &table, columns, "count(DISTINCT ", is_few)?;
    for (index, column) in columns.iter_mut().enumerate() {
        let values = rows - column.statistics.null_count.unwrap_or(0);
        column.statistics.distinct_count = exact[index].or(estimates[index]).map(|count| count.min(values));
        if column.role == Role::Dimension {
            column.statistics.top_values = top_values(engine, &table, column)?;
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

fn top_values(engine: &Engine, table: &str, column: &Column) -> Result<Vec<ValueCount>, EngineError> {
    let name = sql::identifier(&column.name);
    let Some(value) = transport(&column.column_type, "value") else {
        return Ok(Vec::new());
    };
    let rows = engine.rows(&format!(
        "SELECT {value}, rows FROM (
             SELECT {name} AS value, count(*) AS rows FROM {table} GROUP BY value
             ORDER BY rows DESC, value NULLS LAST LIMIT {TOP_VALUES}
         ) ORDER BY rows DESC, value NULLS LAST"
    ))?;
    let counts: Vec<ValueCount> = rows
        .into_iter()
        .filter_map(|row| {
            let [value, Value::BigInt(count)] = <[Value; 2]>::try_from(row).ok()? else {
                return None;
            };
            Some(ValueCount {
                value: scalar(&column.column_type, value),
                count: u64::try_from(count).ok()?,
            })
        })
        .collect();
    // Leaving one out would make the list claim that it does not occur.
    if counts.iter().any(|entry| is_long(&entry.value)) {
        return Ok(Vec::new());
    }
    Ok(counts)
}
