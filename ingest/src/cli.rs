//! The command line: verbs, common options, exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::adopt::{self, AdoptArgs};
use crate::advise::{self, AdviseArgs};
use crate::diff::{self, DiffArgs};
use crate::doctor::{self, DoctorArgs};
use crate::export::{self, ExportArgs};
use crate::generate::{self, GenerateArgs};
use crate::history::{self, GcArgs, RollbackArgs};
use crate::init::{self, InitArgs};
use crate::log;
use crate::presign::{self, PresignArgs};
use crate::project::{Project, ProjectError};
use crate::query::{self, QueryArgs};
use crate::run::preview::{self, PlanArgs};
use crate::run::{self, RunArgs};
use crate::serve::{self, ServeArgs};
use crate::settings::{self, Flags, SettingsArgs};
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
    Init(InitArgs),
    Plan(PlanArgs),
    Run(RunArgs),
    Query(QueryArgs),
    Show(ShowArgs),
    Diff(DiffArgs),
    Export(ExportArgs),
    Serve(ServeArgs),
    Presign(PresignArgs),
    Generate(GenerateArgs),
    Adopt(AdoptArgs),
    Advise(AdviseArgs),
    Settings(SettingsArgs),
    Doctor(DoctorArgs),
    Rollback(RollbackArgs),
    Gc(GcArgs),
}

/// Which project, and settings of this invocation.
#[derive(Debug, Clone, Args)]
pub struct ProjectArgs {
    /// The project's folder: the one that holds ingest.toml.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// Settings of the command line.
    #[command(flatten)]
    pub flags: Flags,
}

impl ProjectArgs {
    /// Reads the project, with its settings, and tells what its files say in vain.
    pub fn load(&self) -> Result<Project, ProjectError> {
        let project = Project::load(&self.project, &self.flags)?;
        for warning in project.warnings() {
            log::warning(warning);
        }
        Ok(project)
    }

    /// The folder or `s3://bucket/prefix` alone, where one is given, and else the project.
    pub fn load_at(&self, place: Option<&str>) -> Result<Project, ProjectError> {
        match place {
            Some(place) => Project::without_file(&self.project, Some(place), &self.flags),
            None => self.load(),
        }
    }
}

/// Parses the command line, runs the verb, prints what went wrong.
pub fn run() -> ExitCode {
    let matches = Flags::declare(Cli::command()).get_matches();
    let format = ProjectArgs::from_arg_matches(innermost(&matches))
        .map(|args| settings::log_format_of(&args.project, &args.flags))
        .unwrap_or_default();
    log::begin(format);
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(dispatch(cli.command)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            log::failed(&error);
            ExitCode::FAILURE
        }
    }
}

/// Of the last verb on the command line: it has the global options too, wherever they stood.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    match matches.subcommand() {
        Some((_, inner)) => innermost(inner),
        None => matches,
    }
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Plan(args) => return preview::run(&args).await,
        Command::Run(args) => return run::run(&args).await,
        Command::Query(args) => return query::run(&args).await,
        Command::Show(args) => return show::run(&args).await,
        Command::Diff(args) => return diff::run(&args).await,
        Command::Export(args) => return export::run(&args).await,
        Command::Generate(args) => return generate::run(&args).await,
        Command::Adopt(args) => return adopt::run(&args).await,
        Command::Advise(args) => return advise::run(&args).await,
        Command::Doctor(args) => return doctor::run(&args).await,
        Command::Rollback(args) => history::rollback(&args).await?,
        Command::Gc(args) => history::gc(&args).await?,
        Command::Serve(args) => serve::run(&args).await?,
        Command::Presign(args) => presign::run(&args).await?,
        Command::Init(args) => init::run(&args).await?,
        Command::Settings(args) => settings::run(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}
