//! The command line: verbs, common options, exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::diff::{self, DiffArgs};
use crate::generate::{self, GenerateArgs};
use crate::presign::{self, PresignArgs};
use crate::query::{self, QueryArgs};
use crate::run::{self, RunArgs};
use crate::serve::{self, ServeArgs};
use crate::show::{self, ShowArgs};

/// Builds gold Parquet from raw sources, publishes it, signs and serves it.
#[derive(Debug, Parser)]
#[command(name = "ingest", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(RunArgs),
    Query(QueryArgs),
    Show(ShowArgs),
    Diff(DiffArgs),
    Serve(ServeArgs),
    Presign(PresignArgs),
    Generate(GenerateArgs),
}

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
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("INGEST_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(dispatch(cli.command)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(args) => return run::run(&args).await,
        Command::Query(args) => return query::run(&args).await,
        Command::Show(args) => return show::run(&args).await,
        Command::Diff(args) => return diff::run(&args).await,
        Command::Generate(args) => return generate::run(&args).await,
        Command::Serve(args) => serve::run(&args).await?,
        Command::Presign(args) => presign::run(&args).await?,
    }
    Ok(ExitCode::SUCCESS)
}
