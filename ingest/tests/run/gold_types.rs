//! Values at the edges of every type: written as Parquet they come back exactly, or the type is refused by name.

use catalog::Scalar;
use ingest::gold::{self, WrittenFile};

use crate::gold_files::{Bench, SMALL};

/// Writes `values` as the column `x`, and reads it back. Returns its type in Parquet, and the file.
fn round_trip(sql_type: &str, values: &[&str]) -> (String, WrittenFile) {
    let bench = Bench::new(1);
    let literals: Vec<String> = values
        .iter()
        .map(|value| format!("(({value})::{sql_type})"))
        .collect();
    bench
        .engine
        .execute(&format!(
            "CREATE TABLE t AS SELECT x FROM (VALUES {}) AS v(x)",
            literals.join(", ")
        ))
        .unwrap_or_else(|error| panic!("{sql_type}: {error}"));
    let described = bench.engine.describe("SELECT * FROM t").expect("types");
    let columns = gold::columns_of(&described).unwrap_or_else(|error| panic!("{sql_type}: {error}"));
    let wanted = format!("SELECT {} FROM t", columns[0].expression);
    let written = bench
        .write(&wanted, SMALL)
        .unwrap_or_else(|error| panic!("{sql_type}: {error}"));
    let found = format!(
        "SELECT * FROM read_parquet('{}')",
        written.files[0].path.display()
    );
    let stored = bench.engine.describe(&found).expect("readable")[0].1.clone();
    for (a, b) in [("t", found.as_str()), (found.as_str(), "t")] {
        // Compared in the column's own type: what Parquet calls otherwise must be the same value.
        let own = |from: &str| match from {
            "t" => "SELECT x::VARCHAR AS text, x FROM t".to_owned(),
            found => format!("SELECT x::{sql_type}::VARCHAR AS text, x::{sql_type} AS x FROM ({found})"),
        };
        let differing = bench
            .engine
            .count(&format!(
                "SELECT count(*) FROM (({}) EXCEPT ALL ({}))",
                own(a),
                own(b)
            ))
            .unwrap_or_else(|error| panic!("{sql_type}: {error}"));
        assert_eq!(differing, 0, "{sql_type}: {values:?}");
    }
    (stored, written.files[0].clone())
}

#[test]
fn numbers_at_the_ends_of_their_types_come_back_exactly() {
    for (sql_type, values) in [
        ("TINYINT", vec!["-128", "127", "NULL"]),
        ("SMALLINT", vec!["-32768", "32767"]),
        ("INTEGER", vec!["-2147483648", "2147483647"]),
        (
            "BIGINT",
            vec!["-9223372036854775808", "9223372036854775807", "NULL"],
        ),
        ("UTINYINT", vec!["0", "255"]),
        ("USMALLINT", vec!["0", "65535"]),
        ("UINTEGER", vec!["0", "4294967295"]),
        (
            "UBIGINT",
            vec!["0", "18446744073709551615", "9223372036854775808"],
        ),
        (
            "FLOAT",
            vec!["'nan'", "'inf'", "'-inf'", "3.4028235e38", "1e-45", "0.1", "NULL"],
        ),
        (
            "DOUBLE",
            vec![
                "'nan'",
                "'inf'",
                "'-inf'",
                "1.7976931348623157e308",
                "5e-324",
                "-0.0",
                "0.1",
            ],
        ),
        ("DECIMAL(4,1)", vec!["-999.9", "999.9", "0.1", "NULL"]),
        ("DECIMAL(9,9)", vec!["-0.999999999", "0.000000001"]),
        (
            "DECIMAL(18,3)",
            vec!["-999999999999999.999", "999999999999999.999"],
        ),
        (
            "DECIMAL(38,10)",
            vec![
                "'-9999999999999999999999999999.9999999999'",
                "'0.0000000001'",
                "NULL",
            ],
        ),
        (
            "DECIMAL(38,0)",
            vec![
                "'99999999999999999999999999999999999999'",
                "'-99999999999999999999999999999999999999'",
            ],
        ),
    ] {
        let (stored, _) = round_trip(sql_type, &values);
        assert_eq!(stored, sql_type);
    }
}

