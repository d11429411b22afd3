//! The command line: verbs, common options, exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Builds gold Parquet from raw sources, publishes it, signs and serves it.
#[derive(Debug, Parser)]
#[command(name = "ingest", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {}

/// Which project and which of its targets.
#[derive(Debug, Clone, Args)]
pub struct ProjectArgs {
    /// The project's folder: the one that holds ingest.toml.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// A target of ingest.toml [default: its default_target].
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
}

/// Parses the command line, runs the verb, prints what went wrong.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {}
}
