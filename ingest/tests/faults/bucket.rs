//! A lake in a bucket of a real server, reached by way of a proxy.

use std::process::Command;
use std::time::Duration;

use ingest::cli::ProjectArgs;
use ingest::serve::{Credentials, ServeArgs, Server};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ClientOptions, ObjectStoreExt};

use crate::fixture::{KEYS, Project, text};
use crate::lake::Lake;
use crate::proxy::Proxy;

/// A project whose gold is in a bucket of a real server, reached by way of a proxy.
pub struct Bucket {
    pub project: Project,
    pub proxy: Proxy,
    /// Not by way of the proxy.
    store: AmazonS3,
    /// Not by way of the proxy.
    pub store_endpoint: String,
    pub lake: Lake,
    pub version: i64,
    pub is_large: bool,
}

impl Bucket {
    pub async fn start() -> Self {
        let mut bucket = Self::empty("").await;
        bucket.publish().await.expect("published");
        bucket
    }

    /// Nothing is published yet. `sources` is what follows the target's settings.
    pub async fn empty(sources: &str) -> Self {
        let target = "gold = 's3://lake/gold'\nendpoint = '${STORE:-http://127.0.0.1:9}'";
        let project = Project::with_target(&format!("{target}{sources}"));
        project.write("site/index.html", "");
        let args = ServeArgs {
            place: None,
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
        Self {
            lake: Lake(project.path("buckets/lake/gold")),
            project,
            proxy,
            store,
            store_endpoint: format!("http://{address}"),
            version: 0,
            is_large: false,
        }
    }

    /// Publishes the next version; succeeds or fails with what the command printed.
    pub async fn publish(&mut self) -> Result<String, String> {
        self.version += 1;
        self.project.set_version(self.version);
        if self.is_large {
            // Hashes do not compress by more than the half: more than one part of an upload.
            let hashes: Vec<String> = (0..16)
                .map(|n| format!("md5(range || '.{n}.{}')", self.version))
                .collect();
            let sql = format!(
                "SELECT {}::INTEGER AS v, {} AS n FROM range(40000)",
                self.version,
                hashes.join(" || ")
            );
            self.project.write("models/gold/a.sql", &sql);
        }
        self.ingest(&["run"]).await
    }

    /// The command, with the proxy for a store.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.ingest(arguments);
        command.env("STORE", &self.proxy.endpoint);
        command
    }

    /// Succeeds or fails with what the command printed.
    pub async fn ingest(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().expect("starts"))
            .await
            .expect("ends");
        if output.status.success() {
            Ok(text(&output))
        } else {
            Err(text(&output))
        }
    }

    /// Asserts that all snapshots are whole and name the ETags that the store gives to browsers.
    pub async fn assert_whole(&self) {
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
    pub async fn assert_survived(&mut self, before: i64, outcome: Result<String, String>, spoiled: &str) {
        self.assert_whole().await;
        let versions = self.lake.versions();
        let is_new = versions == [self.version, self.version];
        match outcome {
            Ok(_) => assert!(is_new, "{spoiled}: {versions:?} instead of {}", self.version),
            Err(told) => {
                assert!(
                    is_new || versions == [before, before],
                    "{spoiled}: {versions:?}\n{told}"
                );
                assert!(told.contains("error: "), "{spoiled}: {told}");
                self.proxy.mend();
                let next = self.publish().await;
                next.unwrap_or_else(|told| panic!("the run after {spoiled}: {told}"));
                assert_eq!(self.lake.versions(), [self.version, self.version], "{spoiled}");
                self.assert_whole().await;
            }
        }
    }
}
