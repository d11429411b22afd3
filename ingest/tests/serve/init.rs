//! `ingest init --from` a prefix of the embedded store: the proposed project runs as it is.

use axum::http::StatusCode;
use axum::http::request::Parts;

use super::fixture::{BUCKET_TARGET, Running, Workspace, ended, program, said, serve_buckets};
use super::proxy::Proxy;

async fn fill(running: &Running) {
    let header = "Order ID,Placed At,Amount\n";
    for (key, rows) in [
        (
            "raw/orders-1.csv",
            "1,2024-01-01 10:00:00,10.5\n2,2024-01-02 11:00:00,20\n",
        ),
        ("raw/orders-2.csv", "3,2024-01-03 12:00:00,5.25\n"),
    ] {
        running.put(key, format!("{header}{rows}")).await;
    }
    running
        .put("raw/orders-items.csv", "order,product\n1,cup\n1,cup\n")
        .await;
    running.put("raw/notes.md", "not a table\n").await;
    running.put("rawer/other.csv", "x\n1\n").await;
    let events = "{\"id\": 7, \"at\": \"2024-05-01 00:00:00\"}\n{\"id\": 8, \"at\": null}\n";
    running.put("raw/events.ndjson", events).await;
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("part.parquet");
    for year in [2023, 2024] {
        let sql = format!("SELECT i AS n, {year} + i AS amount FROM range(5) r(i)");
        let arguments = ["query", "--sql", &sql, "--output", "part.parquet"];
        let made = ended(program(scratch.path(), &arguments)).await;
        assert!(made.status.success(), "{}", said(&made));
        let key = format!("raw/trips/year={year}/part-0.parquet");
        running.put(&key, std::fs::read(&file).unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_becomes_a_project_that_runs() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    fill(&running).await;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["init", "new", "--from", "s3://lake/raw/"];
    let made = running.ingest(folder.path(), &arguments).await;
    let printed = said(&made);
    assert!(made.status.success(), "{printed}");
    for line in [
        "source.orders: 2 files",
        "source.orders_items: 1 file",
        "source.events: 1 file",
        "source.trips: 2 files",
        "1 file of other kinds left out",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let config = std::fs::read_to_string(folder.path().join("new/ingest.toml")).unwrap();
    for path in [
        // The plain glob would take orders-items.csv too.
        "path = \"s3://lake/raw/orders-[0-9]*.csv\"\n",
        "path = \"s3://lake/raw/events.ndjson\"\n",
        "path = \"s3://lake/raw/trips/year=*/part-*.parquet\"\n",
    ] {
        assert!(config.contains(path), "{path}: {config}");
    }
    assert!(!config.contains("other.csv"), "{config}");
    let gold = std::fs::read_to_string(folder.path().join("new/models/gold/orders.sql")).unwrap();
    assert!(gold.contains("  - unique: order_id\n"), "{gold}");

    let run = running.ingest(folder.path(), &["run", "--project", "new"]).await;
    assert!(run.status.success(), "{}", said(&run));
    let sql = "SELECT (SELECT sum(amount) FROM orders) AS a, (SELECT max(id) FROM events) AS b, \
               (SELECT count(*) FROM trips) AS c, (SELECT count(*) FROM orders_items) AS d";
    let arguments = ["query", "--project", "new", "--format", "csv", "--sql", sql];
    let answer = running.ingest(folder.path(), &arguments).await;
    assert!(said(&answer).contains("35.75,8,10,2\n"), "{}", said(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_only_this_command_names_stands_in_the_project() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    running.put("raw/cities.csv", "id,city\n1,Bern\n2,Chur\n").await;
    let folder = tempfile::tempdir().unwrap();
    for (from, dir) in [
        ("s3://lake/raw/cities.csv", "one"),
        ("s3://lake/r*/*.csv", "glob"),
    ] {
        let arguments = ["init", dir, "--from", from, "--s3-endpoint", &running.store];
        let made = ended(program(folder.path(), &arguments)).await;
        assert!(made.status.success(), "{}", said(&made));
        let run = ended(program(folder.path(), &["run", "--project", dir])).await;
        assert!(run.status.success(), "{from}: {}", said(&run));
    }
    for (from, complaint) in [
        ("s3://lake/nothing", "no file there that is CSV, JSON, Parquet"),
        ("s3://nowhere/raw", "cannot list s3://nowhere/raw"),
        ("gs://lake/raw", "--from gs://lake/raw"),
        ("https://example.com/raw", "cannot be listed"),
    ] {
        let refused = running
            .ingest(folder.path(), &["init", "bad", "--from", from])
            .await;
        assert!(!refused.status.success(), "{from}");
        assert!(said(&refused).contains(complaint), "{from}: {}", said(&refused));
        assert!(!folder.path().join("bad").exists(), "{from}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_may_not_be_read_is_not_taken_for_one_that_is_not_there() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let mut running = serve_buckets(&workspace).await;
    running.put("raw/cities.csv", "id,city\n1,Bern\n").await;
    let refuse = |head: Parts| async move {
        let is_object = head.uri.path().ends_with("/cities.csv");
        is_object.then_some(StatusCode::FORBIDDEN)
    };
    let store = std::mem::take(&mut running.store);
    running.store = Proxy::answering(&store, refuse).await.address;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["init", "new", "--from", "s3://lake/raw/cities.csv"];
    let refused = running.ingest(folder.path(), &arguments).await;
    let told = said(&refused);
    assert!(!refused.status.success(), "{told}");
    assert!(
        told.contains("s3://lake/raw/cities.csv: ") && told.contains("403"),
        "{told}"
    );
    assert!(!folder.path().join("new").exists(), "{told}");
}
