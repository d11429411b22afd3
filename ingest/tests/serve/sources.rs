//! Raw files in the embedded store: fetched by key or glob, named by their URL when they are broken.

use std::process::{Command, Output};

use object_store::ObjectStoreExt;

use super::fixture::{Running, Workspace, credentials, serve_buckets};

const PROJECT: &str = "gold = \"s3://lake/gold\"

[targets.local]
gold = \"gold\"

[sources.days]
path = \"s3://lake/raw/2024/*.csv\"

[sources.cities]
path = \"s3://lake/raw/cities.json\"
";

async fn put(running: &Running, key: &str, text: &str) {
    let content = text.as_bytes().to_vec();
    running
        .client("lake")
        .put(&key.into(), content.into())
        .await
        .unwrap();
}

async fn ingest(workspace: &Workspace, running: &Running, arguments: &[&str]) -> Output {
    let credentials = credentials();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
    command
        .args(arguments)
        .args(["--target", "local", "--project"])
        .arg(workspace.folder.path())
        .env("AWS_ENDPOINT_URL", &running.store)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", credentials.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_files_come_from_a_bucket() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    put(&running, "raw/2024/a.csv", "Day,N\n2024-01-01,1\n").await;
    put(&running, "raw/2024/b.csv", "Day,N\n2024-01-02,2\n").await;
    put(&running, "raw/2024/deeper/c.csv", "Day,N\n2024-01-03,4\n").await;
    put(&running, "raw/cities.json", "[{\"city\": \"Bern\"}]").await;
    workspace.write(
        "models/gold/t.sql",
        b"SELECT sum(n)::BIGINT AS total, any_value(city) AS city FROM source.days, source.cities",
    );
    let output = ingest(&workspace, &running, &["run"]).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = ingest(&workspace, &running, &["query", "--sql", "SELECT * FROM t"]).await;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        shown.contains(" 3 ") && shown.contains("Bern"),
        "* stops at a slash: {shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_by_its_url() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    put(&running, "raw/2024/a.csv", "Day,N\n2024-01-01,1\n").await;
    put(&running, "raw/2024/b.csv", "Other\nx\n").await;
    workspace.write("models/gold/t.sql", b"SELECT * FROM source.days");
    let output = ingest(&workspace, &running, &["run"]).await;
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("s3://lake/raw/2024/b.csv"), "{told}");
    assert!(
        told.contains("source.cities failed\n  s3://lake/raw/cities.json: "),
        "{told}"
    );
}