#[test]
fn times_at_the_ends_of_the_calendar_come_back_exactly() {
    for (sql_type, stored_type, values) in [
        (
            "DATE",
            "DATE",
            vec![
                "'5877642-06-25 (BC)'",
                "'5881580-07-10'",
                "'infinity'",
                "'-infinity'",
                "'1969-12-31'",
                "NULL",
            ],
        ),
        (
            "TIME",
            "TIME",
            vec!["'00:00:00'", "'23:59:59.999999'", "'24:00:00'", "NULL"],
        ),
        (
            "TIMESTAMP",
            "TIMESTAMP",
            vec![
                "'290309-12-22 (BC) 00:00:00'",
                "'294247-01-10 04:00:54.775806'",
                "'infinity'",
                "'-infinity'",
                "NULL",
            ],
        ),
        (
            "TIMESTAMP_S",
            "TIMESTAMP",
            vec![
                "'1900-01-01 00:00:01'",
                "'9999-12-31 23:59:59'",
                "'infinity'",
                "NULL",
            ],
        ),
        (
            "TIMESTAMP_MS",
            "TIMESTAMP",
            vec!["'1900-01-01 00:00:00.001'", "'-infinity'", "NULL"],
        ),
        (
            "TIMESTAMPTZ",
            "TIMESTAMP WITH TIME ZONE",
            vec![
                "'2001-02-03 04:05:06.000001+02'",
                "'infinity'",
                "'9999-12-31 23:59:59+00'",
                "NULL",
            ],
        ),
    ] {
        let (stored, _) = round_trip(sql_type, &values);
        assert_eq!(stored, stored_type);
    }
}

#[test]
fn ends_that_the_catalog_cannot_write_are_left_out_and_infinity_is_not() {
    let ends = |sql_type: &str, values: &[&str]| {
        let (_, file) = round_trip(sql_type, values);
        let known = file.statistics["x"].clone();
        assert_eq!(
            known.null_count,
            Some(values.iter().filter(|value| **value == "NULL").count() as u64)
        );
        (known.min, known.max)
    };
    let text = |text: &str| Some(Scalar::from(text));
    assert_eq!(
        ends("DATE", &["'2001-01-01'", "'5881580-07-10'", "NULL"]),
        (text("2001-01-01"), None)
    );
    assert_eq!(
        ends("DATE", &["'0044-03-15 (BC)'", "'2001-01-01'"]),
        (None, text("2001-01-01"))
    );
    assert_eq!(
        ends("TIMESTAMP", &["'-infinity'", "'2001-01-01'"]),
        (text("-infinity"), text("2001-01-01T00:00:00"))
    );
    assert_eq!(ends("DOUBLE", &["'nan'", "NULL"]), (None, None));
    assert_eq!(
        ends("DOUBLE", &["'nan'", "'-inf'", "2"]),
        (text("-inf"), Some(Scalar::Float(2.0)))
    );
    assert_eq!(
        ends("UBIGINT", &["18446744073709551615", "3"]),
        (Some(Scalar::Integer(3)), text("18446744073709551615"))
    );
    assert_eq!(
        ends("DECIMAL(18,2)", &["-0.5", "10.25", "9.5"]),
        (text("-0.50"), text("10.25"))
    );
    assert_eq!(
        ends("TIME", &["'24:00:00'", "'00:00:00.5'"]),
        (text("00:00:00.500000"), text("24:00:00"))
    );
    assert_eq!(ends("BLOB", &["'\\xFF'", "'a'"]), (None, None));
    assert_eq!(
        ends("BOOLEAN", &["true", "NULL"]),
        (Some(Scalar::Boolean(true)), Some(Scalar::Boolean(true)))
    );
    // Parquet's own statistics are cut after 64 bytes; the manifest's are whole up to 256, and absent beyond.
    let long = |count: usize| format!("repeat('é', {count}) || 'x'");
    let (min, max) = ends("VARCHAR", &[&long(50), &long(100), "'a'"]);
    assert_eq!(min, text("a"));
    assert_eq!(max, Some(Scalar::Text(format!("{}é", "é".repeat(99)) + "x")));
    assert_eq!(ends("VARCHAR", &[&long(200), "'a'"]), (text("a"), None));
}

