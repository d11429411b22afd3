//! `ingest adopt` over a prefix of a bucket, without a project.

use std::process::Output;

use catalog::{Catalog, TableManifest};
use object_store::{ObjectStoreExt, path::Path};

use ingest::serve::{ServeArgs, ServeError};

use super::fixture::{BUCKET_TARGET, Running, Workspace, ended, program, serve_buckets};

async fn adopt(workspace: &Workspace, running: &Running) -> Output {
    let arguments = ["adopt", "s3://lake/gold"];
    running.ingest(&workspace.path("site"), &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_of_a_bucket_is_adopted_by_ranges_and_then_left_alone() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    workspace.write("buckets/lake/gold/trips/readme.txt", b"not a table");
    let running = serve_buckets(&workspace).await;
    let local = workspace.path("trips.parquet");
    // Larger than what is read of its end.
    let sql = format!(
        "COPY (SELECT i AS id, hash(i) AS noise FROM range(200000) t(i)) TO '{}' (FORMAT parquet)",
        local.display()
    );
    duckdb::Connection::open_in_memory()
        .unwrap()
        .execute_batch(&sql)
        .unwrap();
    let content = std::fs::read(&local).unwrap();
    assert!(content.len() > 1_000_000);
    let client = running.client("lake");
    for key in ["gold/trips/day=1/a.parquet", "gold/trips/day=2/a.parquet"] {
        running.put(key, content.clone()).await;
    }

    let output = adopt(&workspace, &running).await;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains("trips: 400,000 rows in 2 files"), "{text}");
    assert!(text.contains("2 requests for footers"), "{text}");

    let read = async |key: String| client.get(&Path::from(key)).await.unwrap().bytes().await.unwrap();
    let catalog = Catalog::from_json(&read("gold/catalog.json".to_owned()).await).unwrap();
    let entry = catalog.table("trips").unwrap();
    let manifest = TableManifest::from_json(&read(format!("gold/{}", entry.manifest)).await).unwrap();
    for file in &manifest.files {
        let path = Path::parse(format!("gold/{}", file.key)).unwrap();
        let meta = client.head(&path).await.unwrap();
        assert_eq!((file.bytes, &file.etag), (meta.size, &meta.e_tag));
        assert!(file.etag.is_some());
    }

    let again = adopt(&workspace, &running).await;
    let text = String::from_utf8_lossy(&again.stdout);
    assert!(text.contains("nothing to do"), "{again:?}");
    assert!(text.contains("0 requests for footers"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_adopted_is_served_without_a_project() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    std::fs::create_dir_all(workspace.path("lake/trips")).unwrap();
    let sql = format!(
        "COPY (SELECT i AS id FROM range(10) t(i)) TO '{}' (FORMAT parquet)",
        workspace.path("lake/trips/a.parquet").display()
    );
    duckdb::Connection::open_in_memory()
        .unwrap()
        .execute_batch(&sql)
        .unwrap();
    // Where the server runs there is no ingest.toml.
    let place = workspace.path("lake").display().to_string();
    let mut args = ServeArgs {
        place: Some(place.clone()),
        ..workspace.args()
    };
    args.project.project = workspace.path("site");
    let told = match Running::start(&args).await {
        Err(error @ ServeError::NoGold { .. }) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a folder without a catalog is served"),
    };
    let remedy = format!("run `ingest adopt {place}` first");
    assert!(told.ends_with(&remedy), "{told}");

    let adopted = ended(program(&workspace.path("site"), &["adopt", &place])).await;
    let told = String::from_utf8_lossy(&adopted.stderr);
    let next = format!("`ingest serve {place}` shows it in a browser");
    assert!(told.contains(&next), "{told}");
    let running = Running::start(&args).await.unwrap();
    let url = running.sign_one("trips/a.parquet").await;
    let content = running.get(&url, &[]).await.bytes().await.unwrap();
    assert_eq!(
        content,
        std::fs::read(workspace.path("lake/trips/a.parquet")).unwrap()
    );
}
