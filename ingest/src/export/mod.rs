//! The verb `export`: published tables in a form that other programs read.
//!
//! Invariant: what is exported is the current snapshot and nothing older; the target is only read.
//!
//! Entry point: [`run`].

mod csv;
mod duckdb;

use std::process::ExitCode;

use anyhow::Context;
use catalog::TableManifest;

use crate::cli::ProjectArgs;
use crate::log;
use crate::nearest::nearest;
use crate::output::Output;
use crate::publish::{read_manifest, read_published};
use crate::scratch::Scratch;
use crate::target::Target;

/// Exports published tables for other programs.
///
/// duckdb: a SQL script with a view for each table over its data files. csv: one file with a header (RFC 4180).
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
    #[command(flatten)]
    project: ProjectArgs,
}

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One CSV file of one table.
    Csv,
    /// A SQL script of views for DuckDB.
    Duckdb,
}

/// Writes the export.
pub async fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let project = args.project.load()?;
    let output = Output::of(args.output.as_deref(), &project).await?;
    let target = Target::open(&project).await?;
    let (catalog, _) = read_published(&target).await?;
    let mut manifests: Vec<TableManifest> = Vec::new();
    for name in &args.tables {
        if manifests.iter().any(|manifest| manifest.table == *name) {
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
        manifests.push(read_manifest(&target, entry).await?);
    }
    let scratch = Scratch::begin(project.settings())?;
    let export = scratch.path().join("export");
    match (args.format, manifests.as_slice()) {
        (Format::Duckdb, _) => {
            let script = duckdb::script(&target, &catalog.snapshot_id, &manifests)?;
            std::fs::write(&export, script)
                .with_context(|| format!("cannot write to {}", export.display()))?;
        }
        (Format::Csv, [manifest]) => csv::write(&project, &target, manifest, &scratch, &export).await?,
        (Format::Csv, _) => {
            anyhow::bail!("a CSV file holds one table: run `ingest export` once for each")
        }
    }
    output.take(&export).await?;
    if let Some(address) = &args.output {
        log::note(&format!("{address} written"));
    }
    Ok(ExitCode::SUCCESS)
}
