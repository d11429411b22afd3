//! Models, checks and what they read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Name, Names, order};
use crate::engine::Engine;
use crate::project::{CheckFile, Layer, Model, ModelError, Rule};

/// A model with what it reads.
#[derive(Debug, Clone)]
pub struct PlannedModel {
    /// The model.
    pub model: Model,
    /// Tables that its SELECT reads.
    pub reads: BTreeSet<Name>,
    /// Tables that only its checks compare with.
    pub compares: BTreeSet<Name>,
    /// Whether it reads its own table where rows of new files are added to it.
    pub reads_itself: bool,
    /// Whether its SELECT states an order.
    pub is_ordered: bool,
    /// Hash of what its SELECT means.
    pub fingerprint: String,
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
    /// Hash of what its SELECT means.
    pub fingerprint: String,
}

/// What there is to run, in order, and what cannot run.
#[derive(Debug)]
pub struct Graph {
    /// What names in SQL stand for.
    pub names: Names,
    /// Models, each after everything that it needs.
    pub models: Vec<PlannedModel>,
    /// Checks on what was built.
    pub checks: Vec<PlannedCheck>,
    /// Models that cannot run, and why.
    pub refused: Vec<ModelError>,
    /// Check files that cannot run, and why.
    pub refused_checks: Vec<ModelError>,
}

impl Graph {
    /// Reads the models and checks. `names` are those of all sources and models.
    pub fn of(
        engine: &Engine,
        names: Names,
        models: Vec<Result<Model, ModelError>>,
        checks: Vec<Result<CheckFile, ModelError>>,
    ) -> Self {
        let mut refused = Vec::new();
        let mut planned = BTreeMap::new();
        for model in models {
            match model.and_then(|model| plan_model(engine, &names, model)) {
                Ok(model) => {
                    planned.insert(model.table(), model);
                }
                Err(error) => refused.push(error),
            }
        }
        let (models, cyclic) = order::sort(planned);
        refused.extend(cyclic);
        let mut planned = Vec::new();
        let mut refused_checks = Vec::new();
        for check in checks {
            match check.and_then(|check| plan_check(engine, &names, check)) {
                Ok(check) => planned.push(check),
                Err(error) => refused_checks.push(error),
            }
        }
        let mut graph = Self {
            names,
            models,
            checks: planned,
            refused,
            refused_checks,
        };
        graph.find_inputs();
        graph
    }

    /// The model of that table.
    pub fn model(&self, table: &Name) -> Option<&PlannedModel> {
        self.models.iter().find(|model| model.table() == *table)
    }

    /// Gold models, each after those that it reads.
    pub fn gold(&self) -> impl Iterator<Item = &PlannedModel> {
        self.models
            .iter()
            .filter(|model| model.model.layer == Layer::Gold)
    }

    /// These tables and everything that they read, directly or through others.
    pub fn ancestors<'a>(&'a self, tables: impl IntoIterator<Item = &'a Name>) -> BTreeSet<Name> {
        let mut waiting: Vec<&Name> = tables.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if found.insert(name.clone())
                && let Some(model) = self.model(name)
            {
                waiting.extend(&model.reads);
            }
        }
        found
    }

    /// What a model's rows are computed of: tables that it reads, through silver, up to sources and gold tables.
    pub fn made_of(&self, model: &PlannedModel) -> BTreeSet<Name> {
        let mut waiting: Vec<&Name> = model.reads.iter().collect();
        let mut found = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if found.insert(name.clone())
                && name.schema == Layer::Silver.name()
                && let Some(model) = self.model(name)
            {
                waiting.extend(&model.reads);
            }
        }
        found
    }

    /// A table and, through silver, what its rows are computed of.
    pub fn made_of_table(&self, table: &Name) -> BTreeSet<Name> {
        let silver = self
            .model(table)
            .filter(|model| model.model.layer == Layer::Silver);
        let mut found = silver.map(|model| self.made_of(model)).unwrap_or_default();
        found.insert(table.clone());
        found
    }

    /// The gold tables that a check file guards: those that it reads; if it reads none, those made of what it reads.
    pub fn guarded_by(&self, check: &PlannedCheck) -> BTreeSet<Name> {
        let direct: BTreeSet<Name> = check
            .reads
            .iter()
            .filter(|name| name.schema == Layer::Gold.name())
            .cloned()
            .collect();
        if !direct.is_empty() {
            return direct;
        }
        self.gold()
            .map(PlannedModel::table)
            .filter(|table| !self.ancestors([table]).is_disjoint(&check.reads))
            .collect()
    }

    /// Refuses incremental models of which it is not clear which source grows; names it in the others.
    fn find_inputs(&mut self) {
        let mut wrong = BTreeMap::new();
        let mut inputs = BTreeMap::new();
        for planned in self.gold() {
            let Some(incremental) = planned.model.header.incremental() else {
                continue;
            };
            let made_of = self.made_of(planned);
            let sources: Vec<&str> = made_of
                .iter()
                .filter(|name| name.schema == "source")
                .map(|name| name.table.as_str())
                .collect();
            let named = incremental
                .input
                .as_deref()
                .map(|input| input.trim_start_matches("source."));
            let input = match (named, sources.as_slice()) {
                (Some(named), sources) if sources.contains(&named) => Ok(named.to_owned()),
                (Some(named), sources) => Err(format!(
                    "in its header, input names `{named}`, which is no source that it reads: it reads {}",
                    list(sources)
                )),
                (None, [only]) => Ok((*only).to_owned()),
                (None, []) => Err(
                    "it is incremental and reads no source: what grows must be a source, whose new files are taken in. \
                     Write materialized: table"
                        .to_owned(),
                ),
                (None, several) => Err(format!(
                    "it is incremental and reads several sources: say in its header which one grows, as in input: {} \
                     (it reads {})",
                    several[0],
                    list(several)
                )),
            };
            match input {
                Ok(input) => inputs.insert(planned.table(), input).map_or((), drop),
                Err(reason) => wrong.insert(planned.table(), reason).map_or((), drop),
            }
        }
        for planned in &mut self.models {
            if let Some(input) = inputs.remove(&planned.table()) {
                planned.model.header.input = Some(input);
            }
        }
        for (table, reason) in wrong {
            if let Some(at) = self.models.iter().position(|model| model.table() == table) {
                let model = self.models.remove(at).model;
                self.refused.push(ModelError {
                    name: table.to_string(),
                    file: model.file,
                    reason,
                });
            }
        }
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
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
    let mut reads = names.resolve_all(&statement.references).map_err(&wrong)?;
    let mut reads_itself = false;
    if let Some(sql) = &model.increment_sql {
        let statement = engine.parse(sql).map_err(|error| wrong(error.to_string()))?;
        let mut more = names.resolve_all(&statement.references).map_err(&wrong)?;
        reads_itself = more.remove(&Name::of_model(&model));
        reads.extend(more);
    }
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
        reads_itself,
        is_ordered: statement.is_ordered,
        fingerprint: statement.fingerprint,
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
    Ok(PlannedCheck {
        reads,
        fingerprint: statement.fingerprint,
        check,
    })
}
