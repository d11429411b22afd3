//! `ingest export --as iceberg`: pyiceberg reads what DuckDB reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use predicates::str::contains;
use serde_json::Value;

use crate::fixture::{Project, stderr, stdout};
use crate::types::EVERY_TYPE;

/// Reads a table by the address of its metadata; writes the rows that a filter lets through, prints the files it looks at.
const READ: &str = "
import json, sys
import pyarrow.parquet
from pyiceberg.table import StaticTable
_, address, filter, to = sys.argv
scan = StaticTable.from_metadata(address).scan(row_filter=filter or 'true')
pyarrow.parquet.write_table(scan.to_arrow(), to)
print(json.dumps(sorted(task.file.file_path for task in scan.plan_files())))
";

/// Where pyiceberg and pyarrow are: told by `cargo xtask`, or where that puts them.
fn packages() -> std::ffi::OsString {
    if let Some(told) = std::env::var_os("GOLDPAN_PYICEBERG") {
        return told;
    }
    let home = std::env::var_os("HOME").expect("HOME");
    let tools = Path::new(&home).join(".cache/goldpan/tools");
    let found = std::fs::read_dir(&tools).into_iter().flatten().flatten();
    let found = found.map(|entry| entry.path()).filter(|path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.starts_with("pyiceberg-") || name.starts_with("pyarrow-")
    });
    std::env::join_paths(found).expect("paths")
}

/// The rows that pyiceberg finds, in a file, and which data files it looked at.
fn read(project: &Project, address: &str, filter: &str) -> (PathBuf, Vec<String>) {
    let to = project.root().join("read.parquet");
    let output = Command::new("python3")
        .args(["-c", READ, address, filter])
        .arg(&to)
        .env("PYTHONPATH", packages())
        .output()
        .expect("Python");
    assert!(
        output.status.success(),
        "`cargo xtask setup` installs pyiceberg, `eval \"$(cargo xtask env)\"` tells where it is: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let files: Vec<String> = serde_json::from_slice(&output.stdout).expect("JSON");
    (to, files)
}

fn export(project: &Project, table: &str) -> String {
    let export = project
        .ingest(&["export", table, "--as", "iceberg"])
        .assert()
        .success();
    stdout(&export).trim_end().to_owned()
}

/// Asserts that two relations have the same rows.
fn assert_same(a: &str, b: &str) {
    let database = duckdb::Connection::open_in_memory().expect("DuckDB");
    for (a, b) in [(a, b), (b, a)] {
        let sql = format!("SELECT count(*) FROM (({a}) EXCEPT ALL ({b}))");
        let missing: i64 = database.query_row(&sql, [], |row| row.get(0)).expect("rows");
        assert_eq!(missing, 0, "{a} has other rows than {b}");
    }
    let sql = format!("SELECT count(*) FROM ({a})");
    let rows: i64 = database.query_row(&sql, [], |row| row.get(0)).expect("rows");
    assert!(rows > 0, "{a}");
}

/// The current data files of a table as DuckDB reads them.
fn gold(project: &Project, table: &str) -> String {
    let files: Vec<String> = project
        .manifest(table)
        .files
        .iter()
        .map(|file| format!("'{}'", project.gold(&file.key).display()))
        .collect();
    format!("read_parquet([{}], hive_partitioning = false)", files.join(", "))
}

fn found(file: &Path) -> String {
    format!("FROM '{}'", file.display())
}

#[test]
fn values_of_every_type_are_the_same() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        &format!("SELECT * EXCLUDE (list, pair, u32, u64) FROM ({EVERY_TYPE})"),
    );
    project.run().success();
    let (rows, _) = read(&project, &export(&project, "t"), "");
    assert_same(&found(&rows), &format!("FROM {}", gold(&project, "t")));
}

