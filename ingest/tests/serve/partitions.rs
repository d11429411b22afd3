//! Partitions whose values are encoded in keys: written, read, merged into, signed for and served.

use std::process::Output;

use catalog::{Catalog, TableManifest};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::fixture::{BUCKET_TARGET, Running, Workspace, ended, program, serve_buckets};

const SOURCE: &str = "\n[sources.trips]\npath = \"raw/*.csv\"\n";
const ALL: &str = "SELECT string_agg(city || pickup || fare, '; ' ORDER BY id) AS trips FROM trips";

fn project(target: &str) -> Workspace {
    let workspace = Workspace::with_target(&format!("{target}{SOURCE}"));
    workspace.write(
        "models/gold/trips.sql",
        b"/* @ingest\nmaterialized: incremental\nunique_key: id\npartition_by: [city, pickup]\n*/ SELECT * FROM source.trips",
    );
    workspace.write(
        "raw/1.csv",
        "id,city,pickup,fare\n1,New York,2024-01-01 10:30:00,10\n2,Zürich ~,2024-01-02 00:00:00.5,20\n"
            .as_bytes(),
    );
    workspace
}

/// The store is named by a variable of this program, where there is one.
pub async fn ingest(workspace: &Workspace, endpoint: &str, arguments: &[&str]) -> Output {
    let mut command = program(workspace.folder.path(), arguments);
    if !endpoint.is_empty() {
        command.env("INGEST_ENDPOINT", endpoint);
    }
    ended(command).await
}

pub async fn succeed(workspace: &Workspace, endpoint: &str, arguments: &[&str]) -> String {
    let output = ingest(workspace, endpoint, arguments).await;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs, merges into both partitions, queries; returns nothing that is wrong.
async fn run_and_merge(workspace: &Workspace, endpoint: &str) {
    succeed(workspace, endpoint, &["run"]).await;
    let shown = succeed(workspace, endpoint, &["query", "--sql", ALL]).await;
    assert!(
        shown.contains("New York2024-01-01 10:30:0010; Zürich ~2024-01-02 00:00:00.520"),
        "{shown}"
    );
    workspace.write(
        "raw/2.csv",
        "id,city,pickup,fare\n2,Zürich ~,2024-01-02 00:00:00.5,21\n".as_bytes(),
    );
    succeed(workspace, endpoint, &["run"]).await;
    let shown = succeed(workspace, endpoint, &["query", "--sql", ALL]).await;
    assert!(shown.contains("00:00:00.521"), "{shown}");
}

async fn download(running: &Running, key: &str) -> Vec<u8> {
    let url = running.sign_one(key).await;
    let response = running.get(&url, &[]).await;
    assert_eq!(response.status(), 200, "{key}");
    response.bytes().await.unwrap().to_vec()
}

/// What a page does: asks for the catalog, the manifest and the files, each by a signed URL.
async fn download_all(running: &Running) -> TableManifest {
    let catalog = Catalog::from_json(&download(running, "catalog.json").await).unwrap();
    let manifest = download(running, &catalog.table("trips").unwrap().manifest).await;
    let manifest = TableManifest::from_json(&manifest).unwrap();
    assert_eq!(manifest.files.len(), 2);
    for file in &manifest.files {
        let content = download(running, &file.key).await;
        assert_eq!(content.len() as u64, file.bytes, "{}", file.key);
    }
    assert!(manifest.files.iter().any(|file| {
        file.key
            .contains("/city=New%20York/pickup=2024-01-01T10%3A30%3A00/")
    }),);
    manifest
}

#[tokio::test(flavor = "multi_thread")]
async fn encoded_partitions_of_a_folder_reach_the_page() {
    let workspace = project("gold = \"gold\"");
    run_and_merge(&workspace, "").await;
    download_all(&workspace.serve().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn encoded_partitions_of_a_bucket_reach_the_page() {
    let workspace = project(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    run_and_merge(&workspace, &running.store).await;
    let manifest = download_all(&running).await;
    let key = format!("gold/{}", manifest.files[0].key);
    let store = running.client("lake");
    assert_eq!(
        store.head(&Path::parse(&key).unwrap()).await.unwrap().e_tag,
        manifest.files[0].etag,
        "the object's key is that of the manifest"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_file_that_was_replaced_is_not_read() {
    let workspace = project(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    succeed(&workspace, &running.store, &["run"]).await;
    let file = download_all(&running).await.files[0].clone();
    let other = vec![0; usize::try_from(file.bytes).unwrap()];
    running.put(&format!("gold/{}", file.key), other).await;
    let output = ingest(&workspace, &running.store, &["query", "--sql", ALL]).await;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && told.contains("was replaced after it was published"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_of_one_name_at_two_endpoints_are_two() {
    let stores = [
        Workspace::with_target(BUCKET_TARGET),
        Workspace::with_target(BUCKET_TARGET),
    ];
    let running = [serve_buckets(&stores[0]).await, serve_buckets(&stores[1]).await];
    for (store, n) in running.iter().zip([1, 10]) {
        store.put("raw/a[1].csv", format!("n\n{n}\n")).await;
    }
    let [a, b] = running
        .each_ref()
        .map(|running| format!("path = \"s3://lake/raw/*.csv\"\nendpoint = \"{}\"", running.store));
    let workspace = Workspace::with_target(&format!("gold = \"gold\"\n[sources.a]\n{a}\n[sources.b]\n{b}\n"));
    workspace.write(
        "models/gold/t.sql",
        b"SELECT sum(n)::BIGINT AS total FROM (SELECT n FROM source.a UNION ALL SELECT n FROM source.b)",
    );
    succeed(&workspace, "", &["run"]).await;
    let shown = succeed(&workspace, "", &["query", "--sql", "SELECT total FROM t"]).await;
    assert!(shown.contains(" 11 "), "{shown}");
}
