//! The files of `checks/`: rules over several tables.
//!
//! Invariant: a gold table is published only if every check file of severity `error` that guards it ran and
//! found nothing. A check guards the gold tables that it reads; if it reads none, those made of what it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use catalog::{CheckResult, Severity};

use super::checks::{self, Checked};
use super::step::{Outcome, Step};
use super::tables::{Tables, words};
use crate::engine::{Engine, EngineError};
use crate::plan::{Name, PlannedCheck};

/// What check files say of gold tables.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// Tables that are kept out, and because of what.
    pub blocked: BTreeMap<Name, BTreeSet<String>>,
    /// Results for the manifest of a table.
    pub results: BTreeMap<Name, Vec<CheckResult>>,
}

/// Runs the check files that guard tables of this run.
pub(super) fn judge(engine: &Engine, tables: &Tables<'_>, made: &BTreeSet<Name>) -> Verdicts {
    let graph = tables.graph;
    let mut verdicts = Verdicts::default();
    for error in &graph.refused_checks {
        // What it would have guarded is not known.
        let name = error.file.to_string_lossy().into_owned();
        tables.tell(Step::ended(&name, Outcome::Failed(error.to_string())));
        verdicts.block(made, &name);
    }
    for planned in &graph.checks {
        let guarded: BTreeSet<Name> = graph.guarded_by(planned).intersection(made).cloned().collect();
        if guarded.is_empty() {
            continue;
        }
        let name = planned.check.file.to_string_lossy().into_owned();
        let started = Instant::now();
        tables.progress.say(format!("checking {name}"));
        let mut step = match evaluate(engine, tables, planned) {
            Ok(Ok(checked)) => {
                for table in &guarded {
                    let results = verdicts.results.entry(table.clone()).or_default();
                    results.push(checked.result.clone());
                }
                step_of(&name, checked)
            }
            Ok(Err(missing)) => Step::ended(&name, Outcome::Skipped(words(&missing))),
            Err(error) => Step::ended(&name, Outcome::Failed(format!("{name}: {error}"))),
        };
        if planned.check.header.severity == Severity::Error && !step.outcome.is_done() {
            verdicts.block(&guarded, &name);
        }
        step.seconds = started.elapsed().as_secs_f64();
        tables.tell(step);
    }
    verdicts.block_readers(tables, made);
    verdicts
}

/// How the check went; or which of its tables cannot be read.
fn evaluate(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedCheck,
) -> Result<Result<Checked, Vec<Name>>, EngineError> {
    let check = &planned.check;
    let context = tables.context(engine, None)?;
    let missing = tables.ensure(engine, &context, None, &planned.reads)?;
    if !missing.is_empty() {
        return Ok(Err(missing));
    }
    engine.execute(&format!(
        "CREATE OR REPLACE VIEW staged.bad_rows AS {}",
        check.sql
    ))?;
    checks::apply_query(engine, &check.name, "staged.bad_rows", check.header.severity).map(Ok)
}

impl Verdicts {
    fn block(&mut self, tables: &BTreeSet<Name>, because: &str) {
        for table in tables {
            self.blocked
                .entry(table.clone())
                .or_default()
                .insert(because.to_owned());
        }
    }

    /// A table made of one that is kept out is kept out too.
    fn block_readers(&mut self, tables: &Tables<'_>, made: &BTreeSet<Name>) {
        let blocked: BTreeSet<Name> = self.blocked.keys().cloned().collect();
        for table in made.difference(&blocked) {
            let ancestors = tables.graph.ancestors([table]);
            let because: BTreeSet<String> = ancestors.intersection(&blocked).map(Name::to_string).collect();
            if !because.is_empty() {
                self.blocked.insert(table.clone(), because);
            }
        }
    }
}

fn step_of(name: &str, checked: Checked) -> Step {
    let complaint = checked
        .complaint
        .clone()
        .map(|complaint| format!("{name}: {complaint}"));
    let outcome = match &complaint {
        Some(complaint) if checked.blocks() => Outcome::Failed(complaint.clone()),
        _ => Outcome::Done,
    };
    Step {
        warnings: complaint.filter(|_| outcome.is_done()).into_iter().collect(),
        checks: vec![checked],
        ..Step::ended(name, outcome)
    }
}