#[test]
fn texts_bytes_and_nested_values_come_back_exactly() {
    for (sql_type, stored_type, values) in [
        (
            "VARCHAR",
            "VARCHAR",
            vec![
                "''",
                "'Grüße 🎉'",
                "'a' || chr(0) || 'b'",
                "repeat('x', 100000)",
                "NULL",
            ],
        ),
        ("BLOB", "BLOB", vec!["''", "'\\x00\\xFF'", "NULL"]),
        (
            "UUID",
            "VARCHAR",
            vec![
                "'00000000-0000-0000-0000-00000000000a'",
                "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
                "NULL",
            ],
        ),
        ("ENUM('b', 'a')", "VARCHAR", vec!["'a'", "'b'", "NULL"]),
        ("JSON", "VARCHAR", vec!["'{\"a\": [1, null]}'", "'null'", "NULL"]),
        ("BOOLEAN", "BOOLEAN", vec!["true", "false", "NULL"]),
        (
            "INTEGER[]",
            "INTEGER[]",
            vec!["[1, NULL, 3]", "[]", "NULL", "[NULL]"],
        ),
        ("INTEGER[2]", "INTEGER[]", vec!["[1, 2]", "[NULL, 4]", "NULL"]),
        (
            "VARCHAR[][]",
            "VARCHAR[][]",
            vec!["[['a'], NULL, []]", "[]", "NULL"],
        ),
        (
            "STRUCT(a INTEGER, b STRUCT(c VARCHAR[], d DATE))",
            "STRUCT(a INTEGER, b STRUCT(c VARCHAR[], d DATE))",
            vec![
                "{'a': 1, 'b': {'c': ['x', NULL], 'd': '2001-01-01'}}",
                "{'a': NULL, 'b': NULL}",
                "NULL",
            ],
        ),
        (
            "MAP(VARCHAR, INTEGER[])",
            "MAP(VARCHAR, INTEGER[])",
            vec!["MAP {'a': [1], 'b': NULL}", "MAP {}", "NULL"],
        ),
        (
            "DECIMAL(38,2)[]",
            "DECIMAL(38,2)[]",
            vec!["['-123456789012345678901234567890.12', NULL]", "NULL"],
        ),
        (
            "TIMESTAMP_MS[]",
            "TIMESTAMP[]",
            vec!["['2001-01-01 00:00:00.001']", "NULL"],
        ),
        (
            "TIMESTAMPTZ[]",
            "TIMESTAMP WITH TIME ZONE[]",
            vec!["['2001-01-01 00:00:00+02', NULL]"],
        ),
        (
            "UUID[]",
            "VARCHAR[]",
            vec!["['00000000-0000-0000-0000-00000000000a', NULL]"],
        ),
        ("ENUM('b', 'a')[]", "VARCHAR[]", vec!["['a', NULL, 'b']", "NULL"]),
    ] {
        let (stored, _) = round_trip(sql_type, &values);
        assert_eq!(stored, stored_type);
    }
}

#[test]
fn types_without_an_exact_counterpart_are_refused_by_name_wherever_they_are() {
    let bench = Bench::new(1);
    for (value, name) in [
        ("1::HUGEINT", "HUGEINT"),
        ("1::UHUGEINT", "UHUGEINT"),
        ("1::BIGNUM", "BIGNUM"),
        ("INTERVAL 1 DAY", "INTERVAL"),
        ("union_value(a := 1)", "UNION(a INTEGER)"),
        ("TIMETZ '10:00:00+02'", "TIME WITH TIME ZONE"),
        ("'101'::BIT", "BIT"),
        ("TIMESTAMP_NS '2001-01-01 00:00:00.123456789'", "TIMESTAMP_NS"),
        ("TIME_NS '10:00:00.123456789'", "TIME_NS"),
        ("1::VARIANT", "VARIANT"),
        ("'POINT(1 2)'::GEOMETRY", "GEOMETRY"),
    ] {
        for (nested, shown) in [
            (value.to_owned(), name.to_owned()),
            (format!("[{value}]"), format!("{name}[]")),
            (
                format!("{{'f': {value}, 'g': 1}}"),
                format!("STRUCT(f {name}, g INTEGER)"),
            ),
            (format!("MAP {{'k': {value}}}"), format!("MAP(VARCHAR, {name})")),
        ] {
            let Ok(described) = bench.engine.describe(&format!("SELECT {nested} AS x")) else {
                assert_ne!(nested, value, "DuckDB knows {name}");
                continue;
            };
            let error = gold::columns_of(&described).expect_err(&nested).to_string();
            assert!(error.contains(&format!("column `x` is {shown}, ")), "{error}");
        }
    }
    // A Parquet reader would take seconds for plain numbers.
    let seconds = bench
        .engine
        .describe("SELECT [TIMESTAMP_S '2001-01-01'] AS x")
        .expect("types");
    let error = gold::columns_of(&seconds).expect_err("refused").to_string();
    assert!(
        error.contains("TIMESTAMP_S[]") && error.contains("TIMESTAMP (microseconds)"),
        "{error}"
    );
}
