//! Tables of a PostgreSQL server.
//!
//! Nothing tells whether a table is what it was, but its rows: these are read by a listing, as those of an API are.
//!
//! Invariant: all rows are of one state of the database, nothing is written to it, and a few rows are in memory at a time.
//!
//! Entry points: [`Postgres::list`], [`Postgres::window`].

mod address;
mod beyond;
mod copy;
mod failure;
mod numeric;
mod types;

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use tokio_postgres::Client;

use self::address::Address;
use self::copy::Copied;
use self::failure::Failure;
use super::Relation;
use crate::project::{Project, SourceConfig};
use crate::source::growing::{Answer, Asked};
use crate::source::{Place, RawFile, new_file};
use crate::state::InputFile;

pub(in crate::source) use address::is_address;

/// A connection to the database of a URL, for those who write to one. `named` is what the URL is called in messages.
pub(crate) async fn connect(project: &Project, url: &str, named: &'static str) -> Result<Client, String> {
    let address = Address::of(project, url, None, named)?;
    address.connect().await.map_err(|failure| failure.problem)
}

const ROWS: &str = "rows.parquet";

/// A table or query of a server.
pub(in crate::source) struct Postgres {
    address: Address,
    relation: Relation,
    /// How long the server may be silent.
    silence: Option<Duration>,
    max_retries: usize,
    retry_timeout: Duration,
    label: String,
}

impl Postgres {
    /// The table or query of a source.
    pub(in crate::source::database) fn of(
        project: &Project,
        config: &SourceConfig,
        relation: &Relation,
    ) -> Result<Self, String> {
        let settings = project.settings();
        Ok(Self {
            address: Address::of(project, &config.path, config.timeout, "path in ingest.toml")?,
            relation: relation.clone(),
            silence: config.timeout,
            max_retries: match settings.retry_timeout.is_zero() {
                true => 0,
                false => settings.max_retries,
            },
            retry_timeout: settings.retry_timeout,
            label: format!("{}/{}", crate::source::shown(config), relation.name()),
        })
    }

    /// What it is called.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// All rows, which are read to `folder`.
    pub async fn list(&self, folder: &Path) -> Result<RawFile, String> {
        let path = new_file(folder, ROWS)?;
        let copied = self.read(&path, None).await?;
        Ok(RawFile {
            input: InputFile {
                path: self.label.clone(),
                bytes: copied.answer.bytes,
                version: copied.version,
                hash: None,
                position: None,
            },
            modified: Timestamp::now(),
            place: Place::Listed(path),
        })
    }

    /// The rows that are asked for.
    pub async fn window(&self, asked: Asked<'_>, path: &Path) -> Result<Answer, String> {
        Ok(self.read(path, Some(asked)).await?.answer)
    }

    async fn read(&self, path: &Path, asked: Option<Asked<'_>>) -> Result<Copied, String> {
        let waits = ExponentialBuilder::default()
            .with_max_times(self.max_retries)
            .with_jitter();
        let begun = Instant::now();
        let fetch = async || copy::fetch(&self.address, &self.relation, self.silence, path, asked).await;
        let copied = fetch
            .retry(waits)
            .when(|failure: &Failure| failure.is_passing)
            .adjust(|_, wait| wait.filter(|wait| begun.elapsed() + *wait <= self.retry_timeout))
            .await
            .map_err(|failure| failure.problem)?;
        for column in &copied.as_text {
            crate::log::warning(&format!(
                "{}: column {column} is numeric without a number of digits, or with more than 38: it is read as text, so \
                 that none is lost; write {column}::numeric(18, 2) in a query to have numbers",
                self.label
            ));
        }
        Ok(copied)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}
