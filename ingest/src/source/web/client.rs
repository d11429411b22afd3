//! Requests to one origin, each repeated while it may go well, with redirects followed.
//!
//! Invariant: headers of the source and the password of its path go to the path's origin only. A client library would
//! take custom headers along to whatever host a redirect names.

use std::path::Path;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Method, Response};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use url::{Origin, Url};

use super::failure::{Failure, is_web_page};
use super::joined;
use crate::project::{Project, SourceConfig};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may be silent, where the source does not say.
const SILENCE: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Times that a server is tried that is not there.
const UNREACHABLE: usize = 3;
const REDIRECTS: usize = 10;
/// Shorter texts are no secrets, and removing them would spoil messages.
const SHORTEST_SECRET: usize = 4;

/// A client for the URL of a source.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    max_retries: usize,
    retry_timeout: Duration,
}

/// What was written to a file.
pub(super) struct Content {
    pub bytes: u64,
    /// A hash of it.
    pub version: String,
}

impl Client {
    /// A client by the project's settings.
    pub fn new(project: &Project, config: &SourceConfig) -> Result<Self, String> {
        let url = Url::parse(&config.path)
            .map_err(|error| format!("it is no valid URL ({error}): check path in ingest.toml"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in config.headers.iter() {
            let known =
                HeaderName::try_from(name).map_err(|_| format!("headers: {name} is no name of a header"))?;
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| format!("headers.{name} has characters that a header cannot have"))?;
            value.set_sensitive(true);
            headers.insert(known, value);
        }
        let http = reqwest::Client::builder()
            .user_agent(concat!("ingest/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(config.timeout.unwrap_or(SILENCE))
            .build()
            .map_err(|error| format!("cannot make requests: {error}"))?;
        let settings = project.settings();
        Ok(Self {
            http,
            url,
            headers,
            max_retries: match settings.retry_timeout.is_zero() {
                true => 0,
                false => settings.max_retries,
            },
            retry_timeout: settings.retry_timeout,
        })
    }

    /// The URL of the source.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The last part of the URL's path.
    pub fn name(&self) -> &str {
        self.url.path().rsplit('/').next().unwrap_or_default()
    }

    /// Whether a request to the address is sent with what the source has for its own.
    pub fn may_be_told(&self, url: &Url) -> bool {
        url.origin() == self.url.origin() || (self.headers.is_empty() && self.url.password().is_none())
    }

    /// One request, whose answer is what was asked for.
    pub async fn send(&self, method: Method, url: &Url) -> Result<Response, Failure> {
        let mut url = url.clone();
        for _ in 0..REDIRECTS {
            let response = self.request(method.clone(), url.clone()).await?;
            let status = response.status();
            if status.is_success() {
                return match is_web_page(&response) {
                    true => Err(Failure::lasting(
                        "it answers with a web page for people (text/html): check path in ingest.toml, and whether a \
                         login is asked for",
                    )),
                    false => Ok(response),
                };
            }
            let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let Some(location) = location.filter(|_| status.is_redirection()) else {
                return Err(Failure::of_answer(response).await);
            };
            url = joined(&url, location).map_err(Failure::lasting)?;
        }
        Err(Failure::lasting(format!(
            "it was redirected {REDIRECTS} times: check path in ingest.toml"
        )))
    }

    async fn request(&self, method: Method, mut url: Url) -> Result<Response, Failure> {
        let is_own = matches!(url.origin(), Origin::Tuple(..)) && url.origin() == self.url.origin();
        // These fail for URLs without a host only.
        let _ = url.set_username(if is_own { self.url.username() } else { "" });
        let _ = url.set_password(if is_own { self.url.password() } else { None });
        let mut request = self.http.request(method, url);
        if is_own {
            request = request.headers(self.headers.clone());
        }
        request.send().await.map_err(Failure::of_request)
    }

    /// Does something with requests again until it goes well, it cannot, or it took as long as the settings say.
    pub async fn retried<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, String>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let (begun, mut asked, mut unreachable) = (Instant::now(), 1, 0);
        let waits = ExponentialBuilder::default()
            .with_min_delay(FIRST_WAIT)
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(self.max_retries)
            .with_jitter();
        let done = attempt
            .retry(waits)
            .when(|failure: &Failure| {
                unreachable += usize::from(failure.is_unreachable);
                failure.is_passing && unreachable < UNREACHABLE
            })
            .adjust(|failure, wait| {
                let wait = wait?.max(failure.wait.unwrap_or_default());
                (begun.elapsed() + wait <= self.retry_timeout).then_some(wait)
            })
            .notify(|_, _| asked += 1)
            .await;
        done.map_err(|failure| {
            let wait = failure.wait.filter(|wait| *wait > self.retry_timeout);
            let told = match (asked, wait) {
                (_, Some(wait)) => format!(
                    " (it asks to wait {}, longer than retry_timeout)",
                    humantime::format_duration(wait)
                ),
                (1, None) => String::new(),
                (asked, None) => format!(" (asked {asked} times)"),
            };
            self.without_secrets(&format!("{}{told}", failure.problem))
        })
    }

    /// A text in which a server may have repeated what it was told, without that.
    pub fn without_secrets(&self, text: &str) -> String {
        let values = self.headers.values().filter_map(|value| value.to_str().ok());
        // Of `Bearer abc` a server may repeat the second part only.
        let parts = values.flat_map(|value| value.split_whitespace().chain([value]));
        let of_url = self.url.password().map(str::to_owned);
        let of_query = self.url.query_pairs().map(|(_, value)| value.into_owned());
        let mut secrets: Vec<String> = parts.map(str::to_owned).chain(of_url).chain(of_query).collect();
        secrets.retain(|secret| {
            secret.len() >= SHORTEST_SECRET && !["Basic", "Bearer", "Token"].contains(&secret.as_str())
        });
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), "***")
        })
    }
}

/// Writes the body of an answer to a file.
pub(super) async fn save(mut response: Response, path: &Path) -> Result<Content, Failure> {
    let of_file =
        |error: std::io::Error| Failure::lasting(format!("cannot write to {}: {error}", path.display()));
    let mut file = tokio::fs::File::create(path).await.map_err(of_file)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    while let Some(chunk) = response.chunk().await.map_err(Failure::of_request)? {
        hash.update(&chunk);
        bytes += chunk.len() as u64;
        file.write_all(&chunk).await.map_err(of_file)?;
    }
    file.flush().await.map_err(of_file)?;
    Ok(Content {
        bytes,
        version: version_of(hash),
    })
}

/// A version that is a hash of a content.
pub(super) fn version_of(hash: Sha256) -> String {
    format!("sha256:{}", hex::encode(&hash.finalize()[..16]))
}
