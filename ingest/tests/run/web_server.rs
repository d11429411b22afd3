//! A web server for a test, which notes what it is asked for.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use tokio::runtime::Runtime;

/// What a server was asked for.
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    /// Requests before it.
    pub before: usize,
}

impl Asked {
    /// The value of a parameter of the URL.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        pairs
            .into_iter()
            .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }
}

/// A running server, which ends with the test.
pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Server {
    /// A server that answers by the function.
    pub fn start(answer: impl Fn(&Asked) -> Response<Body> + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (noted, answer) = (asked.clone(), Arc::new(answer));
        let router = Router::new().fallback(move |request: Request<Body>| {
            let (noted, answer) = (noted.clone(), answer.clone());
            async move {
                let (parts, _) = request.into_parts();
                let before = {
                    let mut noted = noted.lock().expect("no panic");
                    noted.push(format!("{} {}", parts.method, parts.uri));
                    noted.len() - 1
                };
                answer(&Asked {
                    method: parts.method,
                    uri: parts.uri,
                    headers: parts.headers,
                    before,
                })
            }
        });
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(axum::serve(listener, router).into_future());
        Self {
            url,
            asked,
            _runtime: runtime,
        }
    }

    /// Requests since this was asked last, as `GET /x`.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("no panic"))
    }
}

/// An answer with these headers.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Body> {
    let mut answer = Response::new(Body::from(body.to_owned()));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().expect("a name");
        answer.headers_mut().append(name, value.parse().expect("a value"));
    }
    answer
}

/// An answer in JSON.
pub fn json(body: &str) -> Response<Body> {
    answer(200, &[("content-type", "application/json")], body)
}
