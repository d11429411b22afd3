use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;

use super::fixture::{KEY_ID, Project, SECRET, assert_keeps_secrets, finish, told};

/// How many requests `ingest show` makes to a store that is never available.
async fn requests(arguments: &[&str], variables: &[(&str, &str)]) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let router = Router::new().fallback(async move || {
        counted.fetch_add(1, Ordering::Relaxed);
        StatusCode::SERVICE_UNAVAILABLE
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    let project = Project::with_bucket();
    let mut command = project.ingest(&[&["show", "--s3-endpoint", &endpoint], arguments].concat());
    command
        .envs(variables.iter().copied())
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    let output = finish(command).await;
    assert!(
        told(&output).contains("503 Service Unavailable"),
        "{}",
        told(&output)
    );
    assert_keeps_secrets(&output, &project, &[SECRET]);
    count.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_is_asked_as_often_as_is_set() {
    assert_eq!(requests(&["--max-retries", "0"], &[]).await, 1);
    assert_eq!(requests(&[], &[("INGEST_MAX_RETRIES", "2")]).await, 3);
    assert_eq!(requests(&["--retry-timeout", "0s"], &[]).await, 1);
}