#[test]
fn partitions_and_bounds_leave_files_out() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "/* @ingest\npartition_by: [city, day, at, fare]\n*/
         SELECT n, city, DATE '2024-01-01' + n::INTEGER AS day, TIMESTAMPTZ '2024-01-01 00:00:00.5+00' AS at,
                (n / 4)::DECIMAL(9, 2) AS fare, repeat(city, n::INTEGER) AS text, n / 3 AS part
         FROM range(4) AS r(n), (VALUES ('New York'), (NULL), ('50%/ü')) AS c(city)",
    );
    project.run().success();
    let address = export(&project, "t");
    for (filter, sql, files) in [
        ("", "true", 12),
        ("city = '50%/ü'", "city = '50%/ü'", 4),
        ("city is null", "city IS NULL", 4),
        ("day >= '2024-01-03'", "day >= '2024-01-03'", 6),
        ("fare = 0.25", "fare = 0.25", 3),
        ("at < '2024-01-01T00:00:00.6+00:00'", "true", 12),
        ("n > 2", "n > 2", 3),
        ("part < 0.1", "part < 0.1", 3),
        ("text = 'New YorkNew York'", "text = 'New YorkNew York'", 1),
        ("text is null and n = 1", "text IS NULL AND n = 1", 1),
    ] {
        let (rows, looked_at) = read(&project, &address, filter);
        assert_eq!(looked_at.len(), files, "{filter}");
        let wanted = format!("FROM {} WHERE {sql}", gold(&project, "t"));
        assert_same(&found(&rows), &wanted);
    }
}

#[test]
fn a_version_follows_each_snapshot_and_the_one_before_stays_readable() {
    let project = Project::new("");
    let publish = |n: i32| {
        project.write("models/gold/t.sql", &format!("SELECT {n} AS n"));
        project.run().success();
        export(&project, "t")
    };
    let addresses = [publish(1), publish(2), publish(3)];
    let names = addresses.each_ref().map(|address| {
        let (_, name) = address.rsplit_once('/').expect("an address");
        name.to_owned()
    });
    assert_eq!(
        names,
        ["v1.metadata.json", "v2.metadata.json", "v3.metadata.json"]
    );
    assert_eq!(export(&project, "t"), addresses[2], "nothing has changed");
    let document = |version: usize| -> Option<Value> {
        let key = format!("exports/iceberg/t/metadata/v{version}.metadata.json");
        serde_json::from_slice(&std::fs::read(project.gold(&key)).ok()?).ok()
    };
    assert_eq!(document(1), None);
    let uuids = [2, 3].map(|version| document(version).expect("a document")["table-uuid"].clone());
    assert_eq!(uuids[0], uuids[1]);
    // The history names none of what these read.
    for n in 4..20 {
        project.write("models/gold/t.sql", &format!("SELECT {n} AS n"));
        project.run().success();
    }
    project.ingest(&["gc", "--older-than", "0s"]).assert().success();
    for (address, n) in addresses[1..].iter().zip([2, 3]) {
        let (rows, _) = read(&project, address, "");
        assert_same(&found(&rows), &format!("SELECT {n} AS n"));
    }
}

#[test]
fn an_export_that_broke_off_takes_nothing_from_the_version_that_stays() {
    let project = Project::new("");
    let publish = |n: i32| {
        project.write("models/gold/t.sql", &format!("SELECT {n} AS n"));
        project.run().success();
        project.catalog().table("t").expect("a table").manifest.clone()
    };
    let first = publish(1);
    export(&project, "t");
    let document = project.gold("exports/iceberg/t.json");
    let held = || -> Value {
        let text = std::fs::read(&document).expect("a document");
        serde_json::from_slice(&text).expect("JSON")
    };
    let second = publish(2);
    // What an export writes before anything else of it.
    let broken_off = serde_json::json!({ "manifests": [first, second] });
    std::fs::write(&document, broken_off.to_string()).expect("written");
    let third = publish(3);
    export(&project, "t");
    assert_eq!(held()["manifests"], serde_json::json!([first, third]));
    export(&project, "t");
    assert_eq!(
        held()["manifests"],
        serde_json::json!([first, third]),
        "nothing has changed"
    );
}

#[test]
fn data_files_are_looked_at_for_a_new_version_only() {
    let project = Project::new("");
    project.write("models/gold/t.sql", "SELECT 1 AS n");
    project.run().success();
    let address = export(&project, "t");
    let file = project.gold(&project.manifest("t").files[0].key);
    std::fs::write(file, "no footer").expect("written");
    assert_eq!(export(&project, "t"), address);
    std::fs::remove_dir_all(project.gold("exports/iceberg")).expect("removed");
    let refused = project
        .ingest(&["export", "t", "--as", "iceberg"])
        .assert()
        .failure();
    assert!(stderr(&refused).contains("tables/t/"), "{}", stderr(&refused));
}

