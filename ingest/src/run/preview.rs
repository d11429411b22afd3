//! The verb `plan`: what a run would do, and why.
//!
//! Entry point: [`run`].

use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use tokio::runtime::Handle;

use super::forecast::{Forecast, forecast};
use super::step::Step;
use super::tables::Tables;
use super::{ScopeArgs, earlier};
use crate::cli::ProjectArgs;
use crate::data_files::DataFiles;
use crate::diff::SchemaChange;
use crate::engine::Engine;
use crate::log;
use crate::plan::{Action, Decision};
use crate::print;
use crate::progress::Progress;
use crate::scratch::Scratch;
use crate::source::{Readers, Rejected};
use crate::survey::Survey;
use crate::target::Target;

/// Shows what `run` would do, and why: tables, rows, bytes, files, changes of columns. Writes nothing.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Print the plan as JSON.
    #[arg(long)]
    json: bool,
}

/// A gold table in the plan.
#[derive(Debug, Serialize)]
struct Line {
    table: String,
    /// `unchanged`, `describe`, `build`, `rebuild`, `rebuild_if_changed`, `increment`, `refused`.
    action: &'static str,
    because: Vec<String>,
    /// Raw files that are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_files: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_bytes: Option<u64>,
    /// Rows to be made: about.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    /// Bytes to be written: about.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// Published files that are rewritten or removed, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    files_rewritten: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files_published: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<SchemaChange>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Plan {
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot_id: Option<String>,
    tables: Vec<Line>,
    /// Columns of sources that are not as they were.
    drift: Vec<String>,
    /// Raw files that an earlier run could not read: a run tries them again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<Rejected>,
    /// What is wrong whatever happens: models, checks and sources that cannot be used.
    problems: Vec<String>,
}

