//! Sketches: what is known of a table without reading its files again.

use catalog::{Column, ColumnStatistics, Scalar, TableManifest};
use ingest::gold::{self, Description, TableSketch, Written};
use proptest::prelude::*;

use crate::gold_files::{Bench, SMALL};

/// Rows `from..to` of a table with few and many values, far ones, NULL and NaN.
fn rows(from: u64, to: u64) -> String {
    format!(
        "SELECT i, 'v' || (i * i % 37) AS few, 'id ' || i AS many, i % 11 AS digit,
                CASE WHEN i % 7 = 0 THEN NULL WHEN i % 1000 = 1 THEN 1e9 WHEN i % 1000 = 2 THEN 'nan' ELSE sin(i) END::DOUBLE AS wave,
                (i / 8)::DECIMAL(18, 3) AS money, DATE '2001-01-01' + (i % 400)::INTEGER AS day,
                TIMESTAMP '2001-01-01' + to_seconds(i * 61) AS moment, NULL::VARCHAR AS nothing, i % 2 = 0 AS even
         FROM range({from}, {to}) AS t(i)"
    )
}

const DIMENSIONS: [&str; 4] = ["few", "many", "digit", "nothing"];

fn write(bench: &Bench, from: u64, to: u64) -> (Vec<Column>, Written) {
    let select = rows(from, to);
    let columns = bench.columns(&select, &DIMENSIONS);
    let folder = bench.work.path().join(format!("{from}-{to}"));
    std::fs::create_dir_all(&folder).expect("folder");
    let written = gold::write(&bench.engine, &select, &columns, SMALL, &folder).expect("written");
    (columns, written)
}

fn describe(columns: &[Column], parts: &[&Written], sketch: &TableSketch) -> TableManifest {
    let files = parts
        .iter()
        .flat_map(|part| &part.files)
        .map(|file| file.entry("t"))
        .collect();
    gold::describe("t", columns.to_vec(), files, sketch, Description::default())
}

fn statistics<'a>(manifest: &'a TableManifest, column: &str) -> &'a ColumnStatistics {
    &manifest.column(column).expect("column").statistics
}

#[test]
fn statistics_of_new_rows_are_what_duckdb_counts() {
    let bench = Bench::new(2);
    let (columns, written) = write(&bench, 0, 100_000);
    let manifest = describe(&columns, &[&written], &written.sketch);
    let table = rows(0, 100_000);
    for column in &manifest.columns {
        let name = &column.name;
        let known = &column.statistics;
        let count = |what: &str| {
            bench
                .engine
                .count(&format!("SELECT {what} FROM ({table})"))
                .expect("counted")
        };
        assert_eq!(
            known.null_count,
            Some(count(&format!("count(*) - count({name})"))),
            "{name}"
        );
        assert_eq!(
            known.distinct_count,
            Some(count(&format!("count(DISTINCT {name})"))),
            "{name}"
        );
        for top in &known.top_values {
            let value = match &top.value {
                Scalar::Null => format!("{name} IS NULL"),
                value => format!("{name}::VARCHAR = '{value}'"),
            };
            assert_eq!(
                top.count,
                count(&format!("count(*) FILTER ({value})")),
                "{name}: {value}"
            );
        }
        if let Some(histogram) = &known.histogram {
            assert!(histogram.is_consistent(), "{name}");
            let finite = count(
                &format!("count(*) FILTER (isfinite({name}::DOUBLE))")
                    .replace("day::DOUBLE", "day")
                    .replace("moment::DOUBLE", "moment"),
            );
            assert_eq!(histogram.counts.iter().sum::<u64>(), finite, "{name}");
        }
    }
    assert_eq!(
        statistics(&manifest, "digit").top_values.len(),
        11,
        "all of a few values are listed"
    );
    assert_eq!(
        statistics(&manifest, "many").top_values.len(),
        20,
        "counted by DuckDB, since a tally has no room"
    );
    assert_eq!(statistics(&manifest, "i").top_values, [], "a measure lists none");
    assert_eq!(
        statistics(&manifest, "wave").max,
        Some(Scalar::Float(1e9)),
        "NaN is no end"
    );
    assert_eq!(
        statistics(&manifest, "money").max,
        Some(Scalar::from("12499.875"))
    );
    assert_eq!(statistics(&manifest, "nothing").top_values[0].value, Scalar::Null);
    let middle = statistics(&manifest, "wave")
        .histogram
        .as_ref()
        .expect("histogram");
    assert!(
        middle.counts.len() > 20,
        "far values do not press the others together: {middle:?}"
    );
}

