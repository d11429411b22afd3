//! The verb `generate`: sample tables of any size, in a gold root like any other table.
//!
//! Invariant: the same arguments give the same rows; a table that a run has built is never replaced.
//!
//! Entry point: [`run`].

mod sample;
mod simple;
mod taxi;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use catalog::TableEntry;
use clap::{Args, Subcommand};

use crate::cli::ProjectArgs;
use crate::engine::Engine;
use crate::print;
use crate::progress::Progress;
use crate::project::is_identifier;
use crate::publish::{publish, read_catalog, read_manifest};
use crate::scratch::Scratch;
use crate::settings::Settings;
use crate::target::Target;

use sample::Sample;

/// Makes a sample table and publishes it, beside the tables that are there.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// Taxi trips of one year: ids, two timestamps, zones, money; sorted by pickup_at.
    Taxi {
        /// Another number gives other rows.
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        table: TableArgs,
    },
    /// A hash and a boolean in each row: quick to make in any number, and hard to compress.
    Simple {
        #[command(flatten)]
        table: TableArgs,
    },
}

/// How many rows, and where to.
#[derive(Debug, Args)]
struct TableArgs {
    /// Rows.
    #[arg(long, value_name = "N", default_value_t = 5_000_000, value_parser = clap::value_parser!(u64).range(1..=taxi::MAX_ROWS))]
    rows: u64,
    /// The table's name [default: taxi, simple].
    #[arg(long, value_name = "NAME", value_parser = table_name)]
    table: Option<String>,
    /// A folder, made where it does not exist, or s3://bucket/prefix to publish to, instead of a project's target.
    #[arg(long, value_name = "DIR|PREFIX", conflicts_with_all = ["project", "target"])]
    to: Option<String>,
    #[command(flatten)]
    project: ProjectArgs,
}

impl Kind {
    /// The sample, how it is called unless asked otherwise, and what was asked.
    fn sample(&self) -> (Sample, &'static str, &TableArgs) {
        match self {
            Self::Taxi { seed, table } => (taxi::sample(table.rows, *seed), "taxi", table),
            Self::Simple { table } => (simple::sample(table.rows), "simple", table),
        }
    }
}

fn table_name(text: &str) -> Result<String, &'static str> {
    if is_identifier(text) {
        Ok(text.to_owned())
    } else {
        Err("a table's name has lower-case letters, digits and _, and begins with a letter")
    }
}

/// Makes the table and publishes it.
pub async fn run(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let (sample, default_name, args) = args.kind.sample();
    let name = args.table.as_deref().unwrap_or(default_name);
    let Place {
        target,
        lake,
        settings,
    } = place(args).await?;
    let base = replaceable(&target, name).await?;
    let scratch = Scratch::begin(&settings)?;
    let progress = Progress::start(&settings);
    let task = progress.begin(&format!("gold.{name}"));
    task.say(format!("making {}", print::counted(args.rows, "row")));
    let engine = Engine::open(scratch.path(), &settings.resources()).context("cannot open DuckDB")?;
    let folder = scratch.path().join("gold");
    let mut table = tokio::task::block_in_place(|| sample.make(&engine, name, &folder))?;
    table.base = base;
    let (files, bytes) = (table.files.len() as u64, table.manifest.bytes);
    let published = publish(&target, &lake, vec![table], settings.keep_snapshots, &progress).await?;
    let seconds = started.elapsed().as_secs_f64();
    task.end("ok", Some(args.rows), Some(bytes), seconds);
    progress.finish();
    print::out(format!(
        "{name}: {} in {}, {}; snapshot {} of {} ({}) in {:.1} s",
        print::counted(args.rows, "row"),
        print::counted(files, "file"),
        print::bytes(bytes),
        published.snapshot_id,
        target.name,
        target.address,
        seconds
    ));
    Ok(ExitCode::SUCCESS)
}

/// Where to publish, what the lake is called if it is new, and how to go about it.
struct Place {
    target: Target,
    lake: String,
    settings: Settings,
}

async fn place(args: &TableArgs) -> anyhow::Result<Place> {
    let project = match &args.to {
        Some(to) => args.project.load_at(Some(to))?,
        None => args.project.load().context("no --to DIR was given")?,
    };
    let lake = args.to.as_ref().map(|to| {
        let name = Path::new(to).file_name();
        name.map_or_else(
            || "samples".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    });
    Ok(Place {
        target: Target::open(&project).await?,
        settings: project.settings().clone(),
        lake: lake.unwrap_or(project.name),
    })
}

/// The sample that is to be replaced, if there is one.
async fn replaceable(target: &Target, table: &str) -> anyhow::Result<Option<TableEntry>> {
    let Some((catalog, _)) = read_catalog(target).await? else {
        return Ok(None);
    };
    let Some(entry) = catalog.table(table) else {
        return Ok(None);
    };
    let manifest = read_manifest(target, entry).await?;
    if sample::is_made_here(&manifest) {
        return Ok(Some(entry.clone()));
    }
    anyhow::bail!(
        "target {} ({}) has a table `{table}` that is no sample: give the sample another name by --table",
        target.name,
        target.address
    )
}
