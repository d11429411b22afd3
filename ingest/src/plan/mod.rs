//! In which order models run, and which cannot run at all.
//!
//! Invariant: a model comes after everything that it reads; one that cannot run is in [`Plan::refused`] with
//! its file and line, and does not keep others from running.
//!
//! Entry point: [`Plan::of`].

mod order;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Engine;
use crate::project::{CheckFile, Model, ModelError, Rule};

pub use resolve::{Name, Names};

/// A model with what it reads.
#[derive(Debug, Clone)]
pub struct PlannedModel {
    /// The model.
    pub model: Model,
    /// Tables that its SELECT reads.
    pub reads: BTreeSet<Name>,
    /// Tables that only its checks compare with.
    pub compares: BTreeSet<Name>,
    /// Whether its SELECT states an order.
    pub is_ordered: bool,
}

impl PlannedModel {
    /// Its table.
    pub fn table(&self) -> Name {
        Name::of_model(&self.model)
    }

    /// Everything that must be there before it runs.
    pub fn needs(&self) -> impl Iterator<Item = &Name> {
        self.reads.union(&self.compares)
    }
}

/// A file of `checks/` with what it reads.
#[derive(Debug, Clone)]
pub struct PlannedCheck {
    /// The check.
    pub check: CheckFile,
    /// Tables that it reads.
    pub reads: BTreeSet<Name>,
}

/// What to run, in order, and what not.
#[derive(Debug)]
pub struct Plan {
    /// Models, each after everything that it needs.
    pub models: Vec<PlannedModel>,
    /// Checks on what was built.
    pub checks: Vec<PlannedCheck>,
    /// Models that cannot run, and why.
    pub refused: Vec<ModelError>,
    /// Check files that cannot run, and why.
    pub refused_checks: Vec<ModelError>,
}

impl Plan {
    /// Plans the models and checks. `names` are those of all sources and models.
    pub fn of(
        engine: &Engine,
        names: &Names,
        models: Vec<Result<Model, ModelError>>,
        checks: Vec<Result<CheckFile, ModelError>>,
    ) -> Self {
        let mut refused = Vec::new();
        let mut planned = BTreeMap::new();
        for model in models {
            match model.and_then(|model| plan_model(engine, names, model)) {
                Ok(model) => {
                    planned.insert(model.table(), model);
                }
                Err(error) => refused.push(error),
            }
        }
        let (models, cyclic) = order::sort(planned);
        refused.extend(cyclic);
        let mut plan = Self {
            models,
            checks: Vec::new(),
            refused,
            refused_checks: Vec::new(),
        };
        for check in checks {
            match check.and_then(|check| plan_check(engine, names, check)) {
                Ok(check) => plan.checks.push(check),
                Err(error) => plan.refused_checks.push(error),
            }
        }
        plan
    }
}

fn plan_model(engine: &Engine, names: &Names, model: Model) -> Result<PlannedModel, ModelError> {
    let wrong = |reason: String| ModelError {
        name: model.to_string(),
        file: model.file.clone(),
        reason,
    };
    let statement = engine
        .parse(&model.sql)
        .map_err(|error| wrong(error.to_string()))?;
    let reads = names.resolve_all(&statement.references).map_err(&wrong)?;
    let mut compares = BTreeSet::new();
    for check in &model.header.checks {
        if let Rule::Relationships(relationships) = &check.rule {
            let name = names
                .resolve_text(&relationships.to)
                .map_err(|reason| wrong(format!("in its header, relationships: {reason}")))?;
            if name != Name::of_model(&model) {
                compares.insert(name);
            }
        }
    }
    Ok(PlannedModel {
        reads,
        compares,
        is_ordered: statement.is_ordered,
        model,
    })
}

fn plan_check(engine: &Engine, names: &Names, check: CheckFile) -> Result<PlannedCheck, ModelError> {
    let wrong = |reason: String| ModelError {
        name: check.name.clone(),
        file: check.file.clone(),
        reason,
    };
    let statement = engine
        .parse(&check.sql)
        .map_err(|error| wrong(error.to_string()))?;
    let reads = names.resolve_all(&statement.references).map_err(&wrong)?;
    Ok(PlannedCheck { reads, check })
}
