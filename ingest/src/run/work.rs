//! Does what the plan says, up to tables that are ready to be published.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use catalog::CheckStatus;
use tokio::runtime::Handle;

use super::assess::{self, Verdicts};
use super::build::{self, Unmade};
use super::checks;
use super::memory::MemoryWatch;
use super::new_table::NewTable;
use super::schedule::{self, Job};
use super::step::{Action as Done, Outcome, Step};
use super::tables::{Tables, words};
use crate::data_files::DataFiles;
use crate::engine::Engine;
use crate::plan::{Action, Decision, Name, PlannedModel, compared_with};
use crate::progress::Progress;
use crate::project::Rule;
use crate::publish::GoldTable;
use crate::source;
use crate::survey::Survey;
use crate::target::Target;

/// What a run works with.
pub(super) struct Site<'a> {
    pub target: &'a Target,
    pub survey: &'a Survey,
    pub scratch: &'a Path,
    pub progress: &'a Progress,
    pub full_refresh: bool,
    /// Models that are made side by side.
    pub jobs: usize,
}

/// What came out.
pub(super) struct Worked {
    /// Everything that was done, in order.
    pub steps: Vec<Step>,
    /// Tables that may be published.
    pub tables: Vec<GoldTable>,
}

/// Makes and checks the tables. Blocks; needs a runtime that is not blocked by it.
pub(super) fn work(site: &Site<'_>, engine: &Engine) -> anyhow::Result<Worked> {
    let survey = site.survey;
    let mut tables = Tables::new(
        &survey.graph,
        site.progress,
        &survey.sources,
        &survey.published,
        DataFiles::new(site.target, site.scratch),
        site.scratch,
        Handle::current(),
    );
    tables.is_fresh = site.full_refresh;
    tell_what_cannot_run(&tables, survey);
    tell_stale(engine, &tables, survey)?;
    let jobs: Vec<Job<&Decision>> = survey
        .decisions
        .iter()
        .filter(|d| d.action.is_work())
        .map(|d| job(survey, d))
        .collect();
    let made: Mutex<BTreeMap<Name, NewTable>> = Mutex::default();
    if !jobs.is_empty() {
        let memory = MemoryWatch::begin();
        let workers = (0..site.jobs.min(jobs.len()))
            .map(|_| engine.connect())
            .collect::<Result<Vec<_>, _>>()?;
        schedule::run(jobs, workers, |engine, table, decision| {
            let started = Instant::now();
            let peak = memory.step();
            let task = site.progress.begin(&table.to_string());
            // A panic is a fault of this program; other models are not to suffer from it.
            let made_one = catch_unwind(AssertUnwindSafe(|| make(site, engine, &tables, decision)));
            let (mut step, new) = made_one.unwrap_or_else(|_| {
                let reason = "ingest panicked, which is a bug: please report what stands above".to_owned();
                (Step::ended(table, Outcome::Failed(reason)), None)
            });
            step.seconds = started.elapsed().as_secs_f64();
            task.end(&step.result_in_short(), step.rows, step.bytes, step.seconds);
            step.peak_memory_bytes = peak.bytes();
            if !step.outcome.is_done() {
                tables.set_version(table, None);
            }
            tables.tell(step);
            if let Some(new) = new {
                made.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(table.clone(), new);
            }
        });
    }
    make_selected_silver(engine, &tables, survey)?;
    let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    let to_judge: BTreeSet<Name> = made
        .keys()
        .filter(|name| !is_description_only(survey, name))
        .cloned()
        .collect();
    let verdicts = assess::judge(engine, &tables, &to_judge);
    let mut steps = tables.into_steps();
    let tables = seal(made, verdicts, &mut steps)?;
    Ok(Worked { steps, tables })
}

fn job<'a>(survey: &Survey, decision: &'a Decision) -> Job<&'a Decision> {
    let after = survey.graph.model(&decision.table).map(|planned| {
        let graph = &survey.graph;
        let mut after = graph.made_of(planned);
        let silver = after
            .iter()
            .filter(|name| name.schema == "silver")
            .filter_map(|name| graph.model(name));
        let compared: BTreeSet<Name> = silver
            .chain([planned])
            .flat_map(|model| &model.compares)
            .cloned()
            .collect();
        after.extend(compared.iter().flat_map(|name| graph.made_of_table(name)));
        after.remove(&decision.table);
        after
    });
    Job {
        table: decision.table.clone(),
        after: after.unwrap_or_default(),
        work: decision,
    }
}

