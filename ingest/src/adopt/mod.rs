//! The verb `adopt`: a catalog over Parquet files that somebody else wrote, which stay where they are.
//!
//! Invariant: beside the data nothing is written but `catalog.json` and `manifests/`, by the way of all publications; a
//! table that a run has built is never replaced. Of a file nothing is read but its footer, and that once for each
//! version of the file, unless a scan is asked for. `content_hash` in the manifest stands for key, size and version as the
//! store lists them, since contents are not what a file is known by.
//!
//! Entry point: [`run`].

mod footers;
mod hive;
mod layout;
mod plan;
mod scan;
mod survey;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Context;
use clap::Args;

use crate::cli::ProjectArgs;
use crate::log;
use crate::names;
use crate::print;
use crate::progress::Progress;
use crate::project::{Project, is_identifier};
use crate::publish::{publish, read_catalog};
use crate::settings::Settings;
use crate::target::{S3Url, Target};
use scan::Scan;

/// Publishes Parquet files that are there already, without moving them: a catalog beside them, made of their footers.
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// The folder, or s3://bucket/prefix, that becomes the gold root. Each folder with Parquet files in it is a table.
    #[arg(value_name = "FOLDER|URL")]
    root: String,
    /// The name of the table of files that lie in no folder below the root; the root's own name where absent.
    #[arg(long, value_name = "NAME", value_parser = table_name)]
    table: Option<String>,
    /// Reads the rows too, once for each version of a table: for counts of distinct values, the most frequent ones and
    /// histograms, which the page shows and suggests.
    #[arg(long, conflicts_with = "dry_run")]
    scan: bool,
    /// Says what would be published, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

fn table_name(text: &str) -> Result<String, &'static str> {
    if is_identifier(text) {
        Ok(text.to_owned())
    } else {
        Err("a table's name has lower-case letters, digits and _, and begins with a letter")
    }
}

/// Adopts what is there and tells what came of it. What is refused is named, and the rest is adopted all the same: then
/// the exit code is 1.
pub async fn run(args: &AdoptArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let (target, settings) = open(args).await?;
    let name = name_of(&args.root);
    let root_table = args.table.clone().unwrap_or_else(|| names::table(&name));
    let progress = Progress::start(&settings);
    progress.say("listing files");
    let found = survey::survey(&target, &root_table).await?;
    anyhow::ensure!(
        args.table.as_ref().is_none_or(|table| found.contains_key(table)),
        "--table {root_table} names the table of files that lie directly in {}, and there are none: leave it out",
        args.root
    );
    let catalog = read_catalog(&target).await?.map(|(catalog, _)| catalog);
    anyhow::ensure!(
        !found.is_empty() || catalog.is_some(),
        "{} holds no Parquet files (*.parquet, *.parq, *.pq) to adopt",
        args.root
    );
    let requests = AtomicU64::new(0);
    let scan = args.scan.then(|| Scan::begin(&target, &settings)).transpose()?;
    let plan = plan::plan(
        &target,
        catalog.as_ref(),
        found,
        scan.as_ref(),
        &requests,
        &progress,
    )
    .await?;
    let lake = catalog.map_or(name, |catalog| catalog.name);
    let (changed, tables) = (plan.tables.len() as u64, plan.report);
    let snapshot = if changed == 0 || args.dry_run {
        None
    } else {
        let published = publish(&target, &lake, plan.tables, settings.keep_snapshots, &progress).await?;
        Some(published.snapshot_id)
    };
    progress.finish();
    for line in &tables {
        print::out(line);
    }
    for note in &plan.notes {
        log::note(note);
    }
    for refusal in &plan.refusals {
        log::warning(refusal);
    }
    let what = match &snapshot {
        Some(snapshot) => format!("snapshot {snapshot}"),
        None if changed == 0 && plan.refusals.is_empty() => "nothing to do".to_owned(),
        None if changed == 0 => "nothing was published".to_owned(),
        None => "dry run, nothing was written".to_owned(),
    };
    print::out(format!(
        "{what}: {} of {}, {} adopted or changed; {} for footers, {:.1} s",
        print::counted(plan.files, "file"),
        print::bytes(plan.bytes),
        print::counted(changed, "table"),
        print::counted(requests.load(Ordering::Relaxed), "request"),
        started.elapsed().as_secs_f64()
    ));
    if snapshot.is_some() {
        log::note(&format!("`ingest serve {}` shows it in a browser", args.root));
    }
    Ok(if plan.refusals.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn open(args: &AdoptArgs) -> anyhow::Result<(Target, Settings)> {
    let flags = &args.project.flags;
    if S3Url::parse(&args.root)?.is_some() {
        let project = Project::without_file(&args.project.project, Some(&args.root), flags)?;
        let target = Target::open(&project).await?;
        return Ok((target, project.settings().clone()));
    }
    let folder = Path::new(&args.root);
    anyhow::ensure!(
        folder.is_dir(),
        "there is no folder {}: name one with Parquet files in it",
        args.root
    );
    let target = Target::at(folder).with_context(|| format!("cannot adopt {}", args.root))?;
    Ok((target, Settings::without_project(flags)?))
}

/// The last part of the root's address.
fn name_of(root: &str) -> String {
    let path = Path::new(root);
    let path = if root.contains("://") {
        path.to_owned()
    } else {
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "lake".to_owned())
}
