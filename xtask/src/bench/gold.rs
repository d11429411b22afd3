//! `cargo xtask bench gold`: what the layout of gold files costs and gives.
//!
//! Invariant: the defaults of `ingest/src/gold/properties.rs` are the ones that its table argues for.
//!
//! Entry point: [`run`].

use anyhow::Result;
use clap::Args;

use super::lake;
use crate::demo;
use crate::report::step;
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// What `cargo xtask bench gold` accepts.
#[derive(Args)]
pub struct Options {
    /// Rows of taxi trips that each layout is measured with.
    #[arg(long, default_value_t = 2_000_000)]
    rows: u64,
    /// Measure only layouts whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
}

/// Makes the trips, measures, prints a Markdown table and writes it below the target directory.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::run(workspace, &[Need::Native])?;
    demo::build_ingest(workspace)?;
    let lake = lake::prepare(workspace, &[options.rows], false)?;
    let report = workspace.target.join("bench-gold.md");
    let files = lake.gold.join("tables").join(&lake.tables[0]).join("*.parquet");
    let (rows, only) = (options.rows.to_string(), options.only.as_str());
    step(
        "measure",
        "each layout in turn; the first time compiles the pipeline for speed, which takes minutes",
        || {
            let cargo = workspace
                .cmd("cargo")
                .args(["run", "--release", "--package", "ingest"]);
            let cargo = cargo.args(["--features", "bench-codecs", "--example", "gold_layouts", "--"]);
            let cargo = cargo.arg("--files").arg(&files).arg("--out").arg(&report);
            Ok(cargo.args(["--rows", &rows, "--only", only]).run()?)
        },
    )?;
    eprintln!("written to {}", report.display());
    Ok(())
}
