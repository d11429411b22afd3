//! `ingest query` over the tables of a catalog in a bucket.

use catalog::{Catalog, TableManifest};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::fixture::{Running, Workspace, serve_buckets};
use super::query_objects::{PROJECT, query, rows};

/// More than two row groups of a column that does not compress, and one that does.
const GENERATE: [&str; 4] = ["generate", "simple", "--rows", "300000"];

async fn manifest(running: &Running) -> TableManifest {
    let store = running.client("lake");
    let read = async |key: String| {
        store
            .get(&Path::parse(key).unwrap())
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
    };
    let catalog = Catalog::from_json(&read("gold/catalog.json".to_owned()).await).unwrap();
    let key = format!("gold/{}", catalog.table("simple").unwrap().manifest);
    TableManifest::from_json(&read(key).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_read_by_ranges_and_answer_as_those_of_a_folder_do() {
    let here = Workspace::with_target("gold = \"gold\"");
    let there = Workspace::with_target(PROJECT);
    let running = serve_buckets(&there).await;
    for workspace in [&here, &there] {
        let made = running.ingest(workspace.folder.path(), &GENERATE).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let size = manifest(&running).await.bytes as f64;
    for (sql, share) in [
        ("SELECT count(*) AS n FROM simple", 0.1),
        ("SELECT count(*) AS n FROM simple WHERE is_odd", 0.2),
        ("SELECT * FROM simple LIMIT 1000", 0.6),
        (
            "SELECT is_odd, max(id) AS id FROM simple GROUP BY 1 ORDER BY 1",
            1.1,
        ),
        (
            "SELECT a.id FROM simple a JOIN gold.simple b USING (id) ORDER BY 1 LIMIT 3",
            1.1,
        ),
        (
            "WITH odd AS (FROM simple WHERE is_odd) SELECT count(*) AS n FROM odd",
            0.2,
        ),
        (
            "PIVOT (SELECT is_odd, 1 AS one FROM simple) ON is_odd USING sum(one)",
            1.1,
        ),
    ] {
        let (expected, _) = rows(&running, here.folder.path(), sql, &[]).await;
        let (answered, read) = rows(&running, there.folder.path(), sql, &[]).await;
        assert!(!expected.is_empty(), "{sql}");
        assert_eq!(answered, expected, "{sql}");
        assert!((read as f64) < size * share, "{sql}: {read} of {size} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_file_that_is_gone_is_named_with_its_table() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    running.ingest(workspace.folder.path(), &GENERATE).await;
    let key = manifest(&running).await.files[0].key.clone();
    let object = Path::parse(format!("gold/{key}")).unwrap();
    running.client("lake").delete(&object).await.unwrap();
    let sql = ["--sql", "SELECT max(id) FROM simple"];
    let output = query(&running, workspace.folder.path(), &sql).await;
    let told = String::from_utf8(output.stderr).unwrap();
    let expected = format!("simple names {key}, which is not there: publish the table again");
    assert!(!output.status.success() && told.contains(&expected), "{told}");
}
