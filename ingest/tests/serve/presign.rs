//! `ingest presign`: a bundle that a page can use without a signing endpoint.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use catalog::access::SignedUrls;
use catalog::{Catalog, DataFile, Footer, Lineage, SnapshotEntry, TableEntry, TableManifest};

use super::fixture::{BUCKET_TARGET, Running, Workspace, credentials, entries};

const DATA: &str = "tables/t/new.parquet";
const MANIFEST: &str = "manifests/t/new.json";

fn table(manifest: &str) -> TableEntry {
    TableEntry {
        name: "t".to_owned(),
        manifest: manifest.to_owned(),
        state: None,
        rows: 1,
        bytes: 4,
        files: 1,
        columns: 0,
        description: None,
        updated_at: "2026-01-01T00:00:00Z".to_owned(),
    }
}

/// Gold with one table and an earlier snapshot of it.
fn workspace() -> Workspace {
    let mut catalog = Catalog::empty("test");
    catalog.tables.push(table(MANIFEST));
    catalog.history.push(SnapshotEntry {
        snapshot_id: "old".to_owned(),
        published_at: "2025-01-01T00:00:00Z".to_owned(),
        tables: vec![table("manifests/t/old.json")],
    });
    let file = DataFile {
        key: DATA.to_owned(),
        bytes: 4,
        rows: 1,
        row_groups: 1,
        etag: None,
        content_hash: String::new(),
        footer: Footer {
            offset: 0,
            bytes: 4,
            index_offset: 0,
        },
        partition: BTreeMap::new(),
        columns: BTreeMap::new(),
    };
    let manifest = TableManifest {
        format_version: catalog::FORMAT_VERSION,
        table: "t".to_owned(),
        description: None,
        owner: None,
        tags: Vec::new(),
        columns: Vec::new(),
        files: vec![file],
        rows: 1,
        bytes: 4,
        partition_by: Vec::new(),
        sort_keys: Vec::new(),
        checks: Vec::new(),
        lineage: Lineage::default(),
    };
    let workspace = Workspace::with_gold(&[
        (MANIFEST, &serde_json::to_vec(&manifest).unwrap()),
        (DATA, b"PAR1"),
        ("manifests/t/old.json", b"{}"),
    ]);
    workspace.write("gold/catalog.json", &serde_json::to_vec(&catalog).unwrap());
    workspace
}

fn presign(workspace: &Workspace, arguments: &[&str], with_credentials: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
    command
        .arg("presign")
        .args(arguments)
        .arg("--project")
        .arg(workspace.folder.path())
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    if with_credentials {
        let credentials = credentials();
        command
            .env("AWS_ACCESS_KEY_ID", credentials.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key);
    }
    command.output().unwrap()
}

fn keys(bundle: &SignedUrls) -> Vec<&str> {
    bundle.urls.keys().map(String::as_str).collect()
}

fn read_bundle(file: &Path) -> SignedUrls {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_has_a_working_url_for_each_object_of_the_current_snapshot() {
    let workspace = workspace();
    let running = workspace.serve().await;
    let file = workspace.path("bundle.json");
    fs::write(&file, "an old bundle that anybody may read").unwrap();
    let output = presign(
        &workspace,
        &[
            "--endpoint",
            &running.store,
            "--ttl",
            "2h",
            "--output",
            file.to_str().unwrap(),
        ],
        true,
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stdout.is_empty());
    let bundle = read_bundle(&file);
    assert_eq!(keys(&bundle), ["catalog.json", MANIFEST, DATA]);
    for url in bundle.urls.values() {
        assert_eq!(running.get(url, &[]).await.status(), 200);
    }
    let data = running.get(&bundle.urls[DATA], &[("Range", "bytes=0-3")]).await;
    assert_eq!(data.bytes().await.unwrap(), "PAR1");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let life = Duration::from_millis(bundle.expires_at_ms) - now;
    assert!(
        life > Duration::from_secs(7100) && life <= Duration::from_secs(7200),
        "{life:?}"
    );
    let left = entries(workspace.folder.path());
    assert_eq!(left, ["bundle.json", "gold", "ingest.toml", "site"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_file_the_bundle_goes_to_stdout_alone() {
    let workspace = workspace();
    let running: Running = workspace.serve().await;
    let output = presign(&workspace, &["--endpoint", &running.store], true);
    let bundle: SignedUrls = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(bundle.urls.len(), 3);
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(
        notes.contains("3 URLs") && !notes.contains("X-Amz-Signature"),
        "{notes}"
    );
}

#[test]
fn a_folder_without_an_endpoint_or_keys_is_refused_with_the_way_to_go() {
    let workspace = workspace();
    for (arguments, with_credentials) in [(vec![], true), (vec!["--endpoint", "http://127.0.0.1:9"], false)] {
        let output = presign(&workspace, &arguments, with_credentials);
        assert!(!output.status.success());
        let complaint = String::from_utf8_lossy(&output.stderr);
        for word in ["ingest serve", "--endpoint", "AWS_ACCESS_KEY_ID", "s3://"] {
            assert!(complaint.contains(word), "{word}: {complaint}");
        }
    }
}

#[test]
fn an_object_that_the_snapshot_names_but_is_not_there_is_named() {
    let workspace = workspace();
    fs::remove_file(workspace.path(&format!("gold/{MANIFEST}"))).unwrap();
    let output = presign(&workspace, &["--endpoint", "http://127.0.0.1:9"], true);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains(MANIFEST));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_life_that_no_signature_has_is_refused() {
    let workspace = workspace();
    let output = presign(
        &workspace,
        &["--endpoint", "http://127.0.0.1:9", "--ttl", "8d"],
        true,
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("7d"));
}

#[test]
fn a_bucket_has_its_endpoint_in_its_configuration() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let output = presign(&workspace, &["--endpoint", "http://127.0.0.1:9"], true);
    assert!(String::from_utf8_lossy(&output.stderr).contains("ingest.toml"));
}
