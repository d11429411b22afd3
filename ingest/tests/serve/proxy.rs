//! A proxy before the embedded store, which answers some requests itself and changes headers of other answers.

use std::future::Future;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode};

/// A proxy that lasts as long as the test.
pub struct Proxy {
    pub address: String,
    /// The methods that were asked for.
    pub methods: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Changes headers of what the store answers.
    pub async fn changing(store: &str, change: fn(&mut HeaderMap)) -> Self {
        Self::start(store, |_| async { None }, change).await
    }

    /// Answers by the status that `before` tells, and hands on what it tells none for.
    pub async fn answering<F, A>(store: &str, before: F) -> Self
    where
        F: Fn(Parts) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Option<StatusCode>> + Send,
    {
        Self::start(store, before, |_| {}).await
    }

    async fn start<F, A>(store: &str, before: F, change: fn(&mut HeaderMap)) -> Self
    where
        F: Fn(Parts) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Option<StatusCode>> + Send,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (client, store) = (reqwest::Client::new(), store.to_owned());
        let methods = Arc::new(Mutex::new(Vec::new()));
        let seen = methods.clone();
        let pass = move |request: Request| {
            let (client, store, seen, before) = (client.clone(), store.clone(), seen.clone(), before.clone());
            async move {
                let (head, body) = request.into_parts();
                seen.lock().unwrap().push(head.method.to_string());
                if let Some(status) = before(head.clone()).await {
                    let mut answered = Response::new(Body::empty());
                    *answered.status_mut() = status;
                    return answered;
                }
                let answer = client
                    .request(head.method, format!("{store}{}", head.uri))
                    .headers(head.headers)
                    .body(to_bytes(body, usize::MAX).await.unwrap())
                    .send()
                    .await
                    .unwrap();
                let (status, mut headers) = (answer.status(), answer.headers().clone());
                headers.remove("transfer-encoding");
                change(&mut headers);
                let mut passed = Response::new(Body::from(answer.bytes().await.unwrap()));
                *passed.status_mut() = status;
                *passed.headers_mut() = headers;
                passed
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(pass)).await });
        Self { address, methods }
    }
}
