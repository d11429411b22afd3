//! `ingest generate` straight to a bucket, without a project.

use super::fixture::{Workspace, serve_buckets};
use super::query_objects::{PROJECT, rows};

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_goes_to_a_prefix_and_is_a_table_there() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["generate", "simple", "--rows", "1000", "--to", "s3://lake/gold"];
    let made = running.ingest(folder.path(), &arguments).await;
    let told = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(made.status.success(), "{made:?}");
    assert!(told.contains("of bucket (s3://lake/gold)"), "{told}");
    let sql = "SELECT count(*) AS n, count(DISTINCT id) AS ids FROM simple";
    let (counted, _) = rows(&running, workspace.folder.path(), sql, &[]).await;
    assert_eq!(counted, ["{\"n\":1000,\"ids\":1000}"]);
}
