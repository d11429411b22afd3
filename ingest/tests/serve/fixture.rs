//! A server on free ports, with a gold folder that the test wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use catalog::access::SignedUrls;
use ingest::cli::ProjectArgs;
use ingest::serve::{Credentials, ServeArgs, ServeError, Server};
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::{ClientOptions, ObjectStoreExt, PutPayload};
use reqwest::{Client, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub const CATALOG: &str = r#"{"format_version": 1, "name": "test", "snapshot_id": "s", "published_at": "2026-01-01T00:00:00Z", "tables": [], "history": []}"#;

/// Bytes whose every range is different.
pub fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
}

pub fn credentials() -> Credentials {
    Credentials {
        access_key_id: "AKIDTEST".to_owned(),
        secret_access_key: "test-secret".to_owned(),
    }
}

/// A project, a site and the folders that a server needs; removed at the end of the test.
pub struct Workspace {
    pub folder: TempDir,
}

impl Workspace {
    /// A project whose gold is a folder with a catalog and these objects.
    pub fn with_gold(objects: &[(&str, &[u8])]) -> Self {
        let workspace = Self::with_target("gold = \"gold\"");
        workspace.write("gold/catalog.json", CATALOG.as_bytes());
        for (key, content) in objects {
            workspace.write(&format!("gold/{key}"), content);
        }
        workspace
    }

    /// A project whose target has these settings.
    pub fn with_target(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Self { folder };
        workspace.write(
            "ingest.toml",
            format!("name = \"test\"\ndefault_target = \"main\"\n[targets.main]\n{settings}\n").as_bytes(),
        );
        workspace.write("site/index.html", b"<!doctype html><title>Goldpan</title>");
        workspace
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn project(&self) -> ProjectArgs {
        ProjectArgs {
            project: self.folder.path().to_owned(),
            flags: ingest::settings::Flags::default(),
        }
    }

    pub fn args(&self) -> ServeArgs {
        ServeArgs {
            place: None,
            project: self.project(),
            site: self.path("site"),
            host: "127.0.0.1".to_owned(),
            port: 0,
            s3_port: 0,
            s3_root: None,
            s3_url: None,
            allowed_hosts: Vec::new(),
            connect_src: None,
            ttl: Duration::from_secs(900),
        }
    }

    pub async fn serve(&self) -> Running {
        Running::start(&self.args()).await.unwrap()
    }
}

/// A server that stops at the end of the test.
pub struct Running {
    pub site: String,
    pub store: String,
    pub http: Client,
    _stop: oneshot::Sender<()>,
}

impl Running {
    pub async fn start(args: &ServeArgs) -> Result<Self, ServeError> {
        let server = Server::bind(args, Some(credentials())).await?;
        let site = server.site_url().to_owned();
        let store = server.store_address().map(|address| format!("http://{address}"));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        Ok(Self {
            site,
            store: store.unwrap_or_default(),
            http: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            _stop: stop,
        })
    }

    /// What the page does: asks for URLs of the keys.
    pub async fn sign(&self, keys: &[&str]) -> BTreeMap<String, String> {
        let response = self.post_sign(&json!({ "keys": keys }).to_string(), &[]).await;
        assert_eq!(response.status(), 200);
        serde_json::from_slice::<SignedUrls>(&response.bytes().await.unwrap())
            .unwrap()
            .urls
    }

    pub async fn sign_one(&self, key: &str) -> String {
        self.sign(&[key]).await.remove(key).unwrap()
    }

    pub async fn post_sign(&self, body: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self
            .http
            .post(format!("{}/sign", self.site))
            .header("Content-Type", "application/json")
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.http.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// The program in this folder, with the server as the store of every bucket.
    pub async fn ingest(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command = program(folder, arguments);
        command.env("AWS_ENDPOINT_URL", &self.store);
        ended(command).await
    }

    /// Puts an object into the bucket `lake`.
    pub async fn put(&self, key: &str, content: impl Into<PutPayload>) {
        let key = object_store::path::Path::parse(key).unwrap();
        self.client("lake").put(&key, content.into()).await.unwrap();
    }

    /// An S3 client with the server's credentials.
    pub fn client(&self, bucket: &str) -> AmazonS3 {
        client(&self.store, bucket, &credentials())
    }
}

/// The program in this folder, with the server's credentials and no store.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let credentials = credentials();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ingest"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", credentials.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key);
    command
}

/// What came of a command, while servers of the test go on.
pub async fn ended(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

/// What a command told on standard output and on standard error.
pub fn said(output: &Output) -> String {
    let told = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&told).into_owned()
}

pub fn client(endpoint: &str, bucket: &str, credentials: &Credentials) -> AmazonS3 {
    AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .with_region("us-east-1")
        .with_bucket_name(bucket)
        .with_access_key_id(&credentials.access_key_id)
        .with_secret_access_key(&credentials.secret_access_key)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .build()
        .unwrap()
}

pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// What S3 answers as the ETag of these bytes.
pub fn quoted_md5(content: &[u8]) -> String {
    format!("\"{}\"", hex::encode(md5::Md5::digest(content)))
}

/// Sends a request target as it is: HTTP clients tidy `..` away.
pub async fn get_raw(origin: &str, target: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = origin.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The settings of a target in the embedded store's bucket `lake`.
pub const BUCKET_TARGET: &str = "gold = \"s3://lake/gold\"\nendpoint = \"http://127.0.0.1:9\"";

/// A server that is also the store of its bucket target.
pub async fn serve_buckets(workspace: &Workspace) -> Running {
    let args = ServeArgs {
        s3_root: Some(workspace.path("buckets")),
        ..workspace.args()
    };
    Running::start(&args).await.unwrap()
}

pub fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A GET of exactly this decoded path with a valid signature, for paths that no S3 client would sign.
pub async fn get_signed_raw(origin: &str, path: &str) -> String {
    let credentials = credentials();
    let now = jiff::Timestamp::now();
    let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let scope = format!("{}/us-east-1/s3/aws4_request", &time[..8]);
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}%2F{}&X-Amz-Date={time}&X-Amz-Expires=60&X-Amz-SignedHeaders=host",
        credentials.access_key_id,
        scope.replace('/', "%2F"),
    );
    let host = origin.trim_start_matches("http://");
    let request = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hex::encode(Sha256::digest(request))
    );
    let secret = format!("AWS4{}", credentials.secret_access_key);
    let key = scope
        .split('/')
        .fold(secret.into_bytes(), |key, part| hmac_sha256(&key, part));
    let signature = hex::encode(hmac_sha256(&key, &to_sign));
    get_raw(origin, &format!("{path}?{query}&X-Amz-Signature={signature}")).await
}

fn hmac_sha256(key: &[u8], message: &str) -> Vec<u8> {
    assert!(key.len() <= 64, "longer keys are hashed first");
    let pad = |with: u8| -> Vec<u8> {
        (0..64)
            .map(|at| key.get(at).copied().unwrap_or(0) ^ with)
            .collect()
    };
    let inner = Sha256::digest([&pad(0x36), message.as_bytes()].concat());
    Sha256::digest([&pad(0x5c), inner.as_slice()].concat()).to_vec()
}
