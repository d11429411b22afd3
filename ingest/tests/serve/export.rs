//! `ingest export` for engines that read a bucket by way of a metastore.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::fixture::{BUCKET_TARGET, Running, Workspace, serve_buckets};
use super::partitions::{ingest, succeed};

const TRIPS: &str = "/* @ingest\ndescription: It's all trips.\npartition_by: [city, day]\n*/
SELECT n, city, DATE '2024-01-01' + n::INTEGER AS day, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS \"At\",
       [{'x': n::TINYINT, 'tags': MAP {'a': 0.5::FLOAT}}] AS parts, n::DECIMAL(9, 2) AS fare
FROM range(3) AS r(n), (VALUES ('New York'), (NULL), ('it''s')) AS c(city)";

async fn lake(model: &str) -> (Workspace, Running) {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    workspace.write("models/gold/trips.sql", model.as_bytes());
    let running = serve_buckets(&workspace).await;
    succeed(&workspace, &running.store, &["run"]).await;
    (workspace, running)
}

/// The file in the bucket's folder.
fn object(workspace: &Workspace, address: &str) -> PathBuf {
    let key = address.strip_prefix("s3://").expect("an address of a bucket");
    workspace.path("buckets").join(key)
}

/// What the lists below a table's location name, by partition.
fn listed(workspace: &Workspace, location: &str) -> BTreeMap<String, Vec<PathBuf>> {
    let root = object(workspace, location);
    let mut folders = vec![root.clone()];
    let mut listed = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let list = std::fs::read_to_string(entry.path()).unwrap();
            let files = list.lines().map(|address| object(workspace, address)).collect();
            let partition = folder.strip_prefix(&root).unwrap();
            listed.insert(partition.to_str().unwrap().to_owned(), files);
        }
    }
    listed
}

fn count(files: &[PathBuf]) -> i64 {
    let database = duckdb::Connection::open_in_memory().unwrap();
    let count = |file: &PathBuf| {
        let sql = format!("SELECT count(*) FROM read_parquet('{}')", file.display());
        database.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    files.iter().map(count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn glue_takes_the_document_and_the_lists_lead_to_the_rows() {
    let (workspace, running) = lake(TRIPS).await;
    let export = ["export", "trips", "--as", "glue"];
    let output = ingest(&workspace, &running.store, &export).await;
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("MSCK REPAIR TABLE trips"));
    let input: Value = serde_json::from_slice(&output.stdout).unwrap();
    let storage = &input["StorageDescriptor"];
    assert_eq!(input["Name"], "trips");
    assert_eq!(input["Description"], "It's all trips.");
    let named = |columns: &Value| -> Vec<String> {
        let columns = columns.as_array().unwrap().iter();
        columns
            .map(|column| format!("{} {}", column["Name"], column["Type"]).replace('"', ""))
            .collect()
    };
    assert_eq!(
        named(&storage["Columns"]),
        [
            "n bigint",
            "at timestamp",
            "parts array<struct<x:tinyint,tags:map<string,float>>>",
            "fare decimal(9,2)"
        ]
    );
    assert_eq!(storage["Columns"][1]["Comment"], "UTC.");
    assert_eq!(named(&input["PartitionKeys"]), ["city string", "day date"]);
    let lists = listed(&workspace, storage["Location"].as_str().unwrap());
    assert_eq!(lists.len(), 9);
    assert_eq!(count(&lists["city=New%20York/day=2024-01-02"]), 1);
    assert_eq!(count(&lists["city=__HIVE_DEFAULT_PARTITION__/day=2024-01-03"]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_for_athena_add_each_partition_of_the_current_snapshot() {
    let model = TRIPS.replace("(NULL)", "('b')");
    let (workspace, running) = lake(&model).await;
    let export = ["export", "trips", "--as", "athena"];
    succeed(&workspace, &running.store, &export).await;
    let fewer = model.replace("range(3)", "range(1, 3)");
    workspace.write("models/gold/trips.sql", fewer.as_bytes());
    succeed(&workspace, &running.store, &["run"]).await;
    let sql = succeed(&workspace, &running.store, &export).await;
    let location = "s3://lake/gold/exports/hive/trips/";
    for part in [
        "CREATE EXTERNAL TABLE `trips` (\n  `n` bigint,\n  `at` timestamp COMMENT 'UTC.',\n",
        "COMMENT 'It\\'s all trips.'\nPARTITIONED BY (\n  `city` string,\n  `day` date\n)\n",
        "LOCATION 's3://lake/gold/exports/hive/trips/'\nTBLPROPERTIES ('classification'='parquet', 'recordCount'='6', ",
        "  PARTITION (`city` = 'it\\'s', `day` = '2024-01-02') LOCATION 's3://lake/gold/exports/hive/trips/city=it",
        "Athena reads milliseconds; the files have microseconds: at\n",
    ] {
        assert!(sql.contains(part), "{part} is not in\n{sql}");
    }
    assert_eq!(sql.matches(" PARTITION (").count(), 6);
    assert!(!sql.contains("2024-01-01'"), "of the snapshot before:\n{sql}");
    let lists = listed(&workspace, location);
    assert_eq!(lists.len(), 6, "the lists of partitions that are gone are gone");
    let files: Vec<PathBuf> = lists.into_values().flatten().collect();
    assert_eq!(count(&files), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hive_has_no_type_for_is_refused_by_name_and_nothing_is_written() {
    let (workspace, running) = lake(
        "/* @ingest\npartition_by: [city]\n*/ SELECT 18446744073709551615::UBIGINT AS big, \
         [TIME '01:00:00'] AS clocks, 'infinity'::DATE AS never, 3 AS \"a b\", {'x y': 1} AS pair, NULL::VARCHAR AS city",
    )
    .await;
    let output = ingest(&workspace, &running.store, &["export", "trips", "--as", "athena"]).await;
    assert!(!output.status.success() && output.stdout.is_empty());
    let told = String::from_utf8_lossy(&output.stderr);
    for said in [
        "table trips cannot be read as it is:\ncolumn `big`",
        "column `big` is uint64, which Hive has no type for: CAST it to BIGINT or DECIMAL(20, 0) in the model",
        "column `clocks` is ",
        "column `never` holds infinity",
        "column `a b` has another character",
        "column `pair` is ",
        "column `city` partitions the table and has NULL, which no statement can name",
    ] {
        assert!(told.contains(said), "{said} is not in\n{told}");
    }
    assert!(!workspace.path("buckets/lake/gold/exports").exists());
}
