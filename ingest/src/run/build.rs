//! Everything between raw files and finished gold files in the scratch folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use catalog::{CheckResult, Lineage, TableManifest};

use super::assess::Verdicts;
use super::checks::Checked;
use super::model::{self, Ancestry, MadeTable};
use super::step::{Outcome, Step};
use crate::engine::Engine;
use crate::gold::{self, Description, FILE_BYTES, GoldError, Layout, ROW_GROUP_ROWS};
use crate::lineage::{self, ColumnOrigins};
use crate::plan::{Name, Names, Plan, PlannedModel};
use crate::progress::Progress;
use crate::project::{CheckFile, Layer, Model, ModelError, SourceConfig};
use crate::publish::GoldTable;
use crate::source::{self, LoadedSource, SourceError, SourceFile};

/// A source whose files were looked for.
pub(super) struct LocatedSource {
    /// Its name in `ingest.toml`.
    pub name: String,
    /// Its files, or why there are none.
    pub files: Result<(SourceConfig, Vec<SourceFile>), SourceError>,
}

/// What a build starts from.
pub(super) struct Inputs {
    pub sources: Vec<LocatedSource>,
    pub models: Vec<Result<Model, ModelError>>,
    pub checks: Vec<Result<CheckFile, ModelError>>,
    pub previous: BTreeMap<String, TableManifest>,
}

/// What came out.
pub(super) struct Built {
    /// Everything that was done, in order.
    pub steps: Vec<Step>,
    /// Tables that may be published.
    pub tables: Vec<GoldTable>,
}

/// A build in progress.
pub(super) struct Build<'a> {
    pub(super) engine: &'a Engine,
    names: Names,
    pub(super) progress: &'a Progress,
    previous: BTreeMap<String, TableManifest>,
    sources: BTreeMap<Name, LoadedSource>,
    pub(super) made: BTreeMap<Name, (PlannedModel, MadeTable)>,
    /// What the columns of each model are made of, down to sources and gold tables.
    origins: BTreeMap<Name, ColumnOrigins>,
    pub(super) unusable: BTreeSet<Name>,
    pub(super) steps: Vec<Step>,
}

impl<'a> Build<'a> {
    /// Builds what can be built.
    pub fn run(engine: &'a Engine, inputs: Inputs, folder: &Path, progress: &'a Progress) -> Built {
        let source_names: BTreeSet<String> =
            inputs.sources.iter().map(|source| source.name.clone()).collect();
        let mut build = Self {
            engine,
            names: Names::new(&source_names, &inputs.models),
            progress,
            previous: inputs.previous,
            sources: BTreeMap::new(),
            made: BTreeMap::new(),
            origins: BTreeMap::new(),
            unusable: BTreeSet::new(),
            steps: Vec::new(),
        };
        let plan = Plan::of(engine, &build.names, inputs.models, inputs.checks);
        for source in inputs.sources {
            build.load(source);
        }
        for error in &plan.refused {
            build.refuse(error);
        }
        for planned in plan.models {
            build.make(planned);
        }
        let verdicts = build.judge(&plan.checks, &plan.refused_checks);
        let tables = build.write(&verdicts, folder);
        Built {
            steps: build.steps,
            tables,
        }
    }

    fn load(&mut self, source: LocatedSource) {
        let name = Name::of_source(&source.name);
        self.progress.say(format!("reading {name}"));
        let started = Instant::now();
        let loaded = source
            .files
            .and_then(|(config, files)| source::load(self.engine, &source.name, &config, &files));
        let mut step = match loaded {
            Ok(loaded) => {
                let step = Step {
                    rows: Some(loaded.rows),
                    files: Some(loaded.files),
                    ..Step::ended(&name, Outcome::Done)
                };
                self.sources.insert(name, loaded);
                step
            }
            Err(error) => {
                self.unusable.insert(name.clone());
                Step::ended(&name, Outcome::Failed(error.to_string()))
            }
        };
        step.seconds = started.elapsed().as_secs_f64();
        self.steps.push(step);
    }

    fn refuse(&mut self, error: &ModelError) {
        if let Some((schema, table)) = error.name.split_once('.') {
            self.unusable.insert(Name {
                schema: schema.to_owned(),
                table: table.to_owned(),
            });
        }
        self.steps
            .push(Step::ended(&error.name, Outcome::Failed(error.to_string())));
    }

    fn make(&mut self, planned: PlannedModel) {
        let table = planned.table();
        let missing: Vec<String> = planned
            .needs()
            .filter(|name| self.unusable.contains(name))
            .map(Name::to_string)
            .collect();
        if !missing.is_empty() {
            self.unusable.insert(table.clone());
            self.steps.push(Step::ended(&table, Outcome::Skipped(missing)));
            return;
        }
        self.progress.say(format!("building {table}"));
        let started = Instant::now();
        let ancestry = Ancestry {
            previous: (planned.model.layer == Layer::Gold)
                .then(|| self.previous.get(&table.table))
                .flatten(),
            original_names: self.original_names(&planned),
        };
        let mut step = match model::make(self.engine, &self.names, &planned, &ancestry) {
            Ok(made) => {
                let step = Step {
                    rows: Some(made.rows),
                    ..step_of_checks(&table, &planned.model, &made.checks)
                };
                if step.outcome.is_done() {
                    let origins = self.trace(&planned);
                    self.origins.insert(table.clone(), origins);
                    self.made.insert(table.clone(), (planned, made));
                }
                step
            }
            Err(error) => Step::ended(
                &table,
                Outcome::Failed(format!("{}: {error}", planned.model.file.display())),
            ),
        };
        if !step.outcome.is_done() {
            self.unusable.insert(table);
        }
        step.seconds = started.elapsed().as_secs_f64();
        self.steps.push(step);
    }

