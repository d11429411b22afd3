//! Histograms of numeric and temporal columns, counted by DuckDB.

use catalog::{Column, ColumnType, Histogram, Scalar};
use duckdb::types::Value;

use super::axis::{FINE_BINS, ceil_div, middle, real_edges, whole_edges};
use super::scalar;
use crate::engine::{Engine, EngineError, sql};

/// Up to so many distinct values are counted before they are compared with edges.
const FEW_VALUES: u64 = 1_000_000;

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
    let finite = format!("SELECT {name} AS v FROM {table} WHERE isfinite({name})");
    let present = format!("SELECT {name} AS v FROM {table} WHERE {name} IS NOT NULL");
    let (axis, rows) = match &column.column_type {
        ColumnType::Int { .. } => ("v::BIGINT", present),
        // Beyond 63 bits it is NULL, and there is no axis.
        ColumnType::UInt { .. } => ("TRY_CAST(v AS BIGINT)", present),
        ColumnType::Date => ("date_diff('day', DATE '1970-01-01', v)", finite),
        ColumnType::Timestamp { .. } => ("epoch_us(v)", finite),
        ColumnType::Float { .. } => ("v::DOUBLE", finite),
        ColumnType::Decimal { .. } => ("v::DOUBLE", present),
        _ => return Ok(None),
    };
    let repeats = column
        .statistics
        .distinct_count
        .is_some_and(|count| count <= FEW_VALUES);
    let values = if repeats {
        format!("SELECT {axis} AS value, count(*) AS rows FROM ({rows}) GROUP BY 1")
    } else {
        format!("SELECT {axis} AS value, 1 AS rows FROM ({rows})")
    };
    let range = engine.row(&format!(
        "SELECT min(value), max(value), count(*) - count(value) FROM ({values})"
    ))?;
    match range[..] {
        [Value::BigInt(min), Value::BigInt(max), Value::BigInt(0)] => {
            whole(engine, &values, min, max, &column.column_type)
        }
        [Value::Double(min), Value::Double(max), _] => real(engine, &values, min, max),
        _ => Ok(None),
    }
}

fn whole(
    engine: &Engine,
    values: &str,
    min: i64,
    max: i64,
    column_type: &ColumnType,
) -> Result<Option<Histogram>, EngineError> {
    let Some(span) = max.checked_sub(min).and_then(|span| span.checked_add(1)) else {
        return Ok(None);
    };
    let width = ceil_div(span, i64::from(FINE_BINS));
    let fine = count(
        engine,
        values,
        &format!("(value - ({min})::BIGINT) // {width}"),
        ceil_div(span, width),
    )?;
    let edge = |bin: usize| i64::try_from(bin).ok()?.checked_mul(width)?.checked_add(min);
    let inner = middle(&fine).and_then(|bins| Some(edge(bins.start)?..edge(bins.end)?));
    let on_clock = matches!(column_type, ColumnType::Timestamp { .. });
    let Some(edges) = whole_edges(min, max, inner, on_clock) else {
        return Ok(None);
    };
    let bounds = edges.iter().map(|&edge| match column_type {
        ColumnType::Date => scalar::date(edge),
        ColumnType::Timestamp { utc } => scalar::timestamp(edge, *utc),
        _ => Some(Scalar::Integer(edge)),
    });
    let Some(bounds) = bounds.collect::<Option<Vec<Scalar>>>() else {
        return Ok(None);
    };
    let edges: Vec<String> = edges.iter().map(|edge| format!("({edge})")).collect();
    counted(engine, values, bounds, &edges).map(Some)
}

fn real(engine: &Engine, values: &str, min: f64, max: f64) -> Result<Option<Histogram>, EngineError> {
    let width = (max - min) / f64::from(FINE_BINS);
    let inner = if width.is_normal() {
        let bin = format!(
            "least(floor((value - ({})) / {}), {})::BIGINT",
            sql::double(min),
            sql::double(width),
            FINE_BINS - 1
        );
        let fine = count(engine, values, &bin, i64::from(FINE_BINS))?;
        #[expect(clippy::cast_precision_loss, reason = "there are a few thousand bins")]
        middle(&fine).map(|bins| min + bins.start as f64 * width..min + bins.end as f64 * width)
    } else {
        None
    };
    let Some(edges) = real_edges(min, max, inner) else {
        return Ok(None);
    };
    let literals: Vec<String> = edges.iter().map(|&edge| sql::double(edge)).collect();
    let bounds = edges.into_iter().map(scalar::float).collect();
    counted(engine, values, bounds, &literals).map(Some)
}

/// Counts by edges. The number of inner edges at or below a value is its bin: exact, where dividing is not.
fn counted(
    engine: &Engine,
    values: &str,
    bounds: Vec<Scalar>,
    edges: &[String],
) -> Result<Histogram, EngineError> {
    let inner = &edges[1..edges.len() - 1];
    let passed: String = inner
        .iter()
        .map(|edge| format!(" + (value >= {edge})::BIGINT"))
        .collect();
    let bins = i64::try_from(bounds.len()).unwrap_or(i64::MAX) - 1;
    let counts = count(engine, values, &format!("0::BIGINT{passed}"), bins)?;
    Ok(Histogram { bounds, counts })
}

fn count(engine: &Engine, values: &str, bin: &str, bins: i64) -> Result<Vec<u64>, EngineError> {
    let rows = engine.rows(&format!(
        "SELECT {bin}, sum(rows)::BIGINT FROM ({values}) GROUP BY 1"
    ))?;
    let mut counts = vec![0; usize::try_from(bins).unwrap_or(0)];
    for row in rows {
        if let [Value::BigInt(bin), Value::BigInt(rows)] = row[..]
            && let (Ok(bin), Ok(rows)) = (usize::try_from(bin), u64::try_from(rows))
            && let Some(slot) = counts.get_mut(bin)
        {
            *slot += rows;
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::super::axis::BINS;
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
            prop_assert!(histogram.counts.len() <= usize::from(BINS) + 2);
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
        let low = [i64::MIN, i64::MIN + 1].map(|value| format!("'{value}'::BIGINT"));
        let histogram = histogram_of("BIGINT", ColumnType::Int { bits: 64 }, &low, None).expect("bins");
        assert_eq!(histogram.counts, [1, 1]);
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
