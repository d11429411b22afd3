//! Equal-width histograms of numeric and temporal columns, counted by DuckDB.

use catalog::{Column, ColumnType, Histogram, Scalar};
use duckdb::types::Value;

use super::scalar;
use crate::engine::{Engine, EngineError, sql};

const BINS: u32 = 32;

/// The spread of a column's values; none for types without an axis, without values, or beyond the axis.
///
/// Whole numbers and times have edges that are values of the column, so that a bin is a filter that can be
/// written; there may then be fewer bins.
pub(super) fn histogram(
    engine: &Engine,
    table: &str,
    column: &Column,
) -> Result<Option<Histogram>, EngineError> {
    let name = sql::identifier(&column.name);
    let whole = match &column.column_type {
        ColumnType::Int { .. } | ColumnType::UInt { .. } => Some(format!("TRY_CAST({name} AS BIGINT)")),
        ColumnType::Date => Some(format!("date_diff('day', DATE '1970-01-01', {name})")),
        ColumnType::Timestamp { .. } => Some(format!("epoch_us({name})")),
        _ => None,
    };
    let finite = if column.column_type.is_temporal() {
        format!("{name} IS NOT NULL AND isfinite({name})")
    } else {
        format!("{name} IS NOT NULL")
    };
    match (whole, &column.column_type) {
        (Some(axis), column_type) => whole_bins(engine, table, &axis, &finite, column_type),
        (None, ColumnType::Float { .. } | ColumnType::Decimal { .. }) => {
            real_bins(engine, table, &format!("CAST({name} AS DOUBLE)"))
        }
        _ => Ok(None),
    }
}

fn whole_bins(
    engine: &Engine,
    table: &str,
    axis: &str,
    condition: &str,
    column_type: &ColumnType,
) -> Result<Option<Histogram>, EngineError> {
    let range = engine.row(&format!(
        "SELECT min({axis}), max({axis}), count(*) - count({axis}) FROM {table} WHERE {condition}"
    ))?;
    let [Value::BigInt(min), Value::BigInt(max), Value::BigInt(0)] = range[..] else {
        return Ok(None);
    };
    let Some(span) = max.checked_sub(min).and_then(|span| span.checked_add(1)) else {
        return Ok(None);
    };
    let width = span.div_ceil_positive(i64::from(BINS));
    let bins = span.div_ceil_positive(width);
    let edges = (0..=bins).map(|bin| {
        let edge = min.checked_add(bin.checked_mul(width)?)?;
        match column_type {
            ColumnType::Date => scalar::date(edge),
            ColumnType::Timestamp { utc } => scalar::timestamp(edge, *utc),
            _ => Some(Scalar::Integer(edge)),
        }
    });
    let Some(bounds) = edges.collect::<Option<Vec<Scalar>>>() else {
        return Ok(None);
    };
    let counts = engine.rows(&format!(
        "SELECT ({axis} - ({min})) // {width} AS bin, count(*) FROM {table} WHERE {condition} GROUP BY bin"
    ))?;
    Ok(Some(assemble(bounds, &counts)))
}

fn real_bins(engine: &Engine, table: &str, axis: &str) -> Result<Option<Histogram>, EngineError> {
    let range = engine.row(&format!(
        "SELECT min({axis}), max({axis}) FROM {table} WHERE isfinite({axis})"
    ))?;
    let [Value::Double(min), Value::Double(max)] = range[..] else {
        return Ok(None);
    };
    let width = (max - min) / f64::from(BINS);
    if !width.is_finite() {
        return Ok(None);
    }
    let mut edges: Vec<f64> = (0..BINS).map(|bin| min + f64::from(bin) * width).collect();
    edges.push(max);
    // Where the values lie closer than floats can tell apart, edges coincide.
    edges.dedup();
    if edges.len() == 1 {
        edges.push(max);
    }
    let inner: Vec<String> = edges[1..edges.len() - 1]
        .iter()
        .map(|edge| format!("{edge:?}::DOUBLE"))
        .collect();
    // The number of edges at or below a value is its bin: exact, where dividing by the width is not.
    let counts = engine.rows(&format!(
        "WITH spread AS (SELECT {axis} AS value, count(*) AS rows FROM {table} WHERE isfinite({axis}) GROUP BY value)
         SELECT len(list_filter([{}]::DOUBLE[], lambda edge: edge <= value)) AS bin, sum(rows)::BIGINT
         FROM spread GROUP BY bin",
        inner.join(", ")
    ))?;
    let bounds = edges.into_iter().map(scalar::float).collect();
    Ok(Some(assemble(bounds, &counts)))
}

fn assemble(bounds: Vec<Scalar>, rows: &[Vec<Value>]) -> Histogram {
    let mut counts = vec![0; bounds.len() - 1];
    for row in rows {
        if let [Value::BigInt(bin), Value::BigInt(count)] = row[..]
            && let (Ok(bin), Ok(count)) = (usize::try_from(bin), u64::try_from(count))
            && let Some(slot) = counts.get_mut(bin)
        {
            *slot += count;
        }
    }
    Histogram { bounds, counts }
}

trait DivCeilPositive {
    fn div_ceil_positive(self, divisor: Self) -> Self;
}

impl DivCeilPositive for i64 {
    /// Both are positive: `i64::div_ceil` is not stable yet.
    fn div_ceil_positive(self, divisor: Self) -> Self {
        (self - 1) / divisor + 1
    }
}
