//! The verb `export`: published tables in a form that other programs read.
//!
//! Invariant: what is exported is the current snapshot and nothing older; the target is only read, and an output
//! file is replaced whole or not at all.
//!
//! Entry point: [`run`].

mod csv;
mod duckdb;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use catalog::TableManifest;

use crate::cli::ProjectArgs;
use crate::log;
use crate::nearest::nearest;
use crate::print;
use crate::publish::{read_manifest, read_published};
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
    /// The file to write; csv needs one [default: standard output].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
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
    match (args.format, &args.output, manifests.as_slice()) {
        (Format::Duckdb, output, _) => {
            let script = duckdb::script(&target, &catalog.snapshot_id, &manifests)?;
            match output {
                None => print::out(script.trim_end()),
                Some(file) => replace(file, |path| Ok(std::fs::write(path, &script)?))?,
            }
        }
        (Format::Csv, Some(file), [manifest]) => csv::write(&project, &target, manifest, file).await?,
        (Format::Csv, None, _) => anyhow::bail!("a CSV file needs a place: add --output FILE"),
        (Format::Csv, Some(_), _) => {
            anyhow::bail!("a CSV file holds one table: run `ingest export` once for each")
        }
    }
    if let Some(file) = &args.output {
        log::note(&format!("{} written", file.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Has a file written beside its place and puts it there when it is whole.
fn replace(file: &Path, write: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let place = || format!("cannot write {}", file.display());
    let beside = tempfile::TempDir::new_in(folder).with_context(place)?;
    let whole = beside.path().join("export");
    write(&whole).with_context(place)?;
    std::fs::rename(&whole, file).with_context(place)
}
