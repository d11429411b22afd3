//! `ingest adopt` over a folder that somebody else wrote.

use std::collections::BTreeMap;

use catalog::Scalar;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::fixture::{Project, stderr, stdout};

fn duckdb(sql: &str) {
    let connection = duckdb::Connection::open_in_memory().expect("DuckDB");
    connection.execute_batch(sql).expect("SQL");
}

/// Sales in Hive partitions, in files of two shapes, and stores in a folder of a folder.
fn lake() -> Project {
    let project = Project::new("");
    let gold = project.gold("");
    std::fs::create_dir_all(gold.join("Geo/Stores EU")).expect("folder");
    let gold = gold.display();
    duckdb(&format!(
        "COPY (SELECT i::INTEGER AS id, i * 1.5 AS price, 'name ' || i AS name, 2000 + i % 2 AS year FROM range(100) t(i)) \
         TO '{gold}/sales' (FORMAT parquet, PARTITION_BY (year)); \
         COPY (SELECT 7::INTEGER AS id, DATE '2024-01-31' AS day) TO '{gold}/sales/year=2001/more.parquet' (FORMAT parquet); \
         COPY (SELECT 'Rome' AS city, NULL::INTEGER AS floor, [1, 2] AS doors) TO '{gold}/Geo/Stores EU/a.parquet' (FORMAT parquet);"
    ));
    project
}

fn key_bytes(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let pattern = format!("{}/**/*.parquet", project.gold("").display());
    let files = glob::glob(&pattern)
        .expect("pattern")
        .map(|file| file.expect("file"));
    files
        .map(|file| (file.display().to_string(), std::fs::read(&file).expect("file")))
        .collect()
}

#[test]
fn folders_become_tables_and_their_files_stay() {
    let project = lake();
    let before = key_bytes(&project);
    let assert = project.ingest(&["adopt", "gold"]).assert().success();
    let out = stdout(&assert);
    assert!(out.contains("sales: 101 rows in 3 files"), "{out}");
    assert_eq!(key_bytes(&project), before);

    let sales = project.manifest("sales");
    let types: Vec<(&str, String, bool)> = sales
        .columns
        .iter()
        .map(|column| {
            (
                column.name.as_str(),
                column.column_type.to_string(),
                column.nullable,
            )
        })
        .collect();
    assert_eq!(types[0], ("id", "int32".to_owned(), true));
    assert_eq!(types[3], ("day", "date".to_owned(), true));
    assert_eq!(types[4], ("year", "int64".to_owned(), false));
    assert_eq!(
        sales.column("id").expect("id").statistics.max,
        Some(Scalar::Integer(99))
    );
    assert_eq!(sales.column("day").expect("day").statistics.null_count, Some(100));
    assert_eq!(
        sales.column("day").expect("day").statistics.min,
        Some(Scalar::from("2024-01-31"))
    );
    for file in &sales.files {
        let bytes = &before[&project.gold(&file.key).display().to_string()];
        assert_eq!(file.bytes, bytes.len() as u64);
        assert_eq!(file.footer.offset + file.footer.bytes, file.bytes);
        assert!(file.key.starts_with("sales/year=200"), "{}", file.key);
    }
    let stores = project.manifest("geo_stores_eu");
    assert_eq!(stores.files[0].columns["floor"].null_count, Some(1));

    let sql = "SELECT count(*) AS n, sum(id) AS total, count(day) AS days FROM sales";
    project
        .ingest(&["query", "--sql", sql])
        .assert()
        .success()
        .stdout(contains("4957"));
    project
        .ingest(&["show", "geo_stores_eu"])
        .assert()
        .success()
        .stdout(contains("doors"));
}

#[test]
fn a_scan_tells_what_a_run_tells_of_the_same_rows() {
    let rows = "SELECT i AS id, 'city ' || (i % 7) AS city, (i % 1000)::DOUBLE / 3 AS price, i % 3 = 0 AS is_open, \
                DATE '2024-01-01' + (i % 300)::INTEGER AS day, TIMESTAMP '2024-01-01' + to_seconds(i * 37) AS at, \
                (i % 50)::DECIMAL(9, 2) / 4 AS fee, CASE WHEN i % 5 > 0 THEN 'note ' || i END AS note, \
                (i % 200)::UTINYINT AS level FROM range(30000) t(i)";
    let built = Project::new("[sources.t]\npath = \"raw/*.parquet\"\n");
    let adopted = Project::new("");
    std::fs::create_dir_all(built.root().join("raw")).expect("folder");
    std::fs::create_dir_all(adopted.gold("t")).expect("folder");
    for (number, rows) in [
        format!("{rows} WHERE i < 20000"),
        format!("{rows} WHERE i >= 20000"),
    ]
    .iter()
    .enumerate()
    {
        for folder in [built.root().join("raw"), adopted.gold("t")] {
            duckdb(&format!(
                "COPY ({rows}) TO '{}/{number}.parquet' (FORMAT parquet)",
                folder.display()
            ));
        }
    }
    built.write("models/gold/t.sql", "SELECT * FROM source.t");
    built.ingest(&["run"]).assert().success();
    let told = |project: &Project| -> BTreeMap<String, catalog::ColumnStatistics> {
        let columns = project.manifest("t").columns;
        columns
            .into_iter()
            .map(|column| (column.name, column.statistics))
            .collect()
    };

    adopted.ingest(&["adopt", "gold"]).assert().success();
    let of_footers = told(&adopted);
    assert_eq!(of_footers["city"].distinct_count, None);
    assert!(of_footers["city"].top_values.is_empty());
    // The files are the same, and yet there is something to do: once.
    let scan = ["adopt", "gold", "--scan"];
    // Without reading rows nobody knows what they tell, and a dry run reads none.
    adopted
        .ingest(&["adopt", "gold", "--scan", "--dry-run"])
        .assert()
        .failure()
        .stderr(contains("cannot be used with").and(contains("--dry-run")));
    adopted
        .ingest(&scan)
        .assert()
        .success()
        .stdout(contains("1 table adopted or changed").and(contains("0 requests")));
    let (of_run, of_scan) = (told(&built), told(&adopted));
    assert_eq!(of_scan["city"].distinct_count, Some(7));
    assert_eq!(of_scan["city"].top_values.len(), 7);
    assert!(of_scan["price"].histogram.is_some() && of_scan["at"].histogram.is_some());
    for (column, told) in &of_run {
        assert_eq!(of_scan[column], *told, "{column}");
    }
    assert_eq!(of_scan.len(), of_run.len());
    adopted
        .ingest(&scan)
        .assert()
        .success()
        .stdout(contains("nothing to do"));

    // Of other rows they do not hold.
    std::fs::remove_file(adopted.gold("t/1.parquet")).expect("removed");
    let assert = adopted.ingest(&["adopt", "gold"]).assert().success();
    assert!(
        stderr(&assert).contains("read them again by --scan"),
        "{}",
        stderr(&assert)
    );
    assert_eq!(told(&adopted)["city"].distinct_count, None);
}

