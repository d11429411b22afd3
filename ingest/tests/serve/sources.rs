//! Raw files in the embedded store: fetched by key or glob, named by their URL when they are broken.

use std::process::Output;

use object_store::ObjectStoreExt;

use super::fixture::{Running, Workspace, serve_buckets};

const PROJECT: &str = "gold = \"s3://lake/gold\"

[targets.local]
gold = \"gold\"

[sources.days]
path = \"s3://lake/raw/2024/*.csv\"

[sources.cities]
path = \"s3://lake/raw/cities.json\"
";

async fn ingest(workspace: &Workspace, running: &Running, arguments: &[&str]) -> Output {
    let arguments = [arguments, &["--target", "local"]].concat();
    running.ingest(workspace.folder.path(), &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_put_once_more_is_not_taken_in_again() {
    let workspace = Workspace::with_target(
        "gold = \"s3://lake/gold\"\n[targets.local]\ngold = \"gold\"\n[sources.days]\npath = \"s3://lake/raw/*.csv\"\n",
    );
    workspace.write(
        "models/gold/t.sql",
        b"/* @ingest\nmaterialized: incremental\nstrategy: append\n*/\nSELECT n FROM source.days",
    );
    let running = serve_buckets(&workspace).await;
    let rows = async |expected: &str| {
        let output = ingest(&workspace, &running, &["run"]).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let sql = "SELECT string_agg(n, ' ' ORDER BY n) AS n FROM t";
        let output = ingest(&workspace, &running, &["query", "--format", "csv", "--sql", sql]).await;
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("n\n{expected}\n")
        );
    };
    running.put("raw/a.csv", "n\n1\n").await;
    rows("1").await;
    running.put("raw/a.csv", "n\n1\n").await;
    running.put("raw/b.csv", "n\n1\n").await;
    running.put("raw/c.csv", "n\n2\n").await;
    rows("1 2").await;
    let plan = ingest(&workspace, &running, &["plan"]).await;
    let plan = String::from_utf8_lossy(&plan.stdout).into_owned();
    assert!(plan.contains("nothing to do"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_databases_come_from_a_bucket() {
    let workspace = Workspace::with_target(
        "gold = \"s3://lake/gold\"\n[targets.local]\ngold = \"gold\"\n[sources.orders]\n\
         path = \"sqlite:s3://lake/raw/*.db\"\nquery = \"SELECT max(id) AS id FROM orders\"\n",
    );
    let running = serve_buckets(&workspace).await;
    for id in [1, 2] {
        let file = workspace.folder.path().join(format!("{id}.sqlite"));
        let database = rusqlite::Connection::open(&file).unwrap();
        let statements = format!("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (0), ({id})");
        database.execute_batch(&statements).unwrap();
        database.close().unwrap();
        let content = std::fs::read(&file).unwrap();
        running.put(&format!("raw/{id}.db"), content).await;
    }
    workspace.write("models/gold/t.sql", b"SELECT id FROM source.orders");
    let output = ingest(&workspace, &running, &["run"]).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let sql = "SELECT string_agg(id, ' ' ORDER BY id) AS ids FROM t";
    let output = ingest(&workspace, &running, &["query", "--format", "csv", "--sql", sql]).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ids\n1 2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_files_come_from_a_bucket() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    running.put("raw/2024/a.csv", "Day,N\n2024-01-01,1\n").await;
    running.put("raw/2024/b.csv", "Day,N\n2024-01-02,2\n").await;
    running
        .put("raw/2024/deeper/c.csv", "Day,N\n2024-01-03,4\n")
        .await;
    running.put("raw/cities.json", "[{\"city\": \"Bern\"}]").await;
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
    running.put("raw/2024/a.csv", "Day,N\n2024-01-01,1\n").await;
    running.put("raw/2024/b.csv", "Other\nx\n").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_result_goes_to_a_bucket_whole() {
    let workspace = Workspace::with_target(PROJECT);
    let running = serve_buckets(&workspace).await;
    running.put("raw/2024/a.csv", "Day,N\n2024-01-01,1\n").await;
    running.put("raw/cities.json", "[{\"city\": \"Bern\"}]").await;
    workspace.write(
        "models/gold/t.sql",
        b"SELECT n, city FROM source.days, source.cities",
    );
    let output = ingest(&workspace, &running, &["run"]).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Above the size of one part, so that it is put in several.
    for (rows, key) in [(3, "out/small.csv"), (2_000_000, "out/large.csv")] {
        let sql = format!("SELECT i AS n, city, 'a longer text' AS t FROM t, range({rows}) r(i)");
        let address = format!("s3://lake/{key}");
        let output = ingest(
            &workspace,
            &running,
            &["query", "--sql", &sql, "--output", &address],
        )
        .await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let object = running.client("lake").get(&key.into()).await.unwrap();
        let bytes = object.bytes().await.unwrap();
        assert_eq!(bytes.iter().filter(|&&byte| byte == b'\n').count(), rows + 1);
    }
    let export = [
        "export",
        "t",
        "--as",
        "csv",
        "--output",
        "s3://lake/out/export.csv",
    ];
    let output = ingest(&workspace, &running, &export).await;
    assert!(output.status.success(), "{output:?}");
    let object = running
        .client("lake")
        .get(&"out/export.csv".into())
        .await
        .unwrap();
    assert_eq!(object.bytes().await.unwrap(), "n,city\n1,Bern\n");
    let arguments = ["query", "--output", "s3://nowhere/t.csv", "--sql", "SELECT 1"];
    let output = ingest(&workspace, &running, &arguments).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(told.contains("cannot write s3://nowhere/t.csv"), "{told}");
}
