//! The verb `run`: what the plan says, then checks, then publish.
//!
//! Invariant: what fails is named and keeps out what depends on it, nothing else; only tables that passed all
//! their checks are published, all of them in one snapshot, together with the notes on what went into them.
//!
//! Entry point: [`run`].

mod assess;
mod build;
mod checks;
mod describe;
mod draft;
mod earlier;
mod external;
mod forecast;
mod left_out;
mod memory;
mod model;
mod new_table;
mod overlap;
pub mod preview;
mod record;
mod report;
mod schedule;
mod step;
mod strategy;
mod supply;
mod tables;
mod trace;
mod work;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::ProjectArgs;
use crate::engine::Engine;
use crate::log;
use crate::plan::{Options, Selection};
use crate::progress::Progress;
use crate::project::Project;
use crate::publish::{PublishError, publish};
use crate::scratch::Scratch;
use crate::survey::Survey;
use crate::target::Target;

use external::Externals;
use record::Record;
use report::Ending;

/// Times that a run plans again because another run published one of its tables first.
const ATTEMPTS: usize = 5;

/// Runs the models of which something changed, checks the results, publishes the gold tables.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Models that are made side by side [default: as many as threads].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

/// Which models, and what is to be made although nothing changed. Of `plan` and `run`.
#[derive(Debug, Clone, clap::Args)]
pub struct ScopeArgs {
    /// Only these models: gold.trips, trips, gold.t*, tag:daily, source:raw+; + in front adds what a model reads, behind
    /// what reads it. Several with commas.
    #[arg(long, value_name = "MODELS")]
    select: Vec<String>,
    /// Make tables anew, whatever changed.
    #[arg(long)]
    full_refresh: bool,
    /// Incremental models take in again the files that changed at or after this time: 2024-05-01,
    /// 2024-05-01T06:00:00Z, or a span back from now, such as 36h or 7 days.
    #[arg(long, value_name = "TIME", value_parser = since, conflicts_with = "full_refresh")]
    since: Option<Timestamp>,
}

impl ScopeArgs {
    /// The models that are wanted.
    pub fn selection(&self) -> Selection {
        Selection::new(&self.select)
    }

    /// What is to be done beyond what changed.
    pub fn options(&self) -> Options {
        Options {
            full_refresh: self.full_refresh,
            since: self.since,
        }
    }
}

fn since(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Ok(time) = text.parse::<jiff::civil::DateTime>() {
        return time
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map(|time| time.timestamp())
            .map_err(|error| error.to_string());
    }
    humantime::parse_duration(text)
        .ok()
        .and_then(|span| Timestamp::now().checked_sub(span).ok())
        .ok_or_else(|| {
            "write a date (2024-05-01), a time (2024-05-01T06:00:00Z) or a span (36h, 7 days)".to_owned()
        })
}

/// Runs the project. Fails at once where the project or the target is unusable; a source, model or check that
/// fails is reported at the end, and the exit code says so.
pub async fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let project = args.project.load()?;
    let target = Target::open(&project).await?;
    let progress = Progress::start(project.settings());
    let mut record = Record::begin(&target);
    for _ in 0..ATTEMPTS {
        match attempt(args, &project, &target, &progress, &mut record).await {
            Ok(Some(code)) => return Ok(code),
            Ok(None) => {}
            Err(error) => {
                progress.finish();
                record.failed(&error).write(&target).await;
                return Err(error);
            }
        }
    }
    progress.finish();
    let error = anyhow::anyhow!(
        "other runs published the same tables {ATTEMPTS} times while this one made them: nothing was published, run \
         again when they are done"
    );
    record.failed(&error).write(&target).await;
    Err(error)
}

/// Plans, makes and publishes. None where another run published one of the tables meanwhile.
async fn attempt(
    args: &RunArgs,
    project: &Project,
    target: &Target,
    progress: &Progress,
    record: &mut Record,
) -> anyhow::Result<Option<ExitCode>> {
    let started = Instant::now();
    let settings = project.settings();
    let resources = settings.resources();
    let scratch = Scratch::begin(settings)?;
    let engine = Engine::open(scratch.path(), &resources).context("cannot open DuckDB")?;
    let (selection, options) = (args.scope.selection(), args.scope.options());
    let survey = Survey::take(project, target, &engine, &selection, &options, scratch.path()).await?;
    let site = work::Site {
        target,
        survey: &survey,
        scratch: scratch.path(),
        progress,
        full_refresh: args.scope.full_refresh,
        jobs: usize::from(args.jobs.or(resources.threads).unwrap_or(1)),
    };
    let externals = Externals::open(project, &survey).await?;
    let done = tokio::task::block_in_place(|| work::work(&site, &engine))?;
    record.note(&done.steps);
    let written = externals
        .write(&engine, &done.tables, scratch.path(), progress)
        .await?;
    let ending = if done.tables.is_empty() {
        Ending::Nothing
    } else {
        let keep = settings.keep_snapshots;
        match publish(target, &project.name, done.tables, keep, progress).await {
            Ok(published) => Ending::Published(published),
            Err(PublishError::Overtaken { tables }) => {
                progress.warn(&format!(
                    "{} published by somebody else in the meantime: {}; planning again",
                    if tables.len() == 1 {
                        "a table was"
                    } else {
                        "tables were"
                    },
                    tables.join(", ")
                ));
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        }
    };
    progress.finish();
    for location in written {
        log::note(&format!("{location} written"));
    }
    if !done.steps.is_empty() {
        record.ended(&ending).write(target).await;
    }
    report::print(target, &survey, &done.steps, &ending, started.elapsed());
    let failed = done.steps.iter().any(|step| !step.is_good());
    Ok(Some(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date_an_instant_or_a_span_back_from_now() {
        assert_eq!(
            since("2024-05-01").expect("date").to_string(),
            "2024-05-01T00:00:00Z"
        );
        assert_eq!(
            since("2024-05-01T06:00:00+02:00").expect("instant").to_string(),
            "2024-05-01T04:00:00Z"
        );
        let before = Timestamp::now();
        let back = since("36h").expect("span");
        assert!(before.duration_since(back).as_secs() <= 36 * 3600);
        assert!(Timestamp::now().duration_since(back).as_secs() >= 36 * 3600);
        assert!(since("yesterday").is_err());
    }
}
