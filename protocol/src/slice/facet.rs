//! Statements behind a field's row: its most frequent values and its histogram, under the other filters.

use catalog::{Column, ColumnType, Histogram};

use super::Slice;
use super::render::where_clause;
use crate::sql::{identifier, literal};

/// The column's most frequent values with their counts, under the slice's filters on *other* columns.
/// Result columns: `value`, `count`.
pub fn facet_sql(slice: &Slice, columns: &[Column], column: &str, limit: u32) -> String {
    format!(
        "SELECT {name} AS \"value\", count(*) AS \"count\"\nFROM {table}{filters}\nGROUP BY 1\n\
         ORDER BY 2 DESC, 1\nLIMIT {limit}",
        name = identifier(column),
        table = identifier(&slice.table),
        filters = other_filters(slice, columns, column),
    )
}

/// How many rows fall in each bin of a histogram, under the slice's filters on *other* columns.
/// Result columns: `bin` (0 for the first), `count`; empty bins have no row. None for a column without bins.
pub fn histogram_sql(slice: &Slice, columns: &[Column], column: &str, bins: &Histogram) -> Option<String> {
    let column_type = &columns.iter().find(|known| known.name == column)?.column_type;
    let inner_bounds = bins.bounds.get(1..bins.counts.len())?;
    let name = identifier(column);
    let cases: String = inner_bounds
        .iter()
        .enumerate()
        .map(|(bin, bound)| format!(" WHEN {name} < {} THEN {bin}", bin_edge(bound, column_type)))
        .collect();
    let last = inner_bounds.len();
    let bin = if cases.is_empty() {
        last.to_string()
    } else {
        format!("CASE{cases} ELSE {last} END")
    };
    let filters = other_filters(slice, columns, column);
    let glue = if filters.is_empty() { "\nWHERE" } else { "\n  AND" };
    // NaN lies in no bin.
    let not_nan = match column_type {
        ColumnType::Float { .. } => format!("\n  AND NOT isnan({name})"),
        _ => String::new(),
    };
    Some(format!(
        "SELECT {bin} AS \"bin\", count(*) AS \"count\"\nFROM {table}{filters}{glue} {name} IS NOT NULL{not_nan}\n\
         GROUP BY 1\nORDER BY 1",
        table = identifier(&slice.table),
    ))
}

/// An edge between two bins: of an integer column it may be a fraction.
fn bin_edge(bound: &catalog::Scalar, column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Int { .. } | ColumnType::UInt { .. } => literal(bound, &ColumnType::Float { bits: 64 }),
        _ => literal(bound, column_type),
    }
}

fn other_filters(slice: &Slice, columns: &[Column], column: &str) -> String {
    let others: Vec<_> = slice
        .filters
        .iter()
        .filter(|filter| filter.column() != column)
        .cloned()
        .collect();
    where_clause(&others, columns)
}

#[cfg(test)]
mod tests {
    use catalog::{ColumnStatistics, Role, Scalar};

    use super::*;

    fn columns() -> Vec<Column> {
        [
            ("delay", ColumnType::Int { bits: 16 }),
            ("origin", ColumnType::String),
        ]
        .into_iter()
        .map(|(name, column_type)| Column {
            field_id: 1,
            name: name.to_owned(),
            original_name: None,
            role: column_type.default_role(),
            column_type,
            nullable: true,
            description: None,
            statistics: ColumnStatistics::default(),
        })
        .inspect(|column| assert_ne!(column.role, Role::Time))
        .collect()
    }

    #[test]
    fn a_histogram_of_floats_leaves_nan_out() {
        let mut columns = columns();
        columns[0].column_type = ColumnType::Float { bits: 64 };
        let bins = Histogram {
            bounds: vec![Scalar::Float(0.0), Scalar::Float(1.0)],
            counts: vec![3],
        };
        let sql = histogram_sql(&Slice::of("flights"), &columns, "delay", &bins).expect("has bins");
        assert!(
            sql.contains("WHERE \"delay\" IS NOT NULL\n  AND NOT isnan(\"delay\")"),
            "{sql}"
        );
    }

    #[test]
    fn a_facet_ignores_its_own_filter_and_keeps_the_others() {
        let mut slice = Slice::of("flights");
        slice.toggle_value("origin", &Scalar::from("ATL"), false);
        slice.toggle_value("delay", &Scalar::Integer(5), false);
        assert_eq!(
            facet_sql(&slice, &columns(), "origin", 20),
            "SELECT \"origin\" AS \"value\", count(*) AS \"count\"\nFROM \"flights\"\nWHERE \"delay\" = 5\n\
             GROUP BY 1\nORDER BY 2 DESC, 1\nLIMIT 20"
        );
    }

    #[test]
    fn a_histogram_counts_by_the_manifests_bins() {
        let bins = Histogram {
            bounds: vec![Scalar::Float(-10.0), Scalar::Float(0.5), Scalar::Float(11.0)],
            counts: vec![3, 4],
        };
        assert_eq!(
            histogram_sql(&Slice::of("flights"), &columns(), "delay", &bins).expect("has bins"),
            "SELECT CASE WHEN \"delay\" < 0.5 THEN 0 ELSE 1 END AS \"bin\", count(*) AS \"count\"\n\
             FROM \"flights\"\nWHERE \"delay\" IS NOT NULL\nGROUP BY 1\nORDER BY 1"
        );
    }
}
