//! Objects of buckets that a statement names: `FROM 's3://bucket/key.parquet'`, also with `*` in the key.
//!
//! Parquet is read by ranges: its columns that the statement looks at, and where a LIMIT lets the first rows do, their row
//! groups. Other formats are fetched whole. DuckDB has no S3 client of its own here.
//!
//! Invariant: an object is read in the version that was listed, or the statement fails.
//!
//! Entry points: [`Objects::of`], [`Objects::view`], then [`Hollows::fill`].

mod demand;
mod hollow;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use futures::{StreamExt, TryStreamExt, stream};

use crate::data_files;
use crate::engine::{Engine, Reference, sql};
use crate::project::{Project, SourceConfig, SourceFormat};
use crate::source::{self, RawFile, Stage};
use crate::target::Traffic;
use demand::Demand;
use hollow::Hollow;

/// Footers that are read at the same time.
const FOOTERS: usize = 16;
const SCHEME: &str = "s3://";

/// What stands for the objects of one address.
#[derive(Debug)]
struct Address {
    /// As the statement has it.
    name: String,
    format: SourceFormat,
    files: Vec<RawFile>,
}

/// The objects that a statement names.
#[derive(Debug)]
pub(super) struct Objects {
    addresses: Vec<Address>,
    folder: PathBuf,
}

/// Parquet files with holes, by the address that they are of.
#[derive(Debug)]
pub(super) struct Hollows<'a>(Vec<(&'a str, Vec<Hollow<'a>>)>);

/// Whether a table's name is an address of objects.
pub(super) fn is_address(name: &str) -> bool {
    name.starts_with(SCHEME)
}

impl Objects {
    /// Lists what the references name.
    pub async fn of(project: &Project, references: &[Reference], folder: PathBuf) -> anyhow::Result<Self> {
        let names: BTreeSet<&str> = references
            .iter()
            .map(|reference| reference.table.as_str())
            .filter(|name| is_address(name))
            .collect();
        let mut addresses = Vec::new();
        for name in names {
            let config = SourceConfig::of_path(name);
            let Ok(format) = source::format_of(&config) else {
                bail!(
                    "{name} does not end as a format does: name objects that end in .parquet, .csv, .tsv or .json"
                );
            };
            let files = source::list(project, &config, &folder).await?;
            if files.is_empty() {
                bail!("no object matches {name}");
            }
            addresses.push(Address {
                name: name.to_owned(),
                format,
                files,
            });
        }
        Ok(Self { addresses, folder })
    }

    /// Makes a view for each address, under the address as its name. Of Parquet nothing but the schema is there then.
    pub async fn view(&self, engine: &Engine, traffic: &Traffic) -> anyhow::Result<Hollows<'_>> {
        if !self.addresses.is_empty() {
            std::fs::create_dir_all(&self.folder)
                .with_context(|| format!("cannot write to {}", self.folder.display()))?;
        }
        let stage = Stage::new(self.folder.join("whole"));
        let mut hollows = Vec::new();
        for (number, address) in self.addresses.iter().enumerate() {
            if address.format == SourceFormat::Parquet {
                let files = stream::iter(address.files.iter().enumerate())
                    .map(|(index, file)| {
                        let path = self.folder.join(format!("{number:03}-{index:06}.parquet"));
                        Hollow::open(file, path, traffic)
                    })
                    .buffered(FOOTERS)
                    .try_collect::<Vec<_>>()
                    .await?;
                let paths: Vec<&Path> = files.iter().map(Hollow::path).collect();
                make_view(engine, &address.name, &data_files::relation(&paths))?;
                hollows.push((address.name.as_str(), files));
            } else {
                let files = stage.bring(&address.files).await?;
                address
                    .files
                    .iter()
                    .for_each(|file| traffic.read(file.input.bytes));
                let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
                let function = if address.format == SourceFormat::Csv {
                    "read_csv"
                } else {
                    "read_json"
                };
                let relation = format!("{function}({})", sql::paths(&paths));
                make_view(engine, &address.name, &relation)?;
            }
        }
        Ok(Hollows(hollows))
    }
}

impl Hollows<'_> {
    /// Fetches what the statement reads, if its first `limit` rows are wanted, or all.
    pub async fn fill(
        &self,
        engine: &Engine,
        statement: &str,
        limit: Option<u64>,
        traffic: &Traffic,
    ) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let demand = Demand::of(engine, statement, limit)?;
        for (name, files) in &self.0 {
            let mut missing = demand.rows;
            let mut read: Vec<&Path> = Vec::new();
            for file in files {
                if missing == Some(0) && !read.is_empty() {
                    break;
                }
                let rows = file.fill(&demand, missing, traffic).await?;
                missing = missing.map(|missing| missing.saturating_sub(rows));
                read.push(file.path());
            }
            if read.len() < files.len() {
                make_view(engine, name, &data_files::relation(&read))?;
            }
        }
        Ok(())
    }
}

fn make_view(engine: &Engine, name: &str, relation: &str) -> anyhow::Result<()> {
    let view = sql::identifier(name);
    engine
        .execute(&format!(
            "CREATE OR REPLACE VIEW gold.{view} AS SELECT * FROM {relation}"
        ))
        .with_context(|| format!("cannot read {name}"))
}
