//! `cargo xtask demo`: from a fresh clone to a page with data on it.
//!
//! Entry point: [`run`].

use anyhow::{Context, Result};
use clap::Args;
use std::process::Command;

use crate::report::step;
use crate::setup::{self, Need};
use crate::site::{self, Optimisation};
use crate::workspace::Workspace;

/// The project whose gold layer is built and served.
pub const EXAMPLE: &str = "examples/flights";

/// What `cargo xtask demo` accepts.
#[derive(Args)]
pub struct Options {
    /// The port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Build the site as for deployment; takes minutes.
    #[arg(long)]
    release: bool,
}

/// Builds everything, then serves in the foreground until interrupted.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::run(workspace, &[Need::Site, Need::Native])?;
    build_ingest(workspace)?;
    site::build(workspace, Optimisation::from_release(options.release))?;
    build_gold(workspace)?;
    serve(workspace, options.port)
}

/// Compiles the pipeline, with the artefacts that the tests use.
pub fn build_ingest(workspace: &Workspace) -> Result<()> {
    step(
        "compile ingest",
        "the pipeline and the server; the first time takes minutes, then a second",
        || {
            Ok(workspace
                .cmd("cargo")
                .args(["build", "--package", "ingest"])
                .quiet()
                .run()?)
        },
    )
}

/// Builds the gold layer of the example.
pub fn build_gold(workspace: &Workspace) -> Result<()> {
    step(
        "ingest run",
        "raw CSV and Parquet of examples/flights become gold Parquet",
        || {
            Ok(workspace
                .cmd(ingest(workspace))
                .args(["run", "--project", EXAMPLE])
                .quiet()
                .run()?)
        },
    )
}

/// The compiled `ingest` program.
pub fn ingest(workspace: &Workspace) -> std::path::PathBuf {
    workspace
        .target
        .join("debug")
        .join(format!("ingest{}", std::env::consts::EXE_SUFFIX))
}

fn serve(workspace: &Workspace, port: u16) -> Result<()> {
    let port = port.to_string();
    eprintln!("\n==> ingest serve (Ctrl-C stops it)");
    let command = workspace.cmd(ingest(workspace));
    let command = command.args(["serve", "--project", EXAMPLE, "--site", "dist", "--port", &port]);
    become_process(command.into())
}

/// The server takes the place of this process, so that whoever stops this process stops the server.
#[cfg(unix)]
fn become_process(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("cannot start ingest serve")
}

#[cfg(not(unix))]
fn become_process(mut command: Command) -> Result<()> {
    let status = command.status().context("cannot start ingest serve")?;
    anyhow::ensure!(status.success(), "ingest serve ended with {status}");
    Ok(())
}
