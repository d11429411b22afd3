//! A prefix of a bucket whose columns stand in its folders too: adopted, asked by ranges, and told to a metastore.

use std::fs;

use serde_json::Value;

use super::fixture::{Running, Workspace, said, serve_buckets};
use super::query_objects::{PROJECT, rows};

/// Hardly compressible, and larger than what is read of an end.
const ROWS: i64 = 100_000;

/// A file for each year and region.
async fn lake() -> (Workspace, Running, usize) {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    let local = workspace.path("sales.parquet");
    let mut bytes = 0;
    for (number, folder) in [
        "year=2001/region=north",
        "year=2001/region=so%2Futh",
        "year=2002/region=north",
    ]
    .iter()
    .enumerate()
    {
        let sql = format!(
            "COPY (SELECT i + {number} * {ROWS} AS id, (hash(i) >> 1)::BIGINT AS noise FROM range({ROWS}) t(i)) TO '{}' (FORMAT parquet)",
            local.display()
        );
        duckdb::Connection::open_in_memory()
            .unwrap()
            .execute_batch(&sql)
            .unwrap();
        let content = fs::read(&local).unwrap();
        bytes += content.len();
        running
            .put(&format!("gold/sales/{folder}/a.parquet"), content)
            .await;
    }
    let adopted = running
        .ingest(&workspace.path("site"), &["adopt", "s3://lake/gold"])
        .await;
    assert!(adopted.status.success(), "{}", said(&adopted));
    (workspace, running, bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_asked_without_their_files() {
    let (workspace, running, bytes) = lake().await;
    for (sql, answer, share) in [
        (
            "SELECT year, region, count(*) AS n FROM sales GROUP BY ALL ORDER BY ALL",
            "{\"year\":2001,\"region\":\"north\",\"n\":100000}\n{\"year\":2001,\"region\":\"so/uth\",\"n\":100000}\n\
             {\"year\":2002,\"region\":\"north\",\"n\":100000}",
            0.06,
        ),
        (
            "SELECT min(id) AS id FROM sales WHERE region = 'so/uth'",
            "{\"id\":100000}",
            0.6,
        ),
        (
            "SELECT id, year FROM sales LIMIT 2",
            "{\"id\":0,\"year\":2001}\n{\"id\":1,\"year\":2001}",
            0.2,
        ),
    ] {
        let (found, read) = rows(&running, workspace.folder.path(), sql, &[]).await;
        assert_eq!(found.join("\n"), answer, "{sql}");
        assert!(
            (read as f64) < bytes as f64 * share,
            "{sql}: {read} of {bytes} bytes"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metastore_gets_the_folders_as_partitions() {
    let (workspace, running, _) = lake().await;
    let export = ["export", "sales", "--as", "glue"];
    let output = running.ingest(workspace.folder.path(), &export).await;
    assert!(output.status.success(), "{}", said(&output));
    let input: Value = serde_json::from_slice(&output.stdout).unwrap();
    let named = |columns: &Value| -> Vec<String> {
        let columns = columns.as_array().unwrap().iter();
        columns
            .map(|column| format!("{} {}", column["Name"], column["Type"]).replace('"', ""))
            .collect()
    };
    assert_eq!(named(&input["PartitionKeys"]), ["year bigint", "region string"]);
    assert_eq!(named(&input["StorageDescriptor"]["Columns"])[0], "id bigint");
    let list = "buckets/lake/gold/exports/hive/sales/year=2001/region=so%2Futh/";
    let list = fs::read_dir(workspace.path(list))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(
        fs::read_to_string(list.path()).unwrap(),
        "s3://lake/gold/sales/year=2001/region=so%2Futh/a.parquet\n"
    );

    running
        .put(
            "gold/sales/late/year=2003/region=north/a.parquet",
            fs::read(workspace.path("sales.parquet")).unwrap(),
        )
        .await;
    running
        .put(
            "gold/sales/year=2003/x/region=north/a.parquet",
            fs::read(workspace.path("sales.parquet")).unwrap(),
        )
        .await;
    let adopted = running
        .ingest(&workspace.path("site"), &["adopt", "s3://lake/gold"])
        .await;
    assert!(said(&adopted).contains("sales_x"), "{}", said(&adopted));
    let output = running
        .ingest(workspace.folder.path(), &["export", "sales_x", "--as", "athena"])
        .await;
    let told = said(&output);
    assert!(
        !output.status.success() && told.contains("column `year` stands in the paths of files"),
        "{told}"
    );
}
