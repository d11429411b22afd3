//! Incremental models on a bucket: what a run touches there.

use std::collections::BTreeMap;

use catalog::{Catalog, TableManifest};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use super::fixture::{Running, Workspace, serve_buckets};

const PROJECT: &str = "gold = \"s3://lake/gold\"

[sources.trips]
path = \"s3://lake/raw/*.csv\"
";

async fn put(running: &Running, day: u32, rows: &str) {
    let text = format!("id,day,fare\n{rows}");
    running.put(&format!("raw/{day:02}.csv"), text).await;
}

async fn ingest(workspace: &Workspace, running: &Running, arguments: &[&str]) -> String {
    let output = running.ingest(workspace.folder.path(), arguments).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn manifest(running: &Running) -> TableManifest {
    let client = running.client("lake");
    let bytes = client
        .get(&"gold/catalog.json".into())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let catalog = Catalog::from_json(&bytes).unwrap();
    let key = format!("gold/{}", catalog.table("trips").unwrap().manifest);
    let bytes = client
        .get(&key.as_str().into())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    TableManifest::from_json(&bytes).unwrap()
}

/// When each object was last written.
async fn objects(running: &Running) -> BTreeMap<String, String> {
    let listed: Vec<_> = running
        .client("lake")
        .list(Some(&"gold".into()))
        .try_collect()
        .await
        .unwrap();
    listed
        .into_iter()
        .map(|object| (object.location.to_string(), object.last_modified.to_rfc3339()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_touches_no_object_that_is_there_but_the_catalog() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    workspace.write(
        "models/gold/trips.sql",
        b"/* @ingest\nmaterialized: incremental\nchecks:\n  - not_null: id\n*/ SELECT * FROM source.trips",
    );
    for day in 1..=3 {
        put(&running, day, &format!("{day},2024-01-{day:02},10\n")).await;
        ingest(&workspace, &running, &["run"]).await;
    }
    let before = objects(&running).await;
    put(&running, 4, "4,2024-01-04,40\n").await;
    let shown = ingest(&workspace, &running, &["run"]).await;
    assert!(shown.contains("1 written, 3 kept"), "{shown}");
    // Catalog twice (plan and commit), manifest, state, sketch; a data file, manifest, state, sketch, catalog.
    assert!(
        shown.contains("main: 5 objects") && shown.contains("read, 5 objects"),
        "{shown}"
    );
    let after = objects(&running).await;
    for (key, written) in &before {
        assert_eq!(
            key == "gold/catalog.json",
            after.get(key) != Some(written),
            "{key}"
        );
    }
    let manifest = manifest(&running).await;
    assert_eq!((manifest.rows, manifest.files.len()), (4, 4));
    for file in &manifest.files {
        let head = running
            .client("lake")
            .head(&format!("gold/{}", file.key).as_str().into())
            .await
            .unwrap();
        assert_eq!((file.bytes, &file.etag), (head.size, &head.e_tag), "{}", file.key);
    }
    let idle = ingest(&workspace, &running, &["run"]).await;
    assert!(
        idle.contains("nothing to do") && idle.contains("0 objects (0 B) written"),
        "{idle}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_fetches_and_rewrites_only_files_that_may_hold_the_keys() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    workspace.write(
        "models/gold/trips.sql",
        b"/* @ingest\nmaterialized: incremental\nunique_key: id\ncluster_by: [id]\n*/ SELECT * FROM source.trips",
    );
    for day in 1..=3 {
        put(
            &running,
            day,
            &format!("{day}0,2024-01-{day:02},10\n{day}1,2024-01-{day:02},11\n"),
        )
        .await;
        ingest(&workspace, &running, &["run"]).await;
    }
    let before = manifest(&running).await;
    put(&running, 4, "21,2024-01-04,99\n40,2024-01-04,40\n").await;
    ingest(&workspace, &running, &["run"]).await;
    let after = manifest(&running).await;
    let kept = before
        .files
        .iter()
        .filter(|file| after.files.contains(file))
        .count();
    assert_eq!(kept, 2, "the files of 10 and 11, 30 and 31 stay as they are");
    let shown = ingest(
        &workspace,
        &running,
        &[
            "query",
            "--sql",
            "SELECT string_agg(id || '=' || fare, ' ' ORDER BY id) AS all_trips FROM trips",
        ],
    )
    .await;
    assert!(
        shown.contains("10=10 11=11 20=10 21=99 30=10 31=11 40=40"),
        "{shown}"
    );
}
