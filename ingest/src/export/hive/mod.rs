//! Tables for engines that read the Hive layout by way of a metastore: Athena, Trino, Presto.
//!
//! A folder of data files has those of earlier snapshots too, so a table's location is a folder of lists (`layout`), which
//! such engines follow by `SymlinkTextInputFormat`. The statement (`ddl`) or document (`glue`) that makes the table says
//! the rest.
//!
//! Invariant: a list names the files of one snapshot; a column is read as it is, or refused by name.
//!
//! Entry point: [`write`].

mod column;
mod ddl;
mod glue;
mod layout;
mod partition;

use anyhow::bail;
use catalog::TableManifest;

use super::hold::Hold;
use super::refusal;
use super::uri;
use crate::log;
use crate::target::{Location, Target};
use column::HiveColumn;
use partition::HivePartition;

/// Reads a file that lists files.
const INPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat";
const OUTPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
const SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
/// The folder of the lists below that of all exports, and what a list is called.
const FORMAT: &str = "hive";
const LIST: &str = "manifest";

/// Who makes the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Athena, by a statement.
    Athena,
    /// The Glue catalog, by its API.
    Glue,
    /// Whoever runs a statement against a Hive metastore.
    Metastore,
}

/// A table as the metastore is to have it.
#[derive(Debug)]
struct HiveTable {
    /// Its name in the catalog.
    original: String,
    /// Its name for Hive, which does not tell upper case from lower case.
    name: String,
    description: Option<String>,
    /// Those that are in the files and not in the partitions.
    columns: Vec<HiveColumn>,
    partition_columns: Vec<HiveColumn>,
    partitions: Vec<HivePartition>,
    /// The folder of the lists, with a slash at its end.
    location: String,
    rows: u64,
    snapshot: String,
}

/// Writes the lists of each table's files. Returns what makes the tables.
pub(super) async fn write(
    target: &Target,
    reader: Reader,
    snapshot: &str,
    tables: &[(String, TableManifest)],
) -> anyhow::Result<String> {
    if reader != Reader::Metastore
        && let Location::Folder(_) = &target.location
    {
        bail!(
            "target {} is the folder {}, and Athena and Glue read buckets: choose a target that is one, as in --target NAME \
             with gold = \"s3://bucket/prefix\" in ingest.toml, and run `ingest run` for it first",
            target.name,
            target.address
        );
    }
    if reader == Reader::Glue && tables.len() > 1 {
        bail!("a Glue document describes one table: run `ingest export` once for each");
    }
    // All is checked before any of it is written.
    let mut described = Vec::new();
    for (key, manifest) in tables {
        let table = HiveTable::of(target, reader, snapshot, manifest)?;
        described.push((key, manifest, table));
    }
    let mut text = String::new();
    for (key, manifest, table) in described {
        let hold = Hold::take(target, FORMAT, &manifest.table, key).await?;
        layout::write(target, manifest, &table.partitions).await?;
        hold.finish(|held| held == key).await?;
        if reader == Reader::Glue && !table.partitions.is_empty() {
            log::note(&format!(
                "{} has partitions, which Athena finds by: MSCK REPAIR TABLE {}",
                manifest.table, table.name
            ));
        }
        text.push_str(&match reader {
            Reader::Glue => glue::document(&table),
            Reader::Athena | Reader::Metastore => ddl::statements(&table, reader),
        });
    }
    Ok(text)
}

impl HiveTable {
    fn of(target: &Target, reader: Reader, snapshot: &str, manifest: &TableManifest) -> anyhow::Result<Self> {
        let table = &manifest.table;
        column::check_name(table).map_err(|reason| anyhow::anyhow!("table {table} {reason}"))?;
        let mut refusals: Vec<String> = refusal::scattered(manifest).collect();
        let columns = column::columns(manifest, &mut refusals);
        let partitions = partition::partitions(manifest, reader, &mut refusals);
        if !refusals.is_empty() {
            bail!("table {table} cannot be read as it is:\n{}", refusals.join("\n"));
        }
        let (partition_columns, columns): (Vec<HiveColumn>, Vec<HiveColumn>) = columns
            .into_iter()
            .partition(|column| manifest.partition_by.contains(&column.original));
        if columns.is_empty() {
            bail!(
                "table {table} has no columns beside those of partition_by, which no Hive table may: add one"
            );
        }
        let ordered = manifest
            .partition_by
            .iter()
            .filter_map(|name| partition_columns.iter().find(|column| column.original == *name))
            .cloned()
            .collect();
        Ok(Self {
            original: table.clone(),
            name: table.to_lowercase(),
            description: manifest.description.clone(),
            columns,
            partition_columns: ordered,
            partitions,
            location: format!("{}/", uri(target, &layout::folder(table))?),
            rows: manifest.rows,
            snapshot: snapshot.to_owned(),
        })
    }
}
