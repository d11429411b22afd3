//! Objects of buckets that a statement names: `FROM 's3://bucket/key.parquet'`, also with `*` in the key. CSV and JSON are
//! fetched whole.
//!
//! Entry points: [`Objects::of`], [`Objects::view`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::hollow::{Hollows, Object};
use super::make_view;
use crate::engine::{Engine, Reference, sql};
use crate::project::{Project, SourceConfig, SourceFormat};
use crate::source::{self, RawFile, Stage};
use crate::target::Traffic;

const SCHEME: &str = "s3://";

/// What stands for the objects of one address.
#[derive(Debug)]
struct Address {
    /// As the statement has it.
    name: String,
    /// DuckDB's reader of files that are fetched whole; none of Parquet, which is read by ranges.
    reader: Option<&'static str>,
    files: Vec<RawFile>,
}

/// The objects that a statement names.
#[derive(Debug)]
pub(super) struct Objects {
    addresses: Vec<Address>,
    folder: PathBuf,
}

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
            let reader = match source::format_of(&config) {
                Ok(SourceFormat::Parquet) => None,
                Ok(SourceFormat::Csv) => Some("read_csv"),
                Ok(SourceFormat::Json) => Some("read_json"),
                Ok(SourceFormat::Arrow | SourceFormat::Excel) => bail!(
                    "{name} is of no format that is read here: name objects that end in .parquet, .csv, .tsv or .json, or \
                     make it a source of a project, and query the table"
                ),
                Err(_) => bail!(
                    "{name} does not end as a format does: name objects that end in .parquet, .csv, .tsv or .json"
                ),
            };
            let files = source::list(project, &config, &folder).await?;
            if files.is_empty() {
                bail!("no object matches {name}");
            }
            addresses.push(Address {
                name: name.to_owned(),
                reader,
                files,
            });
        }
        Ok(Self { addresses, folder })
    }

    /// Makes a view for each address, under the address as its name.
    pub async fn view<'a>(
        &'a self,
        engine: &Engine,
        hollows: &mut Hollows<'a>,
        traffic: &Traffic,
    ) -> anyhow::Result<()> {
        let stage = Stage::new(self.folder.clone());
        for address in &self.addresses {
            if let Some(reader) = address.reader {
                let files = stage.bring(&address.files).await?;
                address
                    .files
                    .iter()
                    .for_each(|file| traffic.read(file.input.bytes));
                let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
                let select = format!("SELECT * FROM {reader}({})", sql::paths(&paths));
                make_view(engine, &address.name, &select)?;
            } else {
                let objects = address.files.iter().filter_map(Object::listed).collect();
                hollows.add(engine, &address.name, None, objects, traffic).await?;
            }
        }
        Ok(())
    }
}
