//! `ingest doctor` against the embedded store: what is well, and each thing that can be in the way.

use std::process::Output;

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::Value;

use super::fixture::{Running, Workspace, credentials, ended, program, said, serve_buckets};
use super::proxy::Proxy;

const PROJECT: &str = "gold = \"s3://lake/gold\"\n[sources.days]\npath = \"raw/days.csv\"\n";

/// A project with a source, a model and a bucket as its target.
fn workspace() -> Workspace {
    let workspace = Workspace::with_target(PROJECT);
    workspace.write("raw/days.csv", b"day,n\n2024-01-01,1\n");
    workspace.write("models/gold/t.sql", b"SELECT * FROM source.days");
    workspace
}

async fn ingest(workspace: &Workspace, endpoint: &str, secret: &str, arguments: &[&str]) -> Output {
    let mut command = program(workspace.folder.path(), arguments);
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_SECRET_ACCESS_KEY", secret);
    let output = ended(command).await;
    assert!(!said(&output).contains(secret), "no secret is printed");
    output
}

/// The findings of `doctor --json`, with whether it ended well.
async fn findings(workspace: &Workspace, endpoint: &str, more: &[&str]) -> (bool, Vec<Value>) {
    let arguments = [&["doctor", "--json"][..], more].concat();
    let output = ingest(workspace, endpoint, &credentials().secret_access_key, &arguments).await;
    parsed(&output)
}

fn parsed(output: &Output) -> (bool, Vec<Value>) {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (
        output.status.success(),
        report["findings"].as_array().unwrap().clone(),
    )
}

fn finding<'a>(findings: &'a [Value], check: &str) -> &'a Value {
    findings
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap_or_else(|| panic!("no {check}: {findings:#?}"))
}

fn states(findings: &[Value], wanted: &str) -> Vec<String> {
    let of_state = findings.iter().filter(|finding| finding["state"] == wanted);
    of_state
        .map(|finding| finding["check"].as_str().unwrap().to_owned())
        .collect()
}

