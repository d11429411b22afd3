//! Files and APIs at a URL.
//!
//! Invariant: headers and other secrets go to the origin of the source's path only, and are in no message, no log and no
//! document: a source is called by its path as it is written, without what may be a secret in it.
//!
//! Entry points: [`list`], [`Address::fetch`].

mod beyond;
mod client;
mod failure;
mod next;
mod pages;
mod records;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::{Method, Response, header};
use url::Url;

use self::client::Client;
use self::failure::Failure;
use super::growing::{Growing, Origin};
use super::{Place, RawFile, SourceError, new_file};
use crate::project::{Cursor, Project, SourceConfig};
use crate::state::InputFile;

pub(super) use beyond::Api;

/// Where a file is, and how it is asked for.
#[derive(Debug)]
pub(super) struct Address {
    client: Client,
}

/// What a server says of a file.
struct Told {
    version: Option<String>,
    modified: Option<Timestamp>,
    bytes: u64,
}

/// Whether a path is a URL that requests are made to.
pub(super) fn is_url(path: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        path.get(..scheme.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    })
}

/// What a URL is called: as it is written, without user, password and query.
pub(super) fn label(config: &SourceConfig) -> String {
    let written = config.written.split(['?', '#']).next().unwrap_or_default();
    match written.split_once("://") {
        Some((scheme, rest)) => {
            let host_end = rest.find('/').unwrap_or(rest.len());
            let host_begin = rest[..host_end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[host_begin..])
        }
        None => written.to_owned(),
    }
}

/// The part of a path that has the extension: of a URL without its query.
pub(super) fn path_of(path: &str) -> &str {
    match is_url(path) {
        true => path.split(['?', '#']).next().unwrap_or(path),
        false => path,
    }
}

/// The file at a source's URL, or the records of its API, which have been fetched then to `folder`.
pub(super) async fn list(
    project: &Project,
    config: &SourceConfig,
    folder: &Path,
) -> Result<Vec<RawFile>, SourceError> {
    let label = label(config);
    let named = |problem: String| SourceError::one(format!("{label}: {problem}"));
    let client = Client::new(project, config).map_err(named)?;
    if let Some(cursor) = &config.cursor {
        let Cursor::Parameter(cursor) = cursor else {
            return Err(named(
                "an API is asked for what is new by a parameter: write cursor = { column = \"updated_at\", parameter = \
                 \"since\" }"
                    .to_owned(),
            ));
        };
        let origin = Origin::Api(Box::new(Api::new(client, config, &cursor.parameter, &label)));
        return Ok(vec![
            Growing::new(origin, &cursor.column, folder).into_file(label),
        ]);
    }
    let file = match (&config.records, &config.pagination) {
        (None, None) => one_file(client, folder, &label).await,
        _ => pages::fetch(&client, config, folder, &label).await,
    };
    Ok(vec![file.map_err(named)?])
}

/// A file that the server has a version of; any other is fetched at once, for only its content tells whether it changed.
async fn one_file(client: Client, folder: &Path, label: &str) -> Result<RawFile, String> {
    let url = client.url().clone();
    // Some servers know no HEAD, and addresses that are signed are signed for GET: that one is tried again where it may go
    // well, and tells what is wrong.
    let head = client.send(Method::HEAD, &url).await;
    if let Ok(told) = head.as_ref().map(told)
        && let Some(version) = told.version
    {
        return Ok(RawFile {
            input: InputFile {
                path: label.to_owned(),
                bytes: told.bytes,
                version,
                hash: None,
                position: None,
            },
            modified: told.modified.unwrap_or_else(Timestamp::now),
            place: Place::Web(Arc::new(Address { client })),
        });
    }
    let (path, got, content) = client
        .retried(async || {
            let response = client.send(Method::GET, &url).await?;
            let told = told(&response);
            let path = new_file(folder, client.name()).map_err(Failure::lasting)?;
            let content = client::save(response, &path).await?;
            Ok((path, told, content))
        })
        .await?;
    Ok(RawFile {
        input: InputFile {
            path: label.to_owned(),
            bytes: content.bytes,
            version: got.version.unwrap_or(content.version),
            hash: None,
            position: None,
        },
        modified: got.modified.unwrap_or_else(Timestamp::now),
        place: Place::Listed(path),
    })
}

impl Address {
    /// What tells two addresses apart. May hold secrets.
    pub fn identity(&self) -> &str {
        self.client.url().as_str()
    }

    /// The name of the file, by which DuckDB knows how it is compressed.
    pub fn name(&self) -> &str {
        self.client.name()
    }

    /// Fetches the file in the version that was listed.
    pub async fn fetch(&self, file: &InputFile, path: &Path) -> Result<(), String> {
        let fetch = async || {
            let response = self.client.send(Method::GET, self.client.url()).await?;
            let is_other = told(&response)
                .version
                .is_some_and(|version| version != file.version);
            if is_other {
                return Err(Failure::lasting(
                    "it was replaced while it was read: run again, to take in the new one",
                ));
            }
            client::save(response, path).await.map(drop)
        };
        self.client.retried(fetch).await
    }
}

fn told(response: &Response) -> Told {
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let modified = text(header::LAST_MODIFIED);
    Told {
        version: text(header::ETAG).or(modified).map(str::to_owned),
        modified: modified.and_then(|time| DateTimeParser::new().parse_timestamp(time).ok()),
        bytes: text(header::CONTENT_LENGTH)
            .and_then(|bytes| bytes.parse().ok())
            .unwrap_or_default(),
    }
}

/// An address relative to another, in the form in which addresses are compared.
fn joined(base: &Url, reference: &str) -> Result<Url, String> {
    let mut url = base
        .join(reference)
        .map_err(|error| format!("the address that it names is none: {error}"))?;
    // Servers behind one that decrypts often do not know that they are asked for by https.
    let is_same_host = url.host() == base.host() && url.port().is_none() && base.port().is_none();
    if url.scheme() == "http" && base.scheme() == "https" && is_same_host {
        // Between these two schemes it cannot fail.
        let _ = url.set_scheme("https");
    }
    url.set_fragment(None);
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "it leads to an address of {}, which is not http",
            url.scheme()
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label_of(path: &str) -> String {
        let mut config: SourceConfig = toml::from_str(&format!("path = '{path}'")).expect("parses");
        config.written = path.to_owned();
        label(&config)
    }

    #[test]
    fn a_label_has_no_secrets() {
        assert_eq!(
            label_of("https://a:b@host/x.csv?key=${KEY}#top"),
            "https://host/x.csv"
        );
        assert_eq!(label_of("https://host:8/x@y.csv"), "https://host:8/x@y.csv");
        assert_eq!(label_of("https://${HOST}"), "https://${HOST}");
        assert_eq!(label_of("${URL}"), "${URL}");
    }

    #[test]
    fn addresses_are_relative_to_another_and_stay_encrypted() {
        let base = Url::parse("https://host/v1/items?page=1").expect("a URL");
        let to = |reference: &str| joined(&base, reference).map(String::from);
        assert_eq!(to("?page=2").as_deref(), Ok("https://host/v1/items?page=2"));
        assert_eq!(to("/x").as_deref(), Ok("https://host/x"));
        assert_eq!(to("http://host/x#y").as_deref(), Ok("https://host/x"));
        assert_eq!(to("http://other/x").as_deref(), Ok("http://other/x"));
        assert!(to("file:///etc/passwd").is_err());
    }
}
