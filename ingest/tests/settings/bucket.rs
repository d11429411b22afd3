//! A real S3 server that verifies signatures, and before it a gate that lets nobody pass whose session token has ended.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use ingest::cli::ProjectArgs;
use ingest::serve::{Credentials, ServeArgs, Server};
use ingest::settings::Flags;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::fixture::{KEY_ID, Project, SECRET};
use super::metadata::Metadata;

/// The bucket `lake`, kept in a folder.
pub struct Bucket {
    /// Where clients reach it.
    pub endpoint: String,
    folder: tempfile::TempDir,
    gate: Gate,
    _stop: oneshot::Sender<()>,
}

#[derive(Clone)]
struct Gate {
    store: String,
    http: reqwest::Client,
    metadata: Option<Metadata>,
    used: Arc<Mutex<Vec<String>>>,
}

impl Bucket {
    /// One that takes any signature of the key pair.
    pub async fn start() -> Self {
        Self::open(None).await
    }

    /// One that takes only tokens of the metadata service, as long as they live. The first write waits there until the
    /// first token has ended, so that a run that goes on lives longer than it.
    pub async fn of_tokens(metadata: &Metadata) -> Self {
        Self::open(Some(metadata.clone())).await
    }

    async fn open(metadata: Option<Metadata>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::with_bucket();
        project.write("site/index.html", "");
        let args = ServeArgs {
            place: None,
            project: ProjectArgs {
                project: project.root().to_owned(),
                flags: Flags::default(),
            },
            site: project.path("site"),
            host: "127.0.0.1".to_owned(),
            port: 0,
            s3_port: 0,
            s3_root: Some(folder.path().join("buckets")),
            s3_url: None,
            allowed_hosts: Vec::new(),
            connect_src: None,
            ttl: std::time::Duration::from_secs(900),
        };
        let keys = Credentials {
            access_key_id: KEY_ID.to_owned(),
            secret_access_key: SECRET.to_owned(),
        };
        let server = Server::bind(&args, Some(keys)).await.unwrap();
        let gate = Gate {
            store: format!("http://{}", server.store_address().unwrap()),
            http: reqwest::Client::new(),
            metadata,
            used: Arc::default(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state(gate.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self {
            endpoint,
            folder,
            gate,
            _stop: stop,
        }
    }

    /// Whether an object is there.
    pub fn has(&self, key: &str) -> bool {
        self.folder.path().join("buckets/lake").join(key).is_file()
    }

    /// The session tokens that requests came with, each once, in the order of their first use.
    pub fn tokens_used(&self) -> Vec<String> {
        self.gate.used.lock().unwrap().clone()
    }
}

async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    let token = request.headers().get("x-amz-security-token");
    let token = token.map(|token| token.to_str().unwrap().to_owned());
    if let Some(metadata) = &gate.metadata {
        let given = metadata.given();
        let holds = |given: &&super::metadata::Given| Some(&given.token) == token.as_ref();
        match given.iter().find(holds) {
            Some(found) if found.ends > Instant::now() => {}
            _ => return expired(),
        }
        let is_first_write = request.method() == Method::PUT && gate.used.lock().unwrap().len() == 1;
        if is_first_write {
            tokio::time::sleep_until(given[0].ends.into()).await;
        }
    }
    if let Some(token) = token {
        let mut used = gate.used.lock().unwrap();
        if !used.contains(&token) {
            used.push(token);
        }
    }
    forward(&gate, request).await
}

fn expired() -> Response {
    let body = "<?xml version=\"1.0\"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>";
    (StatusCode::BAD_REQUEST, body).into_response()
}

async fn forward(gate: &Gate, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().as_str();
    let answer = gate
        .http
        .request(parts.method, format!("{}{path}", gate.store))
        // The host is a part of the signature, so it passes as it came.
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    *response.headers_mut().unwrap() = answer.headers().clone();
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