async fn keys(running: &Running) -> Vec<String> {
    let client = running.client("lake");
    let objects: Vec<_> = client.list(None).try_collect().await.unwrap();
    objects.iter().map(|object| object.location.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_is_well_nothing_is_found_and_nothing_stays() {
    let workspace = workspace();
    let running = serve_buckets(&workspace).await;
    for _ in 0..2 {
        let (is_well, findings) = findings(&workspace, &running.store, &[]).await;
        assert!(is_well, "{findings:#?}");
        assert!(states(&findings, "error").is_empty(), "{findings:#?}");
        for check in [
            "ingest",
            "DuckDB",
            "project",
            "source.days",
            "credentials",
            "store",
            "clock",
            "list",
            "put",
            "put If-None-Match",
            "put If-Match",
            "get",
            "get of a range",
            "get If-Match",
            "CORS",
            "CORS preflight",
            "multipart",
            "delete",
            "catalog",
        ] {
            assert_eq!(finding(&findings, check)["state"], "ok", "{check}: {findings:#?}");
        }
        let from = finding(&findings, "credentials")["found"].as_str().unwrap();
        assert!(from.contains("variables of the environment"), "{from}");
        let left = keys(&running).await;
        assert!(left.iter().all(|key| !key.contains("doctor")), "{left:?}");
        let secret = credentials().secret_access_key;
        let run = ingest(&workspace, &running.store, &secret, &["run"]).await;
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }
    // People read a table.
    let secret = credentials().secret_access_key;
    let output = ingest(&workspace, &running.store, &secret, &["doctor"]).await;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.contains("format 1, 1 table in snapshot"), "{printed}");
    // A bucket alone needs no project.
    let outside = Workspace::with_target("gold = \"gold\"");
    std::fs::remove_file(outside.path("ingest.toml")).unwrap();
    let (is_well, findings) = findings(&outside, &running.store, &["s3://lake/gold"]).await;
    assert!(is_well, "{findings:#?}");
    assert_eq!(finding(&findings, "put")["state"], "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_and_a_bucket_that_is_not_there_are_named() {
    let workspace = workspace();
    let running = serve_buckets(&workspace).await;
    let output = ingest(
        &workspace,
        &running.store,
        "WRONGWRONGWRONG",
        &["doctor", "--json"],
    )
    .await;
    let (is_well, found) = parsed(&output);
    assert!(!is_well);
    assert_eq!(
        states(&found, "error"),
        ["access"],
        "once, and not for each verb: {found:#?}"
    );
    let access = finding(&found, "access");
    assert!(
        access["found"]
            .as_str()
            .unwrap()
            .contains("SignatureDoesNotMatch"),
        "{access}"
    );
    assert!(
        access["fix"].as_str().unwrap().contains("AWS_SECRET_ACCESS_KEY"),
        "{access}"
    );

    let (is_well, found) = findings(&workspace, &running.store, &["s3://nowhere/gold"]).await;
    assert!(!is_well);
    let access = finding(&found, "access");
    assert!(
        access["found"].as_str().unwrap().contains("NoSuchBucket"),
        "{access}"
    );
    assert!(
        access["fix"].as_str().unwrap().contains("make the bucket"),
        "{access}"
    );
    assert_eq!(keys(&running).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_cors_and_a_clock_that_is_wrong_are_errors() {
    let workspace = workspace();
    let running = serve_buckets(&workspace).await;
    let Proxy { address, .. } = Proxy::changing(&running.store, |headers| {
        let names: Vec<_> = headers.keys().cloned().collect();
        for name in names
            .iter()
            .filter(|name| name.as_str().starts_with("access-control-"))
        {
            headers.remove(name);
        }
        headers.insert("date", HeaderValue::from_static("Mon, 01 Jan 2024 00:00:00 GMT"));
    })
    .await;
    let (is_well, found) = findings(
        &workspace,
        &address,
        &["--origin", "https://lake.example.com/app/"],
    )
    .await;
    assert!(!is_well);
    assert_eq!(states(&found, "error"), ["clock", "CORS"], "{found:#?}");
    assert!(
        finding(&found, "clock")["found"]
            .as_str()
            .unwrap()
            .contains("ahead"),
        "{found:#?}"
    );
    let cors = finding(&found, "CORS");
    assert!(
        cors["found"]
            .as_str()
            .unwrap()
            .contains("of https://lake.example.com may not"),
        "{cors}"
    );
    let fix = cors["fix"].as_str().unwrap();
    assert!(
        fix.contains("put-bucket-cors --bucket lake") && fix.contains("\"Content-Range\""),
        "{fix}"
    );
    assert_eq!(finding(&found, "CORS preflight")["state"], "warning");
    assert_eq!(keys(&running).await, Vec::<String>::new());

    // The page sees the bytes, but not of which file and version they are.
    let Proxy { address, .. } = Proxy::changing(&running.store, |headers| {
        headers.insert(
            "access-control-expose-headers",
            HeaderValue::from_static("Content-Length"),
        );
    })
    .await;
    let (is_well, found) = findings(&workspace, &address, &[]).await;
    assert!(!is_well);
    let said = finding(&found, "CORS")["found"].as_str().unwrap();
    assert!(said.contains("does not see Content-Range, ETag"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_put_nothing() {
    let workspace = workspace();
    let running = serve_buckets(&workspace).await;
    let Proxy { address, methods } = Proxy::changing(&running.store, |_| {}).await;
    let (is_well, found) = findings(&workspace, &address, &["--read-only"]).await;
    assert!(is_well, "{found:#?}");
    assert!(
        finding(&found, "get")["found"]
            .as_str()
            .unwrap()
            .contains("nothing is published")
    );
    let secret = credentials().secret_access_key;
    let run = ingest(&workspace, &running.store, &secret, &["run"]).await;
    assert!(run.status.success());
    let (is_well, found) = findings(&workspace, &address, &["--read-only"]).await;
    assert!(is_well, "{found:#?}");
    assert_eq!(finding(&found, "CORS")["state"], "ok");
    let asked = methods.lock().unwrap().clone();
    assert!(asked.iter().any(|method| method == "OPTIONS"), "{asked:?}");
    let writes = ["PUT", "POST", "DELETE"];
    assert!(
        !asked.iter().any(|method| writes.contains(&method.as_str())),
        "{asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_removed_nor_looked_at_is_said_to_stay() {
    let workspace = workspace();
    let running = serve_buckets(&workspace).await;
    // Objects are deleted one by one, or several by one POST.
    let refuse = |head: Parts| async move {
        let is_delete =
            head.method == Method::DELETE || head.uri.query().is_some_and(|query| query == "delete");
        (is_delete || head.method == Method::HEAD).then_some(StatusCode::FORBIDDEN)
    };
    let Proxy { address, .. } = Proxy::answering(&running.store, refuse).await;
    let (is_well, found) = findings(&workspace, &address, &[]).await;
    assert!(!is_well, "{found:#?}");
    assert_eq!(states(&found, "error"), ["delete"], "{found:#?}");
    let delete = finding(&found, "delete");
    assert!(delete["found"].as_str().unwrap().contains("403"), "{delete}");
    let fix = delete["fix"].as_str().unwrap();
    assert!(
        fix.contains("s3:DeleteObject") && fix.contains(".probe stays"),
        "{fix}"
    );
    let left = keys(&running).await;
    assert!(left.iter().any(|key| key.ends_with(".probe")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_of_few_bytes_or_none_is_looked_at_like_another() {
    let workspace = workspace();
    let running = serve_buckets(&workspace).await;
    let client = running.client("lake");
    for (catalog, of_a_range) in [("{}", Some("ok")), ("7", Some("ok")), ("", None)] {
        let key = "gold/catalog.json".into();
        client.put(&key, catalog.into()).await.unwrap();
        let (is_well, found) = findings(&workspace, &running.store, &["--read-only"]).await;
        assert!(!is_well, "{found:#?}");
        let state = found
            .iter()
            .find(|finding| finding["check"] == "get of a range")
            .map(|finding| finding["state"].as_str().unwrap());
        assert_eq!(state, of_a_range, "{found:#?}");
        assert_eq!(states(&found, "error"), ["catalog"], "{found:#?}");
    }
}
