//! A dbt project that reads a bucket and writes a file to it.

use std::path::Path;
use std::process::Output;

use ingest::engine::{Engine, Resources};
use object_store::ObjectStoreExt;

use super::fixture::{Running, Workspace, credentials, ended, program, serve_buckets};

/// The key of the file that the project writes.
const TOP: &str = "out/top_zones.parquet";
const ZONES: i64 = 265;

/// Trips of a zone: no two zones have as many.
fn trips_of(zone: i64) -> i64 {
    zone * 3 % 271 + 1
}

/// Zones with their trips, the busiest first.
fn busiest(zones: usize) -> Vec<(i64, i64)> {
    let mut all: Vec<(i64, i64)> = (1..=ZONES).map(|zone| (zone, trips_of(zone))).collect();
    all.sort_by_key(|(_, trips)| -trips);
    all.truncate(zones);
    all
}

/// A Parquet file with one row a trip, mixed.
fn trips(folder: &Path) -> Vec<u8> {
    let path = folder.join("trips.parquet");
    let engine = Engine::open(folder, &Resources::default()).unwrap();
    engine
        .execute(&format!(
            "COPY (SELECT zone::INTEGER AS \"PULocationID\", n / 2.0 AS fare FROM range(1, {}) AS z(zone), range(271) AS t(n) \
             WHERE n < zone * 3 % 271 + 1 ORDER BY hash(zone * 1000 + n)) TO '{}' (FORMAT parquet)",
            ZONES + 1,
            path.display()
        ))
        .unwrap();
    std::fs::read(&path).unwrap()
}

/// Rows of the file in the bucket, as they lie in it; none where it is not there.
async fn top(running: &Running, folder: &Path) -> Option<Vec<(i64, i64)>> {
    let object = running.client("lake").get(&TOP.into()).await.ok()?;
    let path = folder.join("top.parquet");
    std::fs::write(&path, object.bytes().await.unwrap()).unwrap();
    let engine = Engine::open(folder, &Resources::default()).unwrap();
    let rows = engine
        .rows(&format!(
            "SELECT pickup_location::VARCHAR, trips::VARCHAR FROM read_parquet('{}', file_row_number = true) ORDER BY file_row_number",
            path.display()
        ))
        .unwrap();
    let number = |value: &duckdb::types::Value| match value {
        duckdb::types::Value::Text(text) => text.parse().unwrap(),
        other => panic!("{other:?}"),
    };
    Some(
        rows.iter()
            .map(|row| (number(&row[0]), number(&row[1])))
            .collect(),
    )
}

/// Runs the project in the folder `zones`, which has no ingest.toml.
async fn ingest(workspace: &Workspace, running: &Running, secret: &str, arguments: &[&str]) -> Output {
    let mut command = program(&workspace.path("zones"), arguments);
    command
        .env("AWS_ENDPOINT_URL", &running.store)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("LAKE", "lake");
    ended(command).await
}

/// A project that counts trips in a view and writes the busiest zones to the bucket.
async fn zones() -> (Workspace, Running) {
    let workspace = Workspace::with_target("gold = \"s3://lake/gold\"");
    let running = serve_buckets(&workspace).await;
    let content = trips(workspace.folder.path());
    running.put("raw/trips.parquet", content).await;
    workspace.write(
        "zones/dbt_project.yml",
        b"name: zones\nversion: '1.0'\nprofile: zones\nmodel-paths: [models]\nvars: {shown: 200}\n",
    );
    workspace.write(
        "zones/models/sources.yml",
        b"version: 2\nsources:\n  - name: tlc\n    meta:\n      external_location: \"s3://{{ env_var('LAKE') }}/raw/{name}.parquet\"\n    \
          tables:\n      - name: trips\n        columns: [{name: PULocationID, data_tests: [not_null]}]\n",
    );
    workspace.write(
        "zones/models/trips_by_zone.sql",
        b"select \"PULocationID\" as pickup_location, count(*) as trips\nfrom {{ source('tlc', 'trips') }}\ngroup by 1\n",
    );
    workspace.write(
        "zones/models/top_zones.sql",
        b"{{ config(materialized='external', location='s3://' ~ env_var('LAKE') ~ '/out/top_zones.parquet') }}\n\
          select * from {{ ref('trips_by_zone') }}\norder by trips desc, pickup_location\nlimit {{ var('shown') }}\n",
    );
    workspace.write(
        "zones/models/schema.yml",
        b"models:\n  - name: top_zones\n    columns:\n      - name: pickup_location\n        data_tests: [not_null, unique]\n",
    );
    (workspace, running)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_counts_rows_of_a_bucket_and_writes_the_ordered_top_to_it() {
    let (workspace, running) = zones().await;
    let secret = credentials().secret_access_key;
    let refused = ingest(&workspace, &running, "not-the-secret", &["run"]).await;
    assert!(!refused.status.success());
    assert_eq!(
        top(&running, workspace.folder.path()).await,
        None,
        "the store checks signatures"
    );

    let run = ingest(&workspace, &running, &secret, &["run"]).await;
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{told}");
    assert!(told.contains("s3://lake/out/top_zones.parquet written"), "{told}");
    let rows = top(&running, workspace.folder.path()).await.expect("written");
    assert_eq!(rows, busiest(200));
    assert!(rows.len() == 200 && rows[0].1 > rows[199].1);

    let again = ingest(&workspace, &running, &secret, &["run"]).await;
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(told.contains("nothing to do"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_fail_a_test_do_not_replace_the_file() {
    let (workspace, running) = zones().await;
    let secret = credentials().secret_access_key;
    let run = ingest(&workspace, &running, &secret, &["run"]).await;
    assert!(run.status.success(), "{run:?}");
    // All zones, twice.
    workspace.write(
        "zones/models/trips_by_zone.sql",
        b"select \"PULocationID\" as pickup_location, count(*) as trips from {{ source('tlc', 'trips') }}, range(2) group by 1, range",
    );
    let run = ingest(&workspace, &running, &secret, &["run"]).await;
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!run.status.success());
    assert!(
        told.contains("unique") && told.contains("pickup_location"),
        "{told}"
    );
    assert_eq!(
        top(&running, workspace.folder.path()).await.expect("still there"),
        busiest(200)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_keeps_the_table_out_and_is_named() {
    let (workspace, running) = zones().await;
    workspace.write(
        "zones/models/top_zones.sql",
        b"{{ config(materialized='external', location='s3://nowhere/top.parquet') }} select * from {{ ref('trips_by_zone') }}",
    );
    let secret = credentials().secret_access_key;
    let run = ingest(&workspace, &running, &secret, &["run"]).await;
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!run.status.success());
    assert!(
        told.contains("s3://nowhere/top.parquet") && told.contains("gold.top_zones"),
        "{told}"
    );
    assert!(!workspace.path("zones/.goldpan/gold/catalog.json").exists());
}
