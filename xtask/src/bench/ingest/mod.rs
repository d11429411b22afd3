//! `cargo xtask bench ingest`: what the pipeline takes, beside DuckDB from PyPI doing the same.
//!
//! Invariant: both sides run on the same machine in turns, over the same raw files; a part that cannot be measured is
//! said to be so, and does not keep the others from being told.
//!
//! Entry point: [`run`].

mod adopt;
mod copy;
mod figures;
mod increment;
mod limit;
mod objects;
mod process;
mod project;
mod served;
mod start;
mod text;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};

use crate::report::step;
use crate::setup::{self, Need, pypi};
use crate::workspace::Workspace;
use figures::Figure;
use project::Bench;

/// What `cargo xtask bench ingest` accepts.
#[derive(Args)]
pub struct Options {
    /// Measure only these, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Rows of taxi trips that are written beside DuckDB.
    #[arg(long, default_value_t = 20_000_000)]
    rows: u64,
    /// Rows of taxi trips that are written within 1 GiB of memory.
    #[arg(long, default_value_t = 250_000_000)]
    memory_rows: u64,
    /// Rows of hashes that are generated to a bucket.
    #[arg(long, default_value_t = 250_000_000)]
    generate_rows: u64,
    /// How often each thing is measured; short ones are measured twenty times.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Measure this program instead of building one.
    #[arg(long, value_name = "PATH")]
    ingest: Option<PathBuf>,
    /// Make the raw files again, as the program at hand encodes them.
    #[arg(long)]
    fresh: bool,
}

/// What can be measured; from cheap to dear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Verbs that have little to do: `--version`, a plan, a run in which nothing changed.
    Start,
    /// One more raw file for a table of 100 files, in a folder and in a bucket.
    Increment,
    /// A sorted table beside DuckDB's COPY.
    Copy,
    /// A catalog over 1,000 Parquet files.
    Adopt,
    /// 1 GB of CSV and of NDJSON beside DuckDB's readers.
    Text,
    /// The first million rows of an object of 2 GB to another bucket.
    Limit,
    /// A table of hashes straight to a bucket.
    Generate,
    /// A sorted table larger than memory, within 1 GiB.
    Memory,
}

impl Part {
    fn needs(self) -> &'static [Need] {
        match self {
            Self::Start | Self::Generate | Self::Memory => &[],
            Self::Increment | Self::Copy | Self::Adopt | Self::Text | Self::Limit => &[Need::PythonDuckdb],
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn measure(self, bench: &Bench, options: &Options) -> Result<Vec<Figure>> {
        match self {
            Self::Start => start::measure(bench),
            Self::Increment => increment::measure(bench, options.runs),
            Self::Copy => copy::measure(bench, options.rows, options.runs),
            Self::Adopt => adopt::measure(bench),
            Self::Text => text::measure(bench, options.runs),
            Self::Limit => objects::copy_some(bench),
            Self::Generate => objects::generate(bench, options.generate_rows),
            Self::Memory => limit::measure(bench, options.memory_rows),
        }
    }
}

/// Measures, prints a Markdown table and writes it below the target directory.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let parts: Vec<Part> = Part::value_variants()
        .iter()
        .copied()
        .filter(|part| options.only.is_empty() || options.only.contains(part))
        .collect();
    let mut needs: Vec<Need> = parts.iter().flat_map(|part| part.needs()).copied().collect();
    if options.ingest.is_none() {
        needs.push(Need::Native);
    }
    setup::run(workspace, &needs)?;
    let program = match &options.ingest {
        Some(program) => given(program)?,
        None => build(workspace)?,
    };
    let bench = Bench::new(workspace, program, super::cache(workspace)?, options.fresh)?;

    let mut figures = Vec::new();
    let mut failed = Vec::new();
    for part in parts {
        match part.measure(&bench, options) {
            Ok(measured) => figures.extend(measured),
            Err(error) => {
                eprintln!("    not measured: {error:#}");
                figures.push(Figure::absent(&part.name()));
                failed.push(part.name());
            }
        }
    }
    let report = format!("{}\n{}", heading(&bench, options.runs)?, figures::table(&figures));
    println!("\n{report}");
    write(&workspace.target.join("bench-ingest.md"), &report)?;
    if !failed.is_empty() {
        bail!("not measured, for the reasons above: {}", failed.join(", "));
    }
    Ok(())
}

/// The program of `--ingest`, from wherever children stand.
fn given(program: &Path) -> Result<PathBuf> {
    let path = std::path::absolute(program).unwrap_or_default();
    ensure!(
        path.is_file(),
        "--ingest {}: there is no such file",
        program.display()
    );
    Ok(path)
}

/// The program as it is deployed.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    step(
        "compile ingest for speed",
        "the first time takes many minutes; --ingest PATH measures a program that is there",
        || {
            let cargo = workspace.cmd("cargo").args(["build", "--release"]);
            Ok(cargo.args(["--package", "ingest"]).quiet().run()?)
        },
    )?;
    let name = format!("release/ingest{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join(name))
}

fn heading(bench: &Bench, runs: u16) -> Result<String> {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let duckdb = pypi::version(bench.workspace, &pypi::DUCKDB)?;
    Ok(format!(
        "{processors} processors, DuckDB {duckdb} from PyPI, medians of {runs}, of short verbs of 20; memory is measured \
         once. Ratios are of `ingest` to DuckDB, else of what is measured to the goal. Memory is resident memory at its \
         peak.\n"
    ))
}

fn write(path: &Path, report: &str) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))
        .and_then(|()| fs::write(path, report))
        .with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("written to {}", path.display());
    Ok(())
}