#[test]
fn only_what_changed_is_read_again() {
    let project = lake();
    project
        .ingest(&["adopt", "gold", "--dry-run"])
        .assert()
        .success()
        .stdout(contains("dry run"));
    assert!(!project.gold("catalog.json").exists());
    project
        .ingest(&["adopt", "gold"])
        .assert()
        .success()
        .stdout(contains("4 requests"));
    let first = project.catalog();
    project
        .ingest(&["adopt", "gold"])
        .assert()
        .success()
        .stdout(contains("nothing to do").and(contains("0 requests")));
    assert_eq!(project.catalog(), first);

    std::fs::remove_file(project.gold("sales/year=2001/more.parquet")).expect("removed");
    let new = project.gold("sales/new.parquet");
    duckdb(&format!(
        "COPY (SELECT 1000::INTEGER AS id) TO '{}' (FORMAT parquet)",
        new.display()
    ));
    project
        .ingest(&["adopt", "gold"])
        .assert()
        .success()
        .stdout(contains("1 request for"));
    let sales = project.manifest("sales");
    assert_eq!((sales.rows, sales.files.len()), (101, 3));
    assert_eq!(
        project.catalog().table("geo_stores_eu"),
        first.table("geo_stores_eu")
    );
}

#[test]
fn what_cannot_be_adopted_is_named_and_the_rest_is_adopted() {
    let project = lake();
    project.write("gold/sales/broken.parquet", "PAR1 this is no Parquet file");
    project.write("gold/delta/_delta_log/0.json", "{}");
    let gold = project.gold("").display().to_string();
    std::fs::create_dir_all(project.gold("mixed")).expect("folder");
    duckdb(&format!(
        "COPY (SELECT 1 AS a) TO '{gold}/delta/a.parquet' (FORMAT parquet); \
         COPY (SELECT 1::INTEGER AS a) TO '{gold}/mixed/a.parquet' (FORMAT parquet); \
         COPY (SELECT 'x' AS a) TO '{gold}/mixed/b.parquet' (FORMAT parquet); \
         COPY (SELECT TIMESTAMP_NS '2024-01-01 00:00:00' AS at) TO '{gold}/at.parquet' (FORMAT parquet);"
    ));
    let assert = project
        .ingest(&["adopt", "gold", "--table", "root"])
        .assert()
        .code(1);
    let err = stderr(&assert);
    for part in [
        "sales/broken.parquet: is no Parquet file",
        "table delta is left out",
        "table of Delta",
        "column `a` is string in mixed/b.parquet but int32 in mixed/a.parquet",
        "at.parquet: column `at`",
        "microseconds",
    ] {
        assert!(err.contains(part), "{part}: {err}");
    }
    let catalog = project.catalog();
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["geo_stores_eu", "sales"]);
    assert_eq!(project.manifest("sales").rows, 101);
}

#[test]
fn tables_of_a_run_stay_and_a_root_without_files_is_refused() {
    let project = Project::new("");
    project.write("models/gold/sales.sql", "SELECT 1 AS a");
    project.run().success();
    let run = project.catalog();
    std::fs::create_dir_all(project.gold("sales")).expect("folder");
    duckdb(&format!(
        "COPY (SELECT 2 AS b) TO '{}' (FORMAT parquet); COPY (SELECT 3 AS c) TO '{}' (FORMAT parquet)",
        project.gold("sales/a.parquet").display(),
        project.gold("c.parquet").display()
    ));
    project
        .ingest(&["adopt", "gold", "--table", "other"])
        .assert()
        .code(1)
        .stderr(contains("that was not adopted"));
    let catalog = project.catalog();
    assert_eq!(catalog.table("sales"), run.table("sales"));
    assert_eq!(catalog.table("other").map(|table| table.rows), Some(1));

    project.write("empty/readme.txt", "nothing");
    for (root, reason) in [
        ("empty", "holds no Parquet files"),
        ("nowhere", "there is no folder"),
    ] {
        project
            .ingest(&["adopt", root])
            .assert()
            .code(1)
            .stderr(contains(reason));
    }
    assert!(!project.root().join("nowhere").exists());
}
