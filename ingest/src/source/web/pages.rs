//! The records of an API, page by page, as one file with a record in each line.
//!
//! Invariant: all pages or none; what would go on without end is refused.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use url::Url;

use super::client::{Client, version_of};
use super::failure::{Failure, beginning};
use super::next::{self, Page};
use super::records;
use crate::log;
use crate::project::{Pagination, SourceConfig};
use crate::source::{Place, RawFile, new_file};
use crate::state::InputFile;

/// A page is read into memory.
const LARGEST_PAGE_BYTES: usize = 1 << 29;
/// Options that tell DuckDB what columns there are, also of no records.
pub(super) const COLUMNS: &str = "columns";
/// Says that nothing tells the columns.
pub(super) const NO_RECORDS: &str = "it gave no records, so that nothing tells which columns there are: check path and \
                                     records in ingest.toml, or declare them, as in options = { columns = { id = \
                                     \"BIGINT\" } }";

/// Fetches all records.
pub(super) async fn fetch(
    client: &Client,
    config: &SourceConfig,
    folder: &Path,
    label: &str,
) -> Result<RawFile, String> {
    let path = new_file(folder, "records.ndjson")?;
    let fetched = fetch_to(&path, client, client.url(), config, label, &mut |_| Ok(true)).await?;
    if fetched.records == 0 && !config.options.contains_key(COLUMNS) {
        return Err(NO_RECORDS.to_owned());
    }
    Ok(RawFile {
        input: InputFile {
            path: label.to_owned(),
            bytes: fetched.bytes,
            version: fetched.version,
            hash: None,
            position: None,
        },
        modified: Timestamp::now(),
        place: Place::Listed(path),
    })
}

/// What was fetched.
pub(super) struct Fetched {
    /// Records that were written.
    pub records: u64,
    pub bytes: u64,
    pub version: String,
}

/// Writes the records of all pages from an address on to a file, those that are wanted.
pub(super) async fn fetch_to(
    path: &Path,
    client: &Client,
    first: &Url,
    config: &SourceConfig,
    label: &str,
    is_wanted: &mut impl FnMut(&RawValue) -> Result<bool, String>,
) -> Result<Fetched, String> {
    let of_file = |error: std::io::Error| format!("cannot write to {}: {error}", path.display());
    let mut lines = Lines {
        out: BufWriter::new(File::create(path).map_err(of_file)?),
        hash: Sha256::new(),
        bytes: 0,
    };
    let mut written = 0;
    let mut url = match &config.pagination {
        Some(pagination) => next::first(pagination, first),
        None => first.clone(),
    };
    let mut asked = HashSet::from([url.clone()]);
    let (mut pages, mut count, mut hash_before) = (0_u64, 0_u64, None);
    loop {
        let of_page = |problem: String| match config.pagination {
            Some(_) => format!("page {}: {}", pages + 1, client.without_secrets(&problem)),
            None => client.without_secrets(&problem),
        };
        let (headers, body) = one_page(client, &url).await.map_err(of_page)?;
        let answer: &RawValue = parsed(&body).map_err(of_page)?;
        let found = records::records(answer, config.records.as_deref()).map_err(of_page)?;
        for record in &found {
            if is_wanted(record).map_err(of_page)? {
                records::write_line(&mut lines, record).map_err(of_file)?;
                written += 1;
            }
        }
        let Some(pagination) = &config.pagination else {
            break;
        };
        let page = Page {
            url: &url,
            headers: &headers,
            answer,
            records: found.len(),
            before: pages,
            records_before: count,
        };
        let Some(following) = next::next(pagination, &page).map_err(of_page)? else {
            warn_of_one_page(pagination, &page, label);
            break;
        };
        if !client.may_be_told(&following) {
            return Err(of_page(format!(
                "the next page is at {}, and headers of the source go to {} only: correct path in ingest.toml",
                following.origin().ascii_serialization(),
                client.url().origin().ascii_serialization()
            )));
        }
        let hash = Some(Sha256::digest(&body));
        if hash == hash_before && !found.is_empty() {
            return Err(of_page(format!(
                "it is the same as the page before: {}",
                is_ignored(pagination)
            )));
        }
        if !asked.insert(following.clone()) {
            return Err(of_page("it leads back to a page that was read".to_owned()));
        }
        count += found.len() as u64;
        pages += 1;
        if pages >= u64::from(pagination.max_pages()) {
            return Err(format!(
                "there are more than {pages} pages: raise max_pages of pagination in ingest.toml, if they have an end"
            ));
        }
        (url, hash_before) = (following, hash);
    }
    lines.out.flush().map_err(of_file)?;
    Ok(Fetched {
        records: written,
        bytes: lines.bytes,
        version: version_of(lines.hash),
    })
}

async fn one_page(client: &Client, url: &Url) -> Result<(HeaderMap, Vec<u8>), String> {
    client
        .retried(async || {
            let mut response = client.send(Method::GET, url).await?;
            let headers = response.headers().clone();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(Failure::of_request)? {
                body.extend_from_slice(&chunk);
                if body.len() > LARGEST_PAGE_BYTES {
                    return Err(Failure::lasting(format!(
                        "the answer is larger than {} MiB: ask for smaller pages",
                        LARGEST_PAGE_BYTES >> 20
                    )));
                }
            }
            Ok((headers, body))
        })
        .await
}

fn parsed(body: &[u8]) -> Result<&RawValue, String> {
    serde_json::from_slice(body).map_err(|error| {
        format!(
            "the answer is no JSON ({error}); it begins with: {}",
            beginning(&String::from_utf8_lossy(&body[..body.len().min(4096)]))
        )
    })
}

/// A misspelt path of the cursor looks as if there were one page.
fn warn_of_one_page(pagination: &Pagination, page: &Page<'_>, label: &str) {
    let Pagination::Cursor { next, .. } = pagination else {
        return;
    };
    if page.before == 0 && page.records > 0 && records::at(page.answer, next).is_none() {
        log::warning(&format!(
            "{label}: there is no {next} in its first page, which was taken for the only one: check next of pagination in \
             ingest.toml"
        ));
    }
}

/// What to look at where pages do not differ.
fn is_ignored(pagination: &Pagination) -> String {
    match pagination {
        Pagination::Page { parameter, .. }
        | Pagination::Offset { parameter, .. }
        | Pagination::Cursor {
            parameter: Some(parameter),
            ..
        } => format!("does the API know the parameter {parameter}? Correct pagination in ingest.toml"),
        _ => "the API leads in a circle; check pagination in ingest.toml".to_owned(),
    }
}

/// Lines that are hashed and counted as they are written.
struct Lines {
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Lines {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
