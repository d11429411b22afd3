//! Results for programs: the formats, and files that are whole.

use duckdb::Connection;
use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};

const SQL: &str = "SELECT i AS n, 'row ' || i AS name FROM range(3000) t(i) ORDER BY i DESC";

/// Count, sum and first name of a file, by DuckDB's reader.
fn facts(relation: &str) -> (i64, i64, String) {
    let connection = Connection::open_in_memory().expect("DuckDB");
    connection
        .query_row(
            &format!("SELECT count(*), sum(n)::BIGINT, first(name) FROM {relation}"),
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("a readable file")
}

#[test]
fn a_file_has_all_rows_in_their_order() {
    let project = Project::shop();
    project.run().success();
    let whole = (3000, 2999 * 3000 / 2, "row 2999".to_owned());
    let path = |name: &str| project.root().join(name).display().to_string();
    for (name, reader) in [
        ("r.csv", "read_csv"),
        ("r.jsonl", "read_json"),
        ("r.parquet", "read_parquet"),
    ] {
        project.write(name, "what was there before");
        let assert = project
            .ingest(&["query", "--sql", SQL, "--output", name])
            .assert()
            .success();
        assert!(stderr(&assert).contains("3,000 rows, "), "{}", stderr(&assert));
        assert_eq!(stdout(&assert), "");
        assert_eq!(facts(&format!("{reader}('{}')", path(name))), whole, "{name}");
    }
    project
        .ingest(&["query", "--sql", SQL, "--output", "r.arrow", "--limit", "2"])
        .assert()
        .success();
    let file = std::fs::File::open(path("r.arrow")).expect("file");
    let batches = arrow_ipc::reader::StreamReader::try_new(file, None).expect("an Arrow stream");
    let rows: usize = batches.map(|batch| batch.expect("a batch").num_rows()).sum();
    assert_eq!(rows, 2);
}

#[test]
fn rows_for_programs_go_to_standard_output_too() {
    let project = Project::shop();
    project.run().success();
    let printed = |arguments: &[&str]| {
        let mut all = vec!["query"];
        all.extend(arguments);
        stdout(&project.ingest(&all).assert().success())
    };
    let csv = printed(&["--sql", SQL, "--format", "csv"]);
    assert_eq!(csv.lines().count(), 3001);
    assert!(csv.starts_with("n,name\n2999,row 2999\n"), "{csv}");
    assert_eq!(
        printed(&["--sql", SQL, "--format", "json", "--limit", "1"]),
        "{\"n\":2999,\"name\":\"row 2999\"}\n"
    );
    assert!(printed(&["--sql", SQL, "--format", "parquet"]).starts_with("PAR1"));
}

#[test]
fn without_sql_the_catalog_tells_the_rows() {
    let project = Project::shop();
    project.run().success();
    let counts = "table,rows\ncustomers,3\norders,4\n";
    let manifest = project.manifest("orders");
    std::fs::remove_file(project.gold(&manifest.files[0].key)).expect("a data file");
    project
        .ingest(&["query", "--format", "csv"])
        .assert()
        .success()
        .stdout(counts)
        .stderr(contains("1 object ("));
    project
        .ingest(&["query"])
        .assert()
        .success()
        .stdout(contains("customers"));
}

#[test]
fn a_result_that_fails_leaves_what_was_there() {
    let project = Project::shop();
    project.run().success();
    project.write("r.csv", "before");
    let fails =
        "SELECT CASE WHEN i = 200000 THEN error('too far') ELSE i::VARCHAR END AS n FROM range(300000) t(i)";
    project
        .ingest(&["query", "--sql", fails, "--output", "r.csv"])
        .assert()
        .code(1)
        .stderr(contains("too far"));
    let left = std::fs::read_to_string(project.root().join("r.csv")).expect("file");
    assert_eq!(left, "before");
    for (arguments, told) in [
        (&["--output", "r.xls"][..], "give --format csv, json"),
        (&["--output", "raw", "--format", "csv"], "raw is a folder"),
        (&["--output", "no/r.csv"], "there is no folder no"),
        (&["--output", "r.csv", "--format", "table"], "is for people"),
        (&["--output", "s3://lake/", "--format", "csv"], "names no object"),
        (
            &["--output", "r.csv", "--sql", "EXPLAIN SELECT 1"],
            "an EXPLAIN is for people",
        ),
        (
            &["--output", "r.csv", "--sql", "SELECT 1 FROM order_s"],
            "Did you mean orders?",
        ),
    ] {
        let mut all = vec!["query"];
        all.extend(arguments);
        project.ingest(&all).assert().code(1).stderr(contains(told));
    }
}

#[test]
fn values_are_written_as_they_are_or_refused() {
    let project = Project::shop();
    project.run().success();
    let sql = "SELECT sum(i) AS n, 'x'::ENUM('x', 'y') AS name, 1 AS a, 2 AS a, timestamp_ns '2024-01-01 00:00:00.123456789' AS t \
               FROM range(5) r(i) -- the end";
    for name in ["r.parquet", "r.arrow"] {
        project
            .ingest(&["query", "--sql", sql, "--output", name])
            .assert()
            .success();
    }
    let path = project.root().join("r.parquet").display().to_string();
    let file = format!("read_parquet('{path}') WHERE a = 1 AND a_1 = 2 AND epoch_ns(t) % 1000 = 789");
    assert_eq!(facts(&file), (1, 10, "x".to_owned()));
    for (expression, told) in [
        ("union_value(a := 1)", "union_extract"),
        ("'01'::BIT", "CAST it to VARCHAR"),
        ("timetz '10:00:00+02'", "CAST it to TIME"),
        (
            "['99999999999999999999999999999999999999999'::BIGNUM]",
            "DECIMAL(38, 0)",
        ),
        (
            "340282366920938463463374607431768211455::UHUGEINT",
            "Could not cast",
        ),
        (
            "170141183460469231731687303715884105727::HUGEINT",
            "Could not cast",
        ),
    ] {
        for name in ["bad.parquet", "bad.arrow"] {
            project
                .ingest(&[
                    "query",
                    "--sql",
                    &format!("SELECT {expression} AS value"),
                    "--output",
                    name,
                ])
                .assert()
                .code(1)
                .stderr(contains(told));
            assert!(!project.root().join(name).exists(), "{expression}");
        }
    }
}