fn make(
    site: &Site<'_>,
    engine: &Engine,
    tables: &Tables<'_>,
    decision: &Decision,
) -> (Step, Option<NewTable>) {
    let table = &decision.table;
    let Some(planned) = tables.graph.model(table) else {
        return (
            Step::ended(table, Outcome::Skipped(vec![table.to_string()])),
            None,
        );
    };
    let action = |what, files, inputs| Done {
        what,
        reasons: decision.reasons.clone(),
        files,
        inputs,
    };
    let lighter = lighter(tables, planned, decision);
    let decision = lighter.as_ref().unwrap_or(decision);
    if !decision.action.is_work() {
        let step = Step {
            action: Some(action("unchanged", None, BTreeMap::new())),
            ..Step::ended(table, Outcome::Done)
        };
        return (step, None);
    }
    let site = build::Site {
        engine,
        tables,
        folder: site.scratch.join("gold").join(&table.table),
        full_refresh: site.full_refresh,
    };
    match build::build(&site, planned, decision) {
        Ok(new) => {
            let step = Step {
                rows: Some(new.manifest.rows),
                files: Some(new.files.len()),
                bytes: Some(new.files.iter().map(|file| file.bytes).sum()),
                action: Some(action(
                    what(decision, &new, tables),
                    Some(new.files_in_words()),
                    inputs(&site, decision, &new),
                )),
                ..Step::of_checks(table, &planned.model, &new.checks)
            };
            let new = step.outcome.is_done().then_some(new);
            (step, new)
        }
        Err(Unmade::Missing(missing)) => (Step::ended(table, Outcome::Skipped(words(&missing))), None),
        Err(Unmade::Failed(reason)) => (
            Step::ended(
                table,
                Outcome::Failed(format!("{}: {reason}", planned.model.file.display())),
            ),
            None,
        ),
    }
}

