use catalog::{ColumnType, Scalar};
use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stderr};

pub const EVERY_TYPE: &str = "
SELECT true AS flag, -7::TINYINT AS i8, -300::SMALLINT AS i16, -70000 AS i32, '-9223372036854775808'::BIGINT AS i64,
       200::UTINYINT AS u8, 60000::USMALLINT AS u16, 4000000000::UINTEGER AS u32, 18446744073709551615::UBIGINT AS u64,
       0.5::FLOAT AS f32, 0.1::DOUBLE AS f64, 12.345::DECIMAL(9, 3) AS d9, 1234567890123456.78::DECIMAL(18, 2) AS d18,
       12345678901234567890123456789012345678::DECIMAL(38, 0) AS d38, 'Grüße' AS text, '\\x00\\xFF'::BLOB AS bytes,
       DATE '1969-12-31' AS day, TIME '23:59:59.25' AS clock, TIMESTAMP '2001-02-03 04:05:06.000001' AS local,
       TIMESTAMPTZ '2001-02-03 04:05:06+02' AS instant, TIMESTAMP_MS '2001-02-03 04:05:06.007' AS millis,
       'b'::ENUM('a', 'b') AS pick, uuid '00000000-0000-0000-0000-00000000000a' AS id, '{\"a\": 1}'::JSON AS doc,
       [1, NULL, 3] AS list, {'x': 1, 'y': 'z'} AS pair, 'nan'::DOUBLE AS nan, NULL::VARCHAR AS nothing
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'infinity'::DOUBLE, NULL";

#[test]
fn values_of_every_type_come_back_exactly() {
    let project = Project::new("");
    project.write("models/gold/t.sql", EVERY_TYPE);
    project.run().success();
    let manifest = project.manifest("t");

    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    let file = project.gold(&manifest.files[0].key);
    let wanted = format!(
        "SELECT * REPLACE (pick::VARCHAR AS pick, id::VARCHAR AS id, doc::VARCHAR AS doc, millis::TIMESTAMP AS millis) FROM ({EVERY_TYPE})"
    );
    let found = format!("SELECT * FROM '{}'", file.display());
    for (a, b) in [(&wanted, &found), (&found, &wanted)] {
        let differing = engine
            .count(&format!("SELECT count(*) FROM (({a}) EXCEPT ALL ({b}))"))
            .expect("comparable");
        assert_eq!(differing, 0);
    }
    assert_eq!(
        engine.describe(&wanted).expect("types"),
        engine.describe(&found).expect("types")
    );
}

#[test]
fn the_catalog_tells_types_and_ends_in_its_own_words() {
    let project = Project::new("");
    project.write("models/gold/t.sql", EVERY_TYPE);
    project.run().success();
    let manifest = project.manifest("t");
    for (name, column_type, min) in [
        ("flag", "boolean", Scalar::Boolean(true)),
        ("i64", "int64", Scalar::Integer(i64::MIN)),
        ("u64", "uint64", Scalar::from("18446744073709551615")),
        ("f64", "float64", Scalar::Float(0.1)),
        ("d18", "decimal(18,2)", Scalar::from("1234567890123456.78")),
        (
            "d38",
            "decimal(38,0)",
            Scalar::from("12345678901234567890123456789012345678"),
        ),
        ("text", "string", Scalar::from("Grüße")),
        ("day", "date", Scalar::from("1969-12-31")),
        ("clock", "time", Scalar::from("23:59:59.250000")),
        ("local", "timestamp", Scalar::from("2001-02-03T04:05:06.000001")),
        (
            "instant",
            "timestamptz",
            Scalar::from("2001-02-03T02:05:06.000000Z"),
        ),
        ("millis", "timestamp", Scalar::from("2001-02-03T04:05:06.007000")),
        ("pick", "string", Scalar::from("b")),
        ("nan", "float64", Scalar::from("inf")),
    ] {
        let column = manifest.column(name).expect("column");
        assert_eq!(column.column_type.to_string(), column_type, "{name}");
        assert_eq!(column.statistics.min, Some(min.clone()), "{name}");
        assert_eq!(manifest.files[0].columns[name].min, Some(min), "{name}");
        let nulls = if name == "nan" { 0 } else { 1 };
        assert_eq!(column.statistics.null_count, Some(nulls), "{name}");
        let histogram = column.statistics.histogram.as_ref();
        assert!(
            histogram.is_none_or(catalog::Histogram::is_consistent),
            "{name}: {histogram:?}"
        );
    }
    let list = manifest.column("list").expect("column");
    assert!(
        matches!(&list.column_type, ColumnType::Other(name) if name.starts_with("List(")),
        "{list:?}"
    );
    assert_eq!(
        (&list.statistics.min, list.statistics.null_count),
        (&None, Some(1))
    );
    assert_eq!(
        manifest.column("nothing").expect("column").statistics.null_count,
        Some(2)
    );
}

#[test]
fn types_that_readers_cannot_take_exactly_are_refused_by_name() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "SELECT sum(i) AS total, INTERVAL 1 DAY AS wait FROM range(3) AS t(i)",
    );
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("models/gold/t.sql: column `total` is HUGEINT") && told.contains("CAST it to BIGINT"),
        "{told}"
    );
    assert!(told.contains("column `wait` is INTERVAL"), "{told}");
}

#[test]
fn a_table_without_rows_is_published_with_its_schema() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "SELECT 1 AS a, 'x' AS b, 0.5 AS c WHERE false",
    );
    project.run().success();
    let manifest = project.manifest("t");
    assert_eq!(
        (manifest.rows, manifest.files.len(), manifest.columns.len()),
        (0, 1, 3)
    );
    assert_eq!(manifest.columns[0].statistics.null_count, Some(0));
    project
        .ingest(&["query", "--sql", "SELECT count(*) FROM t"])
        .assert()
        .success();
}

#[test]
fn columns_may_be_called_as_they_like() {
    let project = Project::new("");
    project.write(
        "models/gold/select.sql",
        "/* @ingest\ncluster_by: [order]\ncolumns: {value: {role: dimension}, bin: {role: dimension}}\nchecks: [{unique: [occurrences, rows]}]\n*/\n\
         SELECT i AS value, i % 3 AS rows, i / 2 AS bin, i AS occurrences, -i AS \"order\", i AS \"goldpan files\", 'a' AS \"we\"\"ird\" FROM range(100) AS t(i)",
    );
    project.run().success();
    let manifest = project.manifest("select");
    for name in ["value", "rows", "bin", "occurrences", "order"] {
        let statistics = &manifest.column(name).expect("column").statistics;
        let histogram = statistics.histogram.as_ref().expect("histogram");
        assert_eq!(histogram.counts.iter().sum::<u64>(), 100, "{name}");
        assert_eq!(
            statistics.distinct_count,
            Some(if name == "rows" { 3 } else { 100 }),
            "{name}"
        );
    }
    let sql = "SELECT max(\"we\"\"ird\") FROM \"select\"";
    project.ingest(&["query", "--sql", sql]).assert().success();
}