#[test]
fn a_file_is_sketched_as_its_rows_were() {
    let bench = Bench::new(2);
    let (columns, written) = write(&bench, 500, 30_500);
    let paths: Vec<_> = written.files.iter().map(|file| file.path.clone()).collect();
    let again = TableSketch::of_files(&bench.engine, &columns, &paths).expect("read");
    assert_eq!(again, written.sketch);
    let json = again.to_json().expect("JSON");
    assert_eq!(TableSketch::from_json(&json).expect("parses"), again);
    assert!(json.len() < columns.len() * 16_000, "{} bytes", json.len());
    assert!(
        TableSketch::from_json(b"{\"sketch_version\": 99}").is_err(),
        "another version is named as such"
    );
}

#[test]
fn a_column_that_came_later_is_null_in_older_rows() {
    let bench = Bench::new(1);
    let (columns, old) = write(&bench, 0, 1_000);
    let fewer: Vec<Column> = columns
        .iter()
        .filter(|column| column.name != "digit")
        .cloned()
        .collect();
    let paths: Vec<_> = old.files.iter().map(|file| file.path.clone()).collect();
    let mut sketch = TableSketch::of_files(&bench.engine, &fewer, &paths).expect("read");
    let (_, new) = write(&bench, 1_000, 2_000);
    sketch.merge(&columns, &new.sketch);
    let mut files: Vec<_> = old.files.iter().map(|file| file.entry("t")).collect();
    for file in &mut files {
        file.columns.remove("digit");
    }
    files.extend(new.files.iter().map(|file| file.entry("t")));
    let manifest = gold::describe("t", columns, files, &sketch, Description::default());
    let digit = statistics(&manifest, "digit");
    assert_eq!((digit.null_count, digit.distinct_count), (Some(1_000), Some(11)));
    assert_eq!(
        (&digit.top_values[0].value, digit.top_values[0].count),
        (&Scalar::Null, 1_000)
    );
    assert_eq!(
        (&digit.min, &digit.max),
        (&Some(Scalar::Integer(0)), &Some(Scalar::Integer(10)))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_merge_to_the_whole_and_a_part_can_be_taken_out(first in 1..4_000_u64, second in 0..4_000_u64) {
        let bench = Bench::new(2);
        let end = first + second;
        let (columns, whole) = write(&bench, 0, end);
        let (_, left) = write(&bench, 0, first);
        let (_, right) = write(&bench, first, end);
        let mut merged = left.sketch.clone();
        merged.merge(&columns, &right.sketch);
        prop_assert_eq!(merged.rows(), end);
        let of_parts = describe(&columns, &[&left, &right], &merged);
        let of_whole = describe(&columns, &[&whole], &whole.sketch);
        for (part, whole) in of_parts.columns.iter().zip(&of_whole.columns) {
            let (mut part, mut whole) = (part.statistics.clone(), whole.statistics.clone());
            let (estimate, exact) = (part.distinct_count.take(), whole.distinct_count.take());
            if let (Some(estimate), Some(exact)) = (estimate, exact) {
                prop_assert!(estimate.abs_diff(exact) as f64 <= 2.0 + exact as f64 * 0.08, "{} for {}", estimate, exact);
            }
            // What is frequent is listed only where it is certain.
            if part.top_values.is_empty() {
                whole.top_values.clear();
            }
            prop_assert_eq!(part, whole);
        }
        for name in ["few", "digit", "nothing"] {
            prop_assert!(!statistics(&of_parts, name).top_values.is_empty(), "{} has few values", name);
        }
        merged.subtract(&columns, &right.sketch);
        let without = describe(&columns, &[&left], &merged);
        let before = describe(&columns, &[&left], &left.sketch);
        for (without, before) in without.columns.iter().zip(&before.columns) {
            prop_assert!(without.statistics.distinct_count >= before.statistics.distinct_count.map(|count| count * 9 / 10));
            if !without.statistics.top_values.is_empty() {
                prop_assert_eq!(&without.statistics.top_values, &before.statistics.top_values);
            }
            let count = |column: &Column| column.statistics.histogram.as_ref().map(|histogram| histogram.counts.iter().sum::<u64>());
            prop_assert_eq!(count(without), count(before));
        }
        for name in ["few", "digit", "nothing"] {
            prop_assert_eq!(&statistics(&without, name).top_values, &statistics(&before, name).top_values);
        }
    }
}
