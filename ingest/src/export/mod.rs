//! The verb `export`: published tables in a form that other programs read.
//!
//! Invariant: what is exported is the current snapshot and nothing older. Of the target only `exports/` is written, and what
//! reads data files where they lie keeps them from `gc` (`hold`).
//!
//! Entry point: [`run`].

mod csv;
mod duckdb;
mod hive;
pub(crate) mod hold;
mod iceberg;
mod postgres;
mod refusal;

use std::process::ExitCode;

use anyhow::Context;
use catalog::{Catalog, TableManifest};

use crate::cli::ProjectArgs;
use crate::log;
use crate::nearest::nearest;
use crate::output::Output;
use crate::publish::{read_manifest, read_published};
use crate::scratch::Scratch;
use crate::target::{Location, Target};
use hive::Reader;

/// Exports published tables for other programs.
///
/// duckdb: a SQL script with a view for each table over its data files. csv: one file with a header (RFC 4180). athena:
/// statements that make the tables. glue: what `aws glue create-table --table-input file://...` takes. hive: statements for
/// the metastore of Trino or Presto. iceberg: the address of each table's metadata. These four read what is written below
/// exports/ of the target: after a run, export again. `ingest gc` keeps files that an export names. postgres: copies the rows
/// into tables of a database, all in one transaction.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Tables of the catalog.
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<String>,
    /// For whom.
    #[arg(long = "as", value_name = "FORMAT")]
    format: Format,
    /// A file, or s3://bucket/key, instead of standard output. It is replaced once the whole export is there.
    #[arg(long, value_name = "PATH")]
    output: Option<String>,
    /// Tables that the database has already are replaced (for postgres only).
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Statements that make the tables in Athena.
    Athena,
    /// One CSV file of one table.
    Csv,
    /// A SQL script of views for DuckDB.
    Duckdb,
    /// A JSON document for the Glue catalog, of one table.
    Glue,
    /// Statements for a Hive metastore that Trino or Presto read.
    Hive,
    /// The addresses of Iceberg's metadata, which is written to the target.
    Iceberg,
    /// Rows in tables of the PostgreSQL database that the variable INGEST_POSTGRES_URL names.
    Postgres,
}

/// Writes the export.
pub async fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    match args.format {
        Format::Postgres if args.output.is_some() => {
            anyhow::bail!("--output is for formats that are files: rows for PostgreSQL go to its database")
        }
        Format::Postgres => {}
        _ if args.replace => anyhow::bail!("--replace is for --as postgres: a file is always replaced"),
        _ => {}
    }
    let project = args.project.load()?;
    let output = Output::of(args.output.as_deref(), &project).await?;
    let target = Target::open(&project).await?;
    let (catalog, _) = read_published(&target).await?;
    let tables = tables(args, &target, &catalog).await?;
    let manifests = || tables.iter().map(|(_, manifest)| manifest);
    let scratch = Scratch::begin(project.settings())?;
    let export = scratch.path().join("export");
    let snapshot = &catalog.snapshot_id;
    let text = match (args.format, tables.as_slice()) {
        (Format::Csv, [(_, manifest)]) => {
            csv::write(&project, &target, manifest, &scratch, &export).await?;
            None
        }
        (Format::Csv, _) => {
            anyhow::bail!("a CSV file holds one table: run `ingest export` once for each")
        }
        (Format::Postgres, _) => {
            postgres::write(&project, &target, &tables, args.replace, &scratch).await?;
            return Ok(ExitCode::SUCCESS);
        }
        (Format::Duckdb, _) => Some(duckdb::script(&target, snapshot, manifests())?),
        (Format::Athena, _) => Some(hive::write(&target, Reader::Athena, snapshot, &tables).await?),
        (Format::Glue, _) => Some(hive::write(&target, Reader::Glue, snapshot, &tables).await?),
        (Format::Iceberg, _) => Some(iceberg::write(&target, &tables).await?),
        (Format::Hive, _) => Some(hive::write(&target, Reader::Metastore, snapshot, &tables).await?),
    };
    if let Some(text) = text {
        std::fs::write(&export, text).with_context(|| format!("cannot write to {}", export.display()))?;
    }
    output.take(&export).await?;
    if let Some(address) = &args.output {
        log::note(&format!("{address} written"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The tables that were asked for, each once, with the key of its manifest.
async fn tables(
    args: &ExportArgs,
    target: &Target,
    catalog: &Catalog,
) -> anyhow::Result<Vec<(String, TableManifest)>> {
    let mut tables: Vec<(String, TableManifest)> = Vec::new();
    for name in &args.tables {
        if tables.iter().any(|(_, manifest)| manifest.table == *name) {
            continue;
        }
        let Some(entry) = catalog.table(name) else {
            let known: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
            let meant =
                nearest(name, &known).map_or_else(String::new, |table| format!("Did you mean {table}? "));
            anyhow::bail!(
                "there is no table {name} at target {}. {meant}The catalog has {}.",
                target.name,
                known.join(", ")
            );
        };
        tables.push((entry.manifest.clone(), read_manifest(target, entry).await?));
    }
    Ok(tables)
}

/// The address of what lies below the gold root, for a program that runs anywhere on this machine, or reads the bucket.
fn address(target: &Target, key: &str) -> anyhow::Result<String> {
    Ok(match &target.location {
        Location::Folder(_) => std::path::absolute(target.file(key)?)?
            .to_string_lossy()
            .into_owned(),
        Location::S3 { bucket, .. } => format!("s3://{bucket}/{}", target.path(key)?),
    })
}

/// The same as a URI, as engines of the Hive and Iceberg families write it.
fn uri(target: &Target, key: &str) -> anyhow::Result<String> {
    let address = address(target, key)?;
    Ok(match &target.location {
        Location::Folder(_) => format!("file://{address}"),
        Location::S3 { .. } => address,
    })
}
