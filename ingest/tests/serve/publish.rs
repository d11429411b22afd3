//! `ingest run` into the embedded store: a bucket gets what a folder gets, and two runs at once lose nothing.

use catalog::{Catalog, TableManifest, keys};
use object_store::ObjectStoreExt;

use super::fixture::{Running, Workspace, header, said, serve_buckets};

const TARGETS: &str = "gold = \"s3://lake/gold\"

[targets.local]
gold = \"gold\"

[sources.trips]
path = \"raw/*.csv\"
";

/// A project with a raw file and these gold models.
fn workspace(models: &[(&str, &str)]) -> Workspace {
    let workspace = Workspace::with_target(TARGETS);
    let rows = (0..20_000).map(|row| format!("{row},city {},{}.25\n", row % 7, row % 101));
    let csv: String = std::iter::once("id,city,fare\n".to_owned()).chain(rows).collect();
    workspace.write("raw/trips.csv", csv.as_bytes());
    for (name, sql) in models {
        workspace.write(&format!("models/gold/{name}.sql"), sql.as_bytes());
    }
    workspace
}

const TRIPS: (&str, &str) = (
    "trips",
    "/* @ingest\ncluster_by: [id]\n*/\nSELECT * FROM source.trips",
);
const CITIES: (&str, &str) = (
    "cities",
    "/* @ingest\ncluster_by: [city]\n*/\nSELECT city, count(*) AS trips, sum(fare) AS fares FROM source.trips GROUP BY city",
);

async fn run(workspace: &Workspace, target: &str, running: &Running) {
    let folder = workspace.folder.path();
    let output = running.ingest(folder, &["run", "--target", target]).await;
    assert!(output.status.success(), "{}", said(&output));
}

async fn published(running: &Running) -> (Catalog, Vec<TableManifest>) {
    let store = running.client("lake");
    let read = async |key: &str| {
        let path = format!("gold/{key}").into();
        store.get(&path).await.unwrap().bytes().await.unwrap()
    };
    let catalog = Catalog::from_json(&read(keys::CATALOG).await).unwrap();
    let mut manifests = Vec::new();
    for table in &catalog.tables {
        manifests.push(TableManifest::from_json(&read(&table.manifest).await).unwrap());
    }
    (catalog, manifests)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_gets_what_a_folder_gets() {
    let workspace = workspace(&[TRIPS, CITIES]);
    let running = serve_buckets(&workspace).await;
    run(&workspace, "local", &running).await;
    run(&workspace, "main", &running).await;

    let (catalog, manifests) = published(&running).await;
    let local = Catalog::from_json(&std::fs::read(workspace.path("gold/catalog.json")).unwrap()).unwrap();
    let rows = |catalog: &Catalog| -> Vec<(String, u64)> {
        catalog
            .tables
            .iter()
            .map(|table| (table.name.clone(), table.rows))
            .collect()
    };
    assert_eq!(
        rows(&catalog),
        [("cities".to_owned(), 7), ("trips".to_owned(), 20_000)]
    );
    assert_eq!(rows(&local), rows(&catalog));
    assert_eq!(local.snapshot_id, catalog.snapshot_id);
    for (entry, manifest) in local.tables.iter().zip(&manifests) {
        let file = workspace.path(&format!("gold/{}", entry.manifest));
        let local = TableManifest::from_json(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(&local, manifest, "{}", entry.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_published_is_read_over_signed_urls_with_the_etags_of_its_manifests() {
    let workspace = workspace(&[TRIPS]);
    let running = serve_buckets(&workspace).await;
    run(&workspace, "main", &running).await;
    let (_, manifests) = published(&running).await;
    for file in manifests.iter().flat_map(|manifest| &manifest.files) {
        let range = format!("bytes={}-", file.footer.offset);
        let footer = running
            .get(&running.sign_one(&file.key).await, &[("Range", &range)])
            .await;
        assert_eq!(footer.status(), 206);
        assert_eq!(Some(header(&footer, "etag")), file.etag.as_deref());
        let bytes = footer.bytes().await.unwrap();
        assert_eq!(bytes.len() as u64, file.footer.bytes);
        assert!(bytes.ends_with(b"PAR1"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_lose_nothing() {
    let buckets = Workspace::with_target(TARGETS);
    let running = serve_buckets(&buckets).await;
    let one = workspace(&[TRIPS]);
    let other = workspace(&[CITIES]);
    tokio::join!(run(&one, "main", &running), run(&other, "main", &running));
    let (catalog, manifests) = published(&running).await;
    let tables: Vec<_> = catalog
        .tables
        .iter()
        .map(|table| (table.name.as_str(), table.rows))
        .collect();
    assert_eq!(tables, [("cities", 7), ("trips", 20_000)]);
    assert_eq!(manifests.len(), 2);
    assert_eq!(
        catalog.history.len(),
        1,
        "one of them came second and kept what the first had published"
    );
}
