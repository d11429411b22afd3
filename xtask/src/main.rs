//! `cargo xtask`: every command that a person or CI runs.
//!
//! Purpose: from a fresh clone to a running site, and from a change to a verdict, in one command each.
//!
//! Invariant: a command installs and builds only what is missing, says what takes long, and ends with a status
//! that tells success from failure.
//!
//! Entry point: [`Command`], one variant for each verb; the modules of the same names do the work.

mod bench;
mod demo;
mod environment;
mod lockfile;
mod report;
mod setup;
mod site;
mod suite;
mod tidy;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use setup::Need;
use site::Optimisation;
use std::ffi::OsString;
use std::process::ExitCode;
use workspace::Workspace;

/// Set-up, demo, tests and checks of Goldpan.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: wasm target, wasm-bindgen, Trunk, npm packages, clang, Chromium.
    Setup,
    /// Build everything, build the example's gold layer and serve it.
    Demo(demo::Options),
    /// Check formatting and lints, run native and browser tests.
    Test(suite::Options),
    /// Measure Goldpan beside duckdb-wasm in Chromium; takes minutes.
    Bench(bench::Options),
    /// Run a command with so much memory and no swap, in a control group of its own, and tell its peak.
    Within {
        /// MiB that it may use.
        #[arg(long, default_value_t = 1024)]
        mib: u64,
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Build the static site into `dist`.
    Site {
        /// Optimise for deployment and write brotli files; takes minutes.
        #[arg(long)]
        release: bool,
    },
    /// Check the rules of the tree that no compiler knows.
    Tidy,
    /// Print the variables that plain `cargo` needs here, as `export` lines for a shell.
    Env,
    /// Build the engine and the JavaScript bundles below `public` (Trunk calls this before a build).
    PrepareSite,
    /// Move inline scripts of the built page into files, compress in release (Trunk calls this after a build).
    FinishSite,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    if let Command::Within { mib, command } = &command {
        return bench::memory::print(&workspace, *mib, command);
    }
    run_verb(&workspace, command).map(|()| ExitCode::SUCCESS)
}

fn run_verb(workspace: &Workspace, command: Command) -> Result<()> {
    match command {
        Command::Within { .. } => Ok(()),
        Command::Setup => setup::run(
            workspace,
            &[
                Need::Site,
                Need::Native,
                Need::Lints,
                Need::Postgres,
                Need::Browser,
                Need::Pyiceberg,
            ],
        ),
        Command::Demo(options) => demo::run(workspace, &options),
        Command::Test(options) => suite::run(workspace, &options),
        Command::Bench(options) => bench::run(workspace, &options),
        Command::Site { release } => {
            setup::run(workspace, &[Need::Site])?;
            site::build(workspace, Optimisation::from_release(release))
        }
        Command::Tidy => tidy::run(workspace),
        Command::Env => environment::print(workspace),
        Command::PrepareSite => site::prepare(workspace, Optimisation::of_trunk()),
        Command::FinishSite => site::finish(workspace, Optimisation::of_trunk()),
    }
}
