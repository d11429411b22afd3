//! Equal-width histograms of numeric and temporal columns, counted by DuckDB.

use catalog::{Column, ColumnType, Histogram, Scalar};
use duckdb::types::Value;

use super::scalar;
use crate::engine::{Engine, EngineError, sql};

const BINS: u8 = 32;
const FEW_VALUES: u64 = 100_000;

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
            let repeats = column
                .statistics
                .distinct_count
                .is_some_and(|count| count <= FEW_VALUES);
            real_bins(engine, table, &format!("CAST({name} AS DOUBLE)"), repeats)
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
    let Some(axis_bins) = AxisBins::new(min, max, column_type) else {
        return Ok(None);
    };
    let AxisBins { start, width, bins } = axis_bins;
    let edges = (0..=bins).map(|bin| {
        let edge = start.checked_add(bin.checked_mul(width)?)?;
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
        "SELECT ({axis} - ({start})) // {width} AS bin, count(*) FROM {table} WHERE {condition} GROUP BY 1"
    ))?;
    Ok(Some(assemble(bounds, &counts)))
}

fn real_bins(
    engine: &Engine,
    table: &str,
    axis: &str,
    repeats: bool,
) -> Result<Option<Histogram>, EngineError> {
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
    // The number of inner edges at or below a value is its bin: exact, where dividing by the width is not.
    let bin: String = edges[1..edges.len() - 1]
        .iter()
        .map(|&edge| format!(" + (value >= {})::BIGINT", sql::double(edge)))
        .collect();
    // Comparing each distinct value once is faster, unless nearly all are distinct.
    let values = if repeats {
        format!("SELECT {axis} AS value, count(*) AS rows FROM {table} WHERE isfinite({axis}) GROUP BY 1")
    } else {
        format!("SELECT {axis} AS value, 1 AS rows FROM {table} WHERE isfinite({axis})")
    };
    let counts = engine.rows(&format!(
        "SELECT 0::BIGINT{bin} AS bin, sum(rows)::BIGINT FROM ({values}) GROUP BY 1"
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

/// Bins of whole numbers that cover a range.
#[derive(Debug, PartialEq, Eq)]
struct AxisBins {
    start: i64,
    width: i64,
    bins: i64,
}

impl AxisBins {
    /// None where the range is beyond 64 bits.
    fn new(min: i64, max: i64, column_type: &ColumnType) -> Option<Self> {
        let narrow = |from: i64| {
            max.checked_sub(from)?
                .checked_add(1)
                .map(|span| ceil_div(span, i64::from(BINS)))
        };
        let unit = match column_type {
            ColumnType::Timestamp { .. } => clock_unit(narrow(min)?),
            _ => 1,
        };
        let start = min.div_euclid(unit).checked_mul(unit)?;
        let width = ceil_div(narrow(start)?, unit).checked_mul(unit)?;
        let bins = ceil_div(max.checked_sub(start)?.checked_add(1)?, width);
        Some(Self { start, width, bins })
    }
}

/// The unit of time, in microseconds, on which edges lie: people read 16:00 better than 15:45:58.125001.
fn clock_unit(width: i64) -> i64 {
    const UNITS: [i64; 4] = [3_600_000_000, 60_000_000, 1_000_000, 1_000];
    UNITS.into_iter().find(|unit| width / unit >= 16).unwrap_or(1)
}

/// Division of positive numbers, rounded up.
fn ceil_div(dividend: i64, divisor: i64) -> i64 {
    (dividend - 1) / divisor + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resources;
    use catalog::{ColumnStatistics, Role};
    use proptest::prelude::*;

    fn histogram_of(
        sql_type: &str,
        column_type: ColumnType,
        values: &[String],
        distinct_count: Option<u64>,
    ) -> Option<Histogram> {
        let work = tempfile::tempdir().expect("temporary folder");
        let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
        engine
            .execute(&format!("CREATE TABLE gold.t (v {sql_type})"))
            .expect("table");
        let rows: Vec<String> = values.iter().map(|value| format!("({value})")).collect();
        engine
            .execute(&format!("INSERT INTO gold.t VALUES {}", rows.join(", ")))
            .expect("values");
        let column = Column {
            field_id: 1,
            name: "v".to_owned(),
            original_name: None,
            column_type,
            nullable: true,
            role: Role::Measure,
            description: None,
            statistics: ColumnStatistics {
                distinct_count,
                ..ColumnStatistics::default()
            },
        };
        histogram(&engine, "gold.t", &column).expect("histogram")
    }

    /// What the catalog promises of each bin, counted by hand.
    fn count(histogram: &Histogram, values: &[f64]) -> Vec<u64> {
        let bounds: Vec<f64> = histogram.bounds.iter().filter_map(Scalar::as_f64).collect();
        let last = histogram.counts.len() - 1;
        let holds = |bin: usize, value: f64| {
            bounds[bin] <= value && (value < bounds[bin + 1] || bin == last && value == bounds[last + 1])
        };
        (0..=last)
            .map(|bin| values.iter().filter(|value| holds(bin, **value)).count() as u64)
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bins_hold_what_their_edges_say(
            reals in prop::collection::vec(prop_oneof![-1.0..1.0_f64, prop::num::f64::NORMAL], 1..40),
            wholes in prop::collection::vec(prop_oneof![-40..40_i64, -1_000_000..1_000_000_i64], 1..40),
        ) {
            let literals: Vec<String> = reals.iter().map(|value| sql::double(*value)).collect();
            let of_reals = |distinct| {
                histogram_of("DOUBLE", ColumnType::Float { bits: 64 }, &literals, distinct)
            };
            let histogram = of_reals(Some(1));
            prop_assert_eq!(&histogram, &of_reals(None), "both ways to count agree");
            if let Some(histogram) = histogram {
                prop_assert!(histogram.is_consistent());
                prop_assert_eq!(count(&histogram, &reals), histogram.counts.clone(), "{:?}", histogram);
            }
            let literals: Vec<String> = wholes.iter().map(i64::to_string).collect();
            let histogram = histogram_of("BIGINT", ColumnType::Int { bits: 64 }, &literals, None).expect("bins");
            let values: Vec<f64> = wholes.iter().map(|value| *value as f64).collect();
            prop_assert!(histogram.counts.len() <= usize::from(BINS));
            prop_assert_eq!(count(&histogram, &values), histogram.counts.clone(), "{:?}", histogram);
            prop_assert_eq!(histogram.counts.iter().sum::<u64>(), wholes.len() as u64);
        }
    }

    #[test]
    fn edges_of_time_lie_on_the_clock() {
        let values = [
            "TIMESTAMP '2001-01-01 00:01:00'",
            "TIMESTAMP '2001-07-01 00:00:00'",
            "NULL",
            "TIMESTAMP 'infinity'",
        ];
        let values = values.map(str::to_owned);
        let histogram =
            histogram_of("TIMESTAMP", ColumnType::Timestamp { utc: false }, &values, None).expect("bins");
        assert_eq!(
            histogram.bounds[..2],
            [
                Scalar::from("2001-01-01T00:00:00"),
                Scalar::from("2001-01-06T16:00:00")
            ]
        );
        assert_eq!((histogram.counts[0], histogram.counts.iter().sum()), (1, 2));
    }

    #[test]
    fn values_that_are_all_alike_or_beyond_the_axis() {
        let alike = [
            "7.5::DOUBLE".to_owned(),
            "7.5::DOUBLE".to_owned(),
            "'nan'::DOUBLE".to_owned(),
        ];
        let histogram =
            histogram_of("DOUBLE", ColumnType::Float { bits: 64 }, &alike, None).expect("one bin");
        assert_eq!((histogram.counts.len(), histogram.counts[0]), (1, 2));
        let far = [i64::MIN, i64::MAX].map(|value| format!("'{value}'::BIGINT"));
        assert_eq!(
            histogram_of("BIGINT", ColumnType::Int { bits: 64 }, &far, None),
            None
        );
        assert_eq!(
            histogram_of("VARCHAR", ColumnType::String, &["'a'".to_owned()], None),
            None
        );
        assert_eq!(
            histogram_of("BIGINT", ColumnType::Int { bits: 64 }, &["NULL".to_owned()], None),
            None
        );
    }
}