#[test]
fn nested_columns_are_read_by_name_or_refused_where_ids_would_hide_them() {
    const ROWS: &str =
        "SELECT 1 AS id, [{'x': 1, 'tags': MAP {'a': 0.5::FLOAT}}] AS parts, {'y z': 'é'} AS pair";
    let project = Project::new("");
    let folder = project.root().join("foreign/t");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("0.parquet");
    let database = duckdb::Connection::open_in_memory().expect("DuckDB");
    database
        .execute_batch(&format!("COPY ({ROWS}) TO '{}'", file.display()))
        .expect("a file");
    project.ingest(&["adopt", "foreign"]).assert().success();
    project.write(
        "ingest.toml",
        "name = 'lake'\n[targets.local]\ngold = 'foreign'\n",
    );
    let (rows, _) = read(&project, &export(&project, "t"), "");
    assert_same(&found(&rows), ROWS);

    project.write("ingest.toml", "name = 'lake'\n[targets.local]\ngold = 'gold'\n");
    project.write("models/gold/t.sql", ROWS);
    project.run().success();
    let refused = project
        .ingest(&["export", "t", "--as", "iceberg"])
        .assert()
        .failure();
    assert!(
        stderr(&refused).contains("column `parts` is nested, and tables/t/"),
        "{}",
        stderr(&refused)
    );
    assert!(!project.gold("exports").exists());
}

#[test]
fn what_iceberg_has_no_type_for_is_refused_by_name() {
    let project = Project::new("");
    project.write(
        "models/gold/t.sql",
        "SELECT 1::UBIGINT AS big, 3000000000::UINTEGER AS half, '-infinity'::TIMESTAMP AS never, [1::UBIGINT] AS bigs",
    );
    project.run().success();
    project
        .ingest(&["export", "t", "--as", "iceberg"])
        .assert()
        .failure()
        .stderr(contains(
            "column `big` is uint64, which Iceberg has no type for: CAST it to DECIMAL(20, 0)",
        ))
        .stderr(contains(
            "column `half` is uint32, which Iceberg has no type for: CAST it to BIGINT in the model",
        ))
        .stderr(contains("column `never` holds -infinity"))
        .stderr(contains("column `bigs` is "));
}

#[test]
fn columns_that_stand_in_paths_only_are_read_from_the_partitions() {
    let project = Project::new("");
    std::fs::create_dir_all(project.gold("")).expect("folder");
    let sales = project.gold("sales");
    let sales = sales.display();
    duckdb::Connection::open_in_memory()
        .expect("DuckDB")
        .execute_batch(&format!(
            "COPY (SELECT i AS id, 2000 + i % 3 AS year, CASE i % 4 WHEN 0 THEN NULL ELSE 'no. ' || i % 4 END AS region \
             FROM range(600) t(i)) TO '{sales}' (FORMAT parquet, PARTITION_BY (year, region))"
        ))
        .expect("files");
    project.ingest(&["adopt", "gold"]).assert().success();
    let address = export(&project, "sales");
    let oracle = format!(
        "SELECT id, year, region FROM read_parquet('{sales}/**/*.parquet', hive_partitioning = true, \
         hive_types = {{'year': BIGINT, 'region': VARCHAR}})"
    );
    for (filter, sql, files) in [
        ("", "true", 12),
        ("year = 2001", "year = 2001", 4),
        (
            "region = 'no. 2' and year > 2000",
            "region = 'no. 2' AND year > 2000",
            2,
        ),
        ("region is null", "region IS NULL", 3),
    ] {
        let (rows, read) = read(&project, &address, filter);
        assert_same(
            &format!("SELECT id, year, region FROM '{}'", rows.display()),
            &format!("FROM ({oracle}) WHERE {sql}"),
        );
        assert_eq!(read.len(), files, "{filter}");
    }
}
