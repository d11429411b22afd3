//! Objects of buckets that a statement names: `FROM 's3://bucket/key.parquet'`, also with `*` in the key. Formats other than
//! Parquet are fetched whole.
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
    format: SourceFormat,
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

    /// Makes a view for each address, under the address as its name.
    pub async fn view<'a>(
        &'a self,
        engine: &Engine,
        hollows: &mut Hollows<'a>,
        traffic: &Traffic,
    ) -> anyhow::Result<()> {
        let stage = Stage::new(self.folder.clone());
        for address in &self.addresses {
            if address.format == SourceFormat::Parquet {
                let objects = address.files.iter().filter_map(Object::listed).collect();
                hollows.add(engine, &address.name, None, objects, traffic).await?;
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
                let select = format!("SELECT * FROM {function}({})", sql::paths(&paths));
                make_view(engine, &address.name, &select)?;
            }
        }
        Ok(())
    }
}