/// Prints the plan. The exit code tells whether a run would end well, as far as that can be seen.
pub async fn run(args: &PlanArgs) -> anyhow::Result<ExitCode> {
    let project = args.project.load()?;
    let settings = project.settings();
    let target = Target::open(&project).await?;
    let scratch = Scratch::begin(settings)?;
    let engine = Engine::open(scratch.path(), &settings.resources()).context("cannot open DuckDB")?;
    let options = args.scope.options();
    let survey = Survey::take(
        &project,
        &target,
        &engine,
        &args.scope.selection(),
        &options,
        scratch.path(),
    )
    .await?;
    let rejected = earlier::rejected(&target, &survey).await?;
    let progress = Progress::start(settings);
    let plan = tokio::task::block_in_place(|| {
        let mut tables = Tables::new(
            &survey.graph,
            &progress,
            &survey.sources,
            &survey.published,
            DataFiles::new(&target, scratch.path()),
            scratch.path(),
            Handle::current(),
        );
        tables.readers = Readers::Plan;
        tables.is_fresh = options.full_refresh;
        let is_remade =
            |decision: &&Decision| matches!(decision.action, Action::Rebuild { .. } | Action::Increment(_));
        tables.remade = survey
            .decisions
            .iter()
            .filter(is_remade)
            .map(|decision| decision.table.clone())
            .collect();
        let lines = survey.decisions.iter().map(|decision| {
            let ahead = survey.graph.model(&decision.table).map(|planned| {
                progress.say(format!("looking at {}", decision.table));
                forecast(&engine, &tables, planned, decision, options.full_refresh)
            });
            line(&survey, decision, ahead.unwrap_or_default())
        });
        let lines = lines.collect();
        let mut problems = problems(&survey);
        let steps = tables.into_steps();
        problems.extend(steps.iter().filter_map(Step::problem));
        let mut drift: Vec<String> = steps.iter().flat_map(Step::drift_in_words).collect();
        drift.sort();
        drift.dedup();
        problems.sort();
        problems.dedup();
        Plan {
            target: target.name.clone(),
            snapshot_id: survey.catalog.as_ref().map(|catalog| catalog.snapshot_id.clone()),
            tables: lines,
            drift,
            rejected,
            problems,
        }
    });
    progress.finish();
    if args.json {
        print::out(serde_json::to_string_pretty(&plan)?);
    } else {
        show(&plan, &target);
    }
    let is_well = plan.problems.is_empty() && plan.tables.iter().all(|line| line.problem.is_none());
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn problems(survey: &Survey) -> Vec<String> {
    let graph = &survey.graph;
    let wrong = graph
        .refused
        .iter()
        .chain(&graph.refused_checks)
        .map(ToString::to_string);
    let lost = survey.sources.iter().filter_map(|(name, listed)| {
        let error = listed.as_ref().err()?;
        Some(format!("source.{name}: {error}"))
    });
    wrong.chain(lost).collect()
}

fn line(survey: &Survey, decision: &Decision, forecast: Forecast) -> Line {
    let is_new = !survey.published.contains_key(&decision.table.table);
    let action = match &decision.action {
        Action::Unchanged => "unchanged",
        Action::Describe { .. } => "describe",
        Action::Rebuild { .. } if is_new => "build",
        Action::Rebuild { if_changed: true } => "rebuild_if_changed",
        Action::Rebuild { if_changed: false } => "rebuild",
        Action::Increment(_) if forecast.is_whole => "rebuild",
        Action::Increment(_) => "increment",
        Action::Refused(_) => "refused",
    };
    let inputs: Option<Vec<u64>> = match &decision.action {
        Action::Increment(increment) => Some(increment.files.iter().map(|file| file.input.bytes).collect()),
        Action::Rebuild { .. } => survey.graph.model(&decision.table).map(|planned| {
            let made_of = survey.graph.made_of(planned);
            let sources = made_of.iter().filter(|name| name.schema == "source");
            let listed = sources.filter_map(|name| survey.sources.get(&name.table)?.as_ref().ok());
            listed
                .flat_map(|(_, files)| files)
                .map(|file| file.input.bytes)
                .collect()
        }),
        _ => None,
    };
    Line {
        table: decision.table.to_string(),
        action,
        because: decision.reasons.clone(),
        input_files: inputs.as_ref().map(|files| files.len() as u64),
        input_bytes: inputs.map(|files| files.iter().sum()),
        rows: forecast.rows,
        bytes: forecast.bytes,
        files_rewritten: forecast.files.map(|(touched, _)| touched),
        files_published: forecast.files.map(|(_, all)| all),
        schema: forecast.schema,
        notes: decision.notes.clone(),
        problem: forecast.problem,
    }
}

fn show(plan: &Plan, target: &Target) {
    let (work, idle): (Vec<&Line>, Vec<&Line>) =
        plan.tables.iter().partition(|line| line.action != "unchanged");
    if !work.is_empty() {
        let mut table = print::table(&[
            "table",
            "action",
            "reads",
            "rows",
            "size",
            "files rewritten",
            "because",
        ]);
        for line in &work {
            let about =
                |text: Option<String>| print::number(text.map(|text| format!("~{text}")).unwrap_or_default());
            let reads = line
                .input_files
                .zip(line.input_bytes)
                .filter(|(files, _)| *files > 0);
            let reads = reads
                .map(|(files, bytes)| format!("{}, {}", print::counted(files, "file"), print::bytes(bytes)));
            let files = line
                .files_rewritten
                .zip(line.files_published)
                .map(|(touched, all)| match touched {
                    0 => format!("none of {all}"),
                    _ if line.action == "increment" => format!("at most {touched} of {all}"),
                    _ => format!("{touched} of {all}"),
                });
            table.add_row(vec![
                line.table.as_str().into(),
                line.action.replace('_', " ").into(),
                print::number(reads.unwrap_or_default()),
                about(line.rows.map(print::thousands)),
                about(line.bytes.map(print::bytes)),
                files.unwrap_or_default().into(),
                line.because.join("\n").into(),
            ]);
        }
        print::out(table);
    }
    for line in &plan.tables {
        if let Some(schema) = &line.schema {
            print::out(format!("{}: {schema}", line.table));
        }
        for note in &line.notes {
            print::out(format!("{}: {note}", line.table));
        }
    }
    for words in &plan.drift {
        print::out(words);
    }
    for line in &plan.tables {
        if let Some(problem) = &line.problem {
            log::note(&format!("\n{} will not be published: {problem}", line.table));
        }
    }
    if !plan.rejected.is_empty() {
        let files = print::counted(plan.rejected.len() as u64, "file");
        print::out(format!(
            "{files} could not be read by an earlier run, and will be tried again:"
        ));
    }
    for file in &plan.rejected {
        print::out(format!("  source.{}: {}", file.source, file.in_full()));
    }
    for problem in &plan.problems {
        log::note(&format!("\n{problem}"));
    }
    let snapshot = match &plan.snapshot_id {
        Some(id) => format!("at snapshot {id}"),
        None => "empty".to_owned(),
    };
    print::out(format!(
        "{}; {} up to date. Target {} ({}) is {snapshot}",
        match work.len() {
            0 => "nothing to do".to_owned(),
            count => format!("{} to make", print::counted(count as u64, "table")),
        },
        print::counted(idle.len() as u64, "table"),
        target.name,
        target.address,
    ));
}