    /// Writes the gold tables that no check keeps out.
    fn write(&mut self, verdicts: &Verdicts, folder: &Path) -> Vec<GoldTable> {
        let gold: Vec<Name> = self
            .made
            .keys()
            .filter(|name| name.schema == "gold")
            .cloned()
            .collect();
        let mut tables = Vec::new();
        for table in gold {
            let started = Instant::now();
            let outcome = match verdicts.blocked.get(&table) {
                Some(because) => Outcome::Skipped(because.iter().cloned().collect()),
                None => {
                    self.progress.say(format!("writing {table}"));
                    let results = verdicts.results.get(&table).map_or(&[][..], Vec::as_slice);
                    match self.write_one(&table, results, &folder.join(&table.table)) {
                        Ok(written) => {
                            tables.push(written);
                            Outcome::Done
                        }
                        Err(error) => Outcome::Failed(format!("{table}: {error}")),
                    }
                }
            };
            let written = tables.last().filter(|_| outcome.is_done());
            if let Some(step) = self.steps.iter_mut().find(|step| step.name == table.to_string()) {
                step.files = written.map(|written| written.files.len());
                step.bytes = written.map(|written| written.manifest.bytes);
                step.seconds += started.elapsed().as_secs_f64();
                step.outcome = outcome;
            }
        }
        tables
    }

    fn write_one(
        &self,
        table: &Name,
        of_check_files: &[CheckResult],
        folder: &Path,
    ) -> Result<GoldTable, GoldError> {
        let (planned, made) = &self.made[table];
        let model = &planned.model;
        std::fs::create_dir_all(folder).map_err(|cause| GoldError::Io {
            path: folder.to_owned(),
            cause,
        })?;
        let layout = Layout {
            row_group_rows: model.header.row_group_rows.unwrap_or(ROW_GROUP_ROWS),
            file_bytes: FILE_BYTES,
            sort_keys: &made.sort_keys,
        };
        let started = Instant::now();
        let files = gold::write(self.engine, table, &made.columns, layout, folder)?;
        tracing::debug!(%table, elapsed = ?started.elapsed(), "written");
        let checks = made
            .checks
            .iter()
            .map(|check| &check.result)
            .chain(of_check_files);
        let description = Description {
            text: model.header.description.clone(),
            sort_keys: made.sort_keys.clone(),
            checks: checks.cloned().collect(),
            lineage: self.lineage(planned),
        };
        let manifest = gold::describe(self.engine, table, made.columns.clone(), &files, description)?;
        tracing::debug!(%table, elapsed = ?started.elapsed(), "written and described");
        Ok(GoldTable { manifest, files })
    }

    fn lineage(&self, planned: &PlannedModel) -> Lineage {
        let is_source = |name: &&Name| name.schema == "source";
        let ancestors = self.ancestors(&planned.reads);
        let reads_of = |table: &Name| self.made.get(table).map(|(planned, _)| &planned.reads);
        Lineage {
            models: planned
                .reads
                .iter()
                .filter(|name| !is_source(name))
                .map(Name::to_string)
                .collect(),
            sources: ancestors
                .iter()
                .filter(is_source)
                .map(|name| name.table.clone())
                .collect(),
            reads: lineage::way_to(&planned.table(), reads_of),
            columns: self.origins.get(&planned.table()).cloned().unwrap_or_default(),
            sql: Some(planned.model.body().to_owned()),
        }
    }

    /// What the columns of a model that was just made are made of.
    fn trace(&self, planned: &PlannedModel) -> ColumnOrigins {
        let table = planned.table().quoted();
        let described = self.engine.describe(&format!("SELECT * FROM {table}"));
        let returned: Vec<String> = described
            .unwrap_or_default()
            .into_iter()
            .map(|(column, _)| column)
            .collect();
        let sql = &planned.model.sql;
        lineage::of_model(self.engine, &self.names, sql, &returned, &self.origins)
    }

    /// Names in raw files by name in SQL, where they differ and no two sources disagree.
    fn original_names(&self, planned: &PlannedModel) -> BTreeMap<String, String> {
        let mut originals: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for name in self.ancestors(&planned.reads) {
            for column in self
                .sources
                .get(&name)
                .map_or(&[][..], |source| source.columns.as_slice())
            {
                originals
                    .entry(&column.name)
                    .or_default()
                    .insert(&column.original);
            }
        }
        originals
            .into_iter()
            .filter_map(|(name, originals)| {
                let original = originals
                    .first()
                    .filter(|original| originals.len() == 1 && **original != name)?;
                Some((name.to_owned(), (*original).to_owned()))
            })
            .collect()
    }

    /// These tables and everything that they read, directly or through others.
    pub(super) fn ancestors(&self, tables: &BTreeSet<Name>) -> BTreeSet<Name> {
        let mut waiting: Vec<&Name> = tables.iter().collect();
        let mut found = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if found.insert(name.clone())
                && let Some((planned, _)) = self.made.get(name)
            {
                waiting.extend(&planned.reads);
            }
        }
        found
    }
}

/// The step of a model whose checks went like this.
fn step_of_checks(table: &Name, model: &Model, checks: &[Checked]) -> Step {
    let complaints = |blocks: bool| {
        checks
            .iter()
            .filter(move |check| check.blocks() == blocks)
            .filter_map(|check| check.complaint.clone())
            .map(|complaint| format!("{}: {complaint}", model.file.display()))
            .collect::<Vec<_>>()
    };
    let failures = complaints(true);
    let outcome = if failures.is_empty() {
        Outcome::Done
    } else {
        Outcome::Failed(failures.join("\n"))
    };
    Step {
        checks: checks.iter().map(|check| check.result.clone()).collect(),
        warnings: complaints(false),
        ..Step::ended(table, outcome)
    }
}
