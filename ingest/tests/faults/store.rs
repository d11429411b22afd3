//! A store that fails: each request of a run in turn is spoiled, in each way that there is.

use std::time::Duration;

use ingest::cli::ProjectArgs;
use ingest::serve::{Credentials, ServeArgs, Server};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ClientOptions, ObjectStoreExt};

use crate::fixture::{KEYS, Project, text};
use crate::lake::Lake;
use crate::proxy::{Fault, Proxy};

/// A project whose gold is in a bucket of a real server, reached by way of a proxy.
struct Bucket {
    project: Project,
    proxy: Proxy,
    /// Not by way of the proxy.
    store: AmazonS3,
    lake: Lake,
    version: i64,
    is_large: bool,
}

impl Bucket {
    async fn start() -> Self {
        let project =
            Project::with_target("gold = 's3://lake/gold'\nendpoint = '${STORE:-http://127.0.0.1:9}'");
        project.write("site/index.html", "");
        let args = ServeArgs {
            project: ProjectArgs {
                project: project.root().to_owned(),
                flags: ingest::settings::Flags::default(),
            },
            site: project.path("site"),
            host: "127.0.0.1".to_owned(),
            port: 0,
            s3_port: 0,
            s3_root: Some(project.path("buckets")),
            s3_url: None,
            allowed_hosts: Vec::new(),
            connect_src: None,
            ttl: Duration::from_secs(900),
        };
        let credentials = Credentials {
            access_key_id: KEYS.0.to_owned(),
            secret_access_key: KEYS.1.to_owned(),
        };
        let server = Server::bind(&args, Some(credentials)).await.expect("server");
        let address = server.store_address().expect("store");
        let proxy = Proxy::before(address).await;
        let store = AmazonS3Builder::new()
            .with_endpoint(format!("http://{address}"))
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .with_region("us-east-1")
            .with_bucket_name("lake")
            .with_access_key_id(KEYS.0)
            .with_secret_access_key(KEYS.1)
            .build()
            .expect("client");
        tokio::spawn(server.run(std::future::pending()));
        let mut bucket = Self {
            lake: Lake(project.path("buckets/lake/gold")),
            project,
            proxy,
            store,
            version: 0,
            is_large: false,
        };
        bucket.publish().await.expect("published");
        bucket
    }

    /// Publishes the next version; fails with what the command printed.
    async fn publish(&mut self) -> Result<(), String> {
        self.version += 1;
        self.project.set_version(self.version);
        if self.is_large {
            // Hashes do not compress: more than one part of an upload.
            let sql = format!(
                "SELECT {0}::INTEGER AS v, hash(range + {0}) AS n FROM range(1100000)",
                self.version
            );
            self.project.write("models/gold/a.sql", &sql);
        }
        self.ingest(&["run"]).await
    }

    async fn ingest(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.project.ingest(arguments);
        command.env("STORE", &self.proxy.endpoint);
        let output = tokio::task::spawn_blocking(move || command.output().expect("starts"))
            .await
            .expect("ends");
        if output.status.success() {
            Ok(())
        } else {
            Err(text(&output))
        }
    }

    /// Asserts that all snapshots are whole and name the ETags that the store gives to browsers.
    async fn assert_whole(&self) {
        self.lake.assert_whole();
        let catalog = self.lake.catalog().expect("published");
        for file in catalog
            .tables
            .iter()
            .flat_map(|entry| self.lake.manifest(entry).files)
        {
            let path = format!("gold/{}", file.key).into();
            let found = self.store.head(&path).await.expect("object");
            assert_eq!(found.e_tag, file.etag, "{}", file.key);
            let is_in_parts = file.etag.is_some_and(|etag| etag.contains('-'));
            assert_eq!(is_in_parts, file.bytes > 8 * 1024 * 1024, "{}", file.key);
        }
    }