fn what(decision: &Decision, new: &NewTable, tables: &Tables<'_>) -> &'static str {
    match decision.action {
        Action::Increment(_) if new.is_whole => "rebuilt",
        Action::Describe { .. } => "described",
        Action::Increment(_) => "increment",
        _ if tables.published.contains_key(&decision.table.table) => "rebuilt",
        _ => "new",
    }
}

/// Raw files taken in, by source.
fn inputs(site: &build::Site<'_>, decision: &Decision, new: &NewTable) -> BTreeMap<String, u64> {
    match &decision.action {
        Action::Increment(increment) => {
            let context = site.tables.context(site.engine, Some(increment)).ok();
            let left_out = context.map_or(0, |context| {
                site.tables.rejected(&context, &increment.source).len()
            });
            [(
                increment.source.clone(),
                (increment.files.len() - left_out) as u64,
            )]
            .into()
        }
        Action::Rebuild { .. } => {
            let count = |(name, files): (&String, &Vec<_>)| (name.clone(), files.len() as u64);
            new.state.inputs.iter().map(count).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// What remains to be done where the tables that were the only reason came out as they were; none where that is all.
fn lighter(tables: &Tables<'_>, planned: &PlannedModel, decision: &Decision) -> Option<Decision> {
    let Action::Rebuild { if_changed: true } = decision.action else {
        return None;
    };
    let published = tables.published.get(&decision.table.table);
    let state = published.and_then(|published| published.state.as_ref())?;
    let is_as_before = tables
        .graph
        .made_of(planned)
        .iter()
        .filter(|name| name.schema == "gold")
        .all(|name| tables.content(name).as_ref() == state.upstream.get(&name.to_string()));
    if !is_as_before {
        return None;
    }
    let compared = compared_with(tables.graph, planned, tables.sources, |name| tables.content(name));
    let checks = decision.definition.checks != state.checks || compared != state.compared;
    let is_described = !checks && decision.definition.description == state.description;
    Some(Decision {
        action: if is_described {
            Action::Unchanged
        } else {
            Action::Describe { checks }
        },
        ..decision.clone()
    })
}

fn is_description_only(survey: &Survey, table: &Name) -> bool {
    let decision = survey.decisions.iter().find(|decision| decision.table == *table);
    decision.is_some_and(|decision| matches!(decision.action, Action::Describe { checks: false }))
}

/// Models that are wrong in themselves, and sources that cannot be found.
fn tell_what_cannot_run(tables: &Tables<'_>, survey: &Survey) {
    let wanted = survey.graph.ancestors(&survey.selected);
    for error in &survey.graph.refused {
        let is_wanted = |name: &Name| error.name == name.to_string();
        if !survey.is_all && !wanted.iter().any(is_wanted) {
            continue;
        }
        if let Some(("gold", table)) = error.name.split_once('.') {
            let name = Name {
                schema: "gold".to_owned(),
                table: table.to_owned(),
            };
            tables.set_version(&name, None);
        }
        tables.tell(Step::ended(&error.name, Outcome::Failed(error.to_string())));
    }
    let work = survey
        .decisions
        .iter()
        .filter(|decision| decision.action.is_work());
    let read = survey.graph.ancestors(work.map(|decision| &decision.table));
    let known = survey
        .graph
        .ancestors(survey.decisions.iter().map(|decision| &decision.table));
    for (name, listed) in &survey.sources {
        // Those that a table reads are told where it is made.
        if read.contains(&Name::of_source(name)) {
            continue;
        }
        let error = match listed {
            // To a table that grows it is no change.
            Ok((config, files)) if files.is_empty() && !known.contains(&Name::of_source(name)) => {
                source::nothing_found(config)
            }
            Ok(_) => continue,
            Err(error) => error.clone(),
        };
        tables.tell(Step::ended(
            Name::of_source(name),
            Outcome::Failed(error.to_string()),
        ));
    }
}

/// Freshness goes by without a change: it is looked at in every run, by what manifests tell.
fn tell_stale(engine: &Engine, tables: &Tables<'_>, survey: &Survey) -> anyhow::Result<()> {
    for decision in survey
        .decisions
        .iter()
        .filter(|decision| !decision.action.is_work())
    {
        let Some(planned) = survey.graph.model(&decision.table) else {
            continue;
        };
        let manifest = survey
            .published
            .get(&decision.table.table)
            .and_then(|published| published.manifest.as_ref());
        for check in &planned.model.header.checks {
            let (Rule::Freshness(rule), Some(manifest)) = (&check.rule, manifest) else {
                continue;
            };
            let newest = manifest.column(&rule.column).and_then(|column| {
                checks::time_literal(&column.column_type, column.statistics.max.as_ref()?)
            });
            let newest = newest.unwrap_or_else(|| "NULL::TIMESTAMP".to_owned());
            let checked = checks::apply_freshness(engine, rule, &newest, check.severity)?;
            if checked.result.status == CheckStatus::Failed {
                tables.tell(Step::of_checks(&decision.table, &planned.model, &[checked]));
            }
        }
    }
    Ok(())
}

/// Silver models that no gold table reads: they are made for their checks, if they are named or anything else is made.
fn make_selected_silver(engine: &Engine, tables: &Tables<'_>, survey: &Survey) -> anyhow::Result<()> {
    let is_idle =
        !survey.decisions.is_empty() && survey.decisions.iter().all(|decision| !decision.action.is_work());
    if survey.is_all && is_idle {
        return Ok(());
    }
    let read_by_gold = survey.graph.ancestors(
        survey
            .decisions
            .iter()
            .map(|decision| &decision.table)
            .collect::<Vec<_>>(),
    );
    let silver: Vec<Name> = survey
        .selected
        .iter()
        .filter(|name| name.schema == "silver" && !read_by_gold.contains(name))
        .cloned()
        .collect();
    if !silver.is_empty() {
        let context = tables.context(engine, None)?;
        tables.ensure(engine, &context, None, &silver)?;
    }
    Ok(())
}

/// Takes out what check files keep out, and notes their results in the manifests of the others.
fn seal(
    made: BTreeMap<Name, NewTable>,
    mut verdicts: Verdicts,
    steps: &mut [Step],
) -> anyhow::Result<Vec<GoldTable>> {
    let mut tables = Vec::new();
    for (name, mut new) in made {
        if let Some(because) = verdicts.blocked.get(&name) {
            if let Some(step) = steps.iter_mut().find(|step| step.name == name.to_string()) {
                step.outcome = Outcome::Skipped(because.iter().cloned().collect());
            }
            continue;
        }
        new.manifest
            .checks
            .extend(verdicts.results.remove(&name).unwrap_or_default());
        tables.push(new.seal()?);
    }
    Ok(tables)
}
