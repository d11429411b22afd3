//! The files of `checks/`: rules over several tables.
//!
//! Invariant: a gold table is published only if every check file of severity `error` that guards it ran and
//! found nothing. A check guards the gold tables that it reads; if it reads none, those made of what it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use catalog::{CheckResult, Severity};

use super::build::Build;
use super::checks::{self, Checked};
use super::step::{Outcome, Step};
use crate::engine::EngineError;
use crate::plan::{Name, PlannedCheck};
use crate::project::ModelError;

/// What check files say of gold tables.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// Tables that are kept out, and because of what.
    pub blocked: BTreeMap<Name, BTreeSet<String>>,
    /// Results for the manifest of a table.
    pub results: BTreeMap<Name, Vec<CheckResult>>,
}

impl Build<'_> {
    /// Runs the check files over what was made.
    pub(super) fn judge(&mut self, checks: &[PlannedCheck], refused: &[ModelError]) -> Verdicts {
        let mut verdicts = Verdicts::default();
        let all_gold: BTreeSet<Name> = self
            .made
            .keys()
            .filter(|name| name.schema == "gold")
            .cloned()
            .collect();
        for error in refused {
            // What it would have guarded is not known.
            let name = error.file.to_string_lossy().into_owned();
            self.steps
                .push(Step::ended(&name, Outcome::Failed(error.to_string())));
            block(&mut verdicts, &all_gold, &name);
        }
        for planned in checks {
            let guarded = self.guarded_by(planned, &all_gold);
            let name = planned.check.file.to_string_lossy().into_owned();
            let is_error = planned.check.header.severity == Severity::Error;
            let started = Instant::now();
            let missing: Vec<String> = planned
                .reads
                .iter()
                .filter(|table| self.unusable.contains(table))
                .map(Name::to_string)
                .collect();
            let mut step = if missing.is_empty() {
                self.progress.say(format!("checking {name}"));
                match self.evaluate(planned) {
                    Ok(checked) => {
                        for table in &guarded {
                            verdicts
                                .results
                                .entry(table.clone())
                                .or_default()
                                .push(checked.result.clone());
                        }
                        step_of(&name, checked)
                    }
                    Err(error) => Step::ended(&name, Outcome::Failed(format!("{name}: {error}"))),
                }
            } else {
                Step::ended(&name, Outcome::Skipped(missing))
            };
            if is_error && !step.outcome.is_done() {
                block(&mut verdicts, &guarded, &name);
            }
            step.seconds = started.elapsed().as_secs_f64();
            self.steps.push(step);
        }
        self.block_readers(&mut verdicts, &all_gold);
        verdicts
    }

    fn evaluate(&self, planned: &PlannedCheck) -> Result<Checked, EngineError> {
        let check = &planned.check;
        self.engine.execute(&format!(
            "CREATE OR REPLACE VIEW staged.bad_rows AS {}",
            check.sql
        ))?;
        checks::apply_query(self.engine, &check.name, "staged.bad_rows", check.header.severity)
    }

    fn guarded_by(&self, check: &PlannedCheck, all_gold: &BTreeSet<Name>) -> BTreeSet<Name> {
        let direct: BTreeSet<Name> = check.reads.intersection(all_gold).cloned().collect();
        if !direct.is_empty() {
            return direct;
        }
        let is_made_of = |table: &&Name| {
            !self
                .ancestors(&BTreeSet::from([(*table).clone()]))
                .is_disjoint(&check.reads)
        };
        all_gold.iter().filter(is_made_of).cloned().collect()
    }

    /// A table made of one that is kept out is kept out too.
    fn block_readers(&self, verdicts: &mut Verdicts, all_gold: &BTreeSet<Name>) {
        let blocked: BTreeSet<Name> = verdicts.blocked.keys().cloned().collect();
        for table in all_gold.difference(&blocked) {
            let ancestors = self.ancestors(&BTreeSet::from([table.clone()]));
            let because: BTreeSet<String> = ancestors.intersection(&blocked).map(Name::to_string).collect();
            if !because.is_empty() {
                verdicts.blocked.insert(table.clone(), because);
            }
        }
    }
}

fn block(verdicts: &mut Verdicts, tables: &BTreeSet<Name>, because: &str) {
    for table in tables {
        verdicts
            .blocked
            .entry(table.clone())
            .or_default()
            .insert(because.to_owned());
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
        checks: vec![checked.result],
        ..Step::ended(name, outcome)
    }
}