    /// What must hold after a run whose requests were spoiled, and after the next one.
    async fn assert_survived(&mut self, before: i64, outcome: Result<(), String>, spoiled: &str) {
        self.assert_whole().await;
        let versions = self.lake.versions();
        let is_new = versions == [self.version, self.version];
        match outcome {
            Ok(()) => assert!(is_new, "{spoiled}: {versions:?} instead of {}", self.version),
            Err(told) => {
                assert!(
                    is_new || versions == [before, before],
                    "{spoiled}: {versions:?}\n{told}"
                );
                assert!(told.contains("error: "), "{spoiled}: {told}");
                self.proxy.mend();
                let next = self.publish().await;
                assert_eq!(next, Ok(()), "the run after {spoiled}");
                assert_eq!(self.lake.versions(), [self.version, self.version], "{spoiled}");
                self.assert_whole().await;
            }
        }
    }
}

/// Spoils one request of a run after the other. Returns how many of these runs failed.
async fn spoil_each(fault: Fault) -> usize {
    spoil_each_from(0, Bucket::start().await, fault).await
}

/// Spares the first requests.
async fn spoil_each_from(first: usize, mut bucket: Bucket, fault: Fault) -> usize {
    let mut failed = 0;
    for number in first.. {
        let before = bucket.version;
        bucket.proxy.spoil(number, fault);
        let outcome = bucket.publish().await;
        if bucket.proxy.seen() <= number {
            assert!(number >= 8, "a run makes more requests than {number}");
            break;
        }
        failed += usize::from(outcome.is_err());
        let spoiled = format!("request {number} {fault:?}");
        bucket.assert_survived(before, outcome, &spoiled).await;
    }
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_refused_is_made_again() {
    assert_eq!(spoil_each(Fault::Refused(500)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_too_early_is_made_again() {
    assert_eq!(spoil_each(Fault::Refused(503)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_connection_is_dropped_is_made_again() {
    assert_eq!(spoil_each(Fault::Dropped).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_answer_gets_lost_counts_once() {
    assert_eq!(spoil_each(Fault::Unanswered).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_succeeded_and_seems_to_have_failed_counts_once() {
    assert_eq!(spoil_each(Fault::Misreported(500)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_changes_nothing() {
    assert_eq!(spoil_each(Fault::Late).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_request_leaves_no_torn_object() {
    assert_eq!(spoil_each(Fault::Torn).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_large_file_survive_lost_answers() {
    let mut bucket = Bucket::start().await;
    bucket.is_large = true;
    bucket.publish().await.expect("published");
    let entry = bucket.lake.catalog().expect("published").tables.remove(0);
    let bytes = bucket.lake.manifest(&entry).files[0].bytes;
    assert!(bytes > 8 * 1024 * 1024, "{bytes} are no two parts");
    // The first three read what is published.
    assert_eq!(spoil_each_from(3, bucket, Fault::Unanswered).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_from_some_request_on_keeps_the_former_snapshot() {
    let mut bucket = Bucket::start().await;
    for number in 0.. {
        let before = bucket.version;
        bucket.proxy.spoil_from(number, Fault::Refused(403));
        let outcome = bucket.publish().await;
        if bucket.proxy.seen() <= number {
            assert_eq!(outcome, Ok(()));
            break;
        }
        assert!(outcome.is_err(), "request {number} was refused");
        assert_eq!(bucket.lake.versions(), [before, before]);
        let spoiled = format!("refusals from request {number} on");
        bucket.assert_survived(before, outcome, &spoiled).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_rolled_back_and_cleared_like_a_folder() {
    let mut bucket = Bucket::start().await;
    bucket.publish().await.expect("published");
    bucket.ingest(&["rollback"]).await.expect("goes back");
    assert_eq!(bucket.lake.versions(), [1, 1]);
    bucket.lake.write("tables/a/stray.parquet", b"stray");
    bucket
        .ingest(&["gc", "--older-than", "1h"])
        .await
        .expect("clears");
    assert!(
        bucket.lake.objects().contains("tables/a/stray.parquet"),
        "it is young"
    );
    bucket.lake.age();
    bucket
        .ingest(&["gc", "--older-than", "1h"])
        .await
        .expect("clears");
    assert_eq!(bucket.lake.objects(), bucket.lake.assert_whole());
    assert!(!bucket.lake.0.join("gc.lease").exists());
}
