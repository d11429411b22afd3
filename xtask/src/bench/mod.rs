//! `cargo xtask bench`: Goldpan beside duckdb-wasm, in the same Chromium, from the same server.
//!
//! Invariant: what is measured is the site as it is deployed, and what is not measured is said to be so. The driver in
//! `e2e/bench` measures and prints; this prepares what it needs.
//!
//! Two cores take about 25 minutes for all of it when tables and crates are there: 10 for the site as it is deployed, 15
//! to measure. The first time makes tables for another 10. `--only warm --runs 1 --tables taxi_5m` takes a minute.
//!
//! Entry point: [`run`].

mod gold;
mod ingest;
mod lake;
pub mod memory;
mod tpch;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use std::env;
use std::path::PathBuf;

use crate::demo;
use crate::report::step;
use crate::setup::{self, Need, chromium};
use crate::site::{self, Optimisation};
use crate::workspace::Workspace;

/// What `cargo xtask bench` accepts.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    other: Option<Other>,
    /// Rows of the taxi tables, separated by commas; the first one is also sliced cold.
    #[arg(long, value_delimiter = ',', default_value = "5000000,20000000")]
    rows: Vec<u64>,
    /// Measure only these of the taxi tables and `flights`, separated by commas; the first one is also sliced cold.
    #[arg(long, value_delimiter = ',')]
    tables: Vec<String>,
    /// How often each thing is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Measure only these, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Take the site in `dist` as it is, and not one that is built for deployment: times say less then.
    #[arg(long)]
    no_release: bool,
    /// Make the tables again.
    #[arg(long)]
    fresh: bool,
}

/// What is measured without a browser.
#[derive(Subcommand)]
enum Other {
    /// Measure layouts of gold files: row groups, pages, codecs, encodings.
    Gold(gold::Options),
    /// Measure the pipeline: beside DuckDB's COPY, within 1 GiB, from a standing start, one more file.
    Ingest(ingest::Options),
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// From a navigation to the first answer, with bytes and requests.
    Cold,
    /// The same: bytes and requests come with it.
    Bytes,
    /// Statements on a table that is at hand, and clicks on a facet.
    Warm,
    /// Eight queries of TPC-H, scale factor 1.
    Tpch,
    /// Two workers against one.
    Workers,
    /// What a visitor downloads.
    Size,
    /// Processor time of the page's main thread.
    MainThread,
    /// Memory of the page.
    Memory,
}

/// Prepares site and tables, measures, prints a Markdown table and writes it below the target directory.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    match &options.other {
        Some(Other::Gold(options)) => return gold::run(workspace, options),
        Some(Other::Ingest(options)) => return ingest::run(workspace, options),
        None => {}
    }
    setup::run(workspace, &[Need::Site, Need::Native, Need::Browser])?;
    demo::build_ingest(workspace)?;
    if !options.no_release {
        site::build(workspace, Optimisation::Release)?;
    } else if !workspace.path("dist/index.html").is_file() {
        bail!(
            "there is no site in `dist` to measure: leave out --no-release, or run `cargo xtask site` first"
        );
    }
    let lake = lake::prepare(workspace, &options.rows, options.fresh)?;
    if options.only.is_empty() || options.only.contains(&Part::Tpch) {
        tpch::prepare(workspace, &lake, options.fresh)?;
    }
    let tables = if options.tables.is_empty() {
        &lake.tables
    } else {
        &options.tables
    };
    let report = workspace.target.join("bench.md");
    let mut node = workspace
        .cmd("node")
        .arg("e2e/bench/main.js")
        .env("GOLDPAN_INGEST", demo::ingest(workspace))
        .arg("--lake")
        .arg(&lake.gold)
        .args(["--site", "dist", "--pages"])
        .arg(lake.root.join("pages"))
        .arg("--out")
        .arg(&report)
        .args(["--tables", &tables.join(",")])
        .args(["--runs", &options.runs.to_string()]);
    if !options.only.is_empty() {
        node = node.args(["--only", &names(&options.only)]);
    }
    if let Some(browser) = chromium::locate(workspace) {
        node = node.env("CHROMIUM", browser);
    }
    if env::var_os("DUCKDB_WASM_EXTENSIONS").is_none() {
        eprintln!("\nDUCKDB_WASM_EXTENSIONS is not set: the newest duckdb-wasm has no Parquet here");
    }
    step("measure", "each engine in turn, in Chromium", || Ok(node.run()?))?;
    eprintln!("written to {}", report.display());
    Ok(())
}

/// Where what is measured is kept from run to run.
fn cache(workspace: &Workspace) -> Result<PathBuf> {
    let cache = workspace.tools.parent();
    Ok(cache.context("the cache folder has no parent")?.join("bench"))
}

fn names(parts: &[Part]) -> String {
    let names: Vec<String> = parts
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect();
    names.join(",")
}
