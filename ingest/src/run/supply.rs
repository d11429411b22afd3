//! How each kind of table is made for those that read it.

use std::time::Instant;

use super::model;
use super::step::{Outcome, Step};
use super::tables::{Tables, Version, lock, words};
use crate::data_files;
use crate::engine::{Context, Engine};
use crate::plan::{Increment, Name};
use crate::source::{self, KnownTypes, Readers, SourceError};

impl Tables<'_> {
    /// Makes a table in a context; tells what was done, and whether it can be read.
    pub(super) fn make(
        &self,
        engine: &Engine,
        context: &Context,
        increment: Option<&Increment>,
        name: &Name,
    ) -> bool {
        if name.schema == "gold" {
            return self.make_gold(engine, context, name);
        }
        if name.schema == "silver" && self.graph.model(name).is_none() {
            // It was refused, which was told.
            return false;
        }
        let started = Instant::now();
        let increment = increment.filter(|increment| self.is_made_of(name, &increment.source));
        let mut step = if name.schema == "source" {
            self.make_source(engine, context, increment, name)
        } else {
            self.make_silver(engine, context, increment, name)
        };
        step.seconds = started.elapsed().as_secs_f64();
        step.is_partial = increment.is_some();
        let is_done = step.outcome.is_done();
        self.tell(step);
        is_done
    }

    fn make_source(
        &self,
        engine: &Engine,
        context: &Context,
        increment: Option<&Increment>,
        name: &Name,
    ) -> Step {
        self.progress.say(format!("reading {name}"));
        let load = || -> Result<source::LoadedSource, SourceError> {
            let (config, files) = match self.sources.get(&name.table) {
                Some(Ok(listed)) => listed,
                Some(Err(error)) => return Err(error.clone()),
                None => {
                    return Err(SourceError::one(format!(
                        "[sources.{}] is not declared",
                        name.table
                    )));
                }
            };
            let files = increment.map_or(files.as_slice(), |increment| &increment.files);
            if files.is_empty() {
                return Err(source::nothing_found(config));
            }
            let here = self.runtime.block_on(self.stage.bring(files))?;
            engine.enter(context).map_err(SourceError::one)?;
            let types = match increment {
                Some(increment) => increment.types.clone(),
                None if config.drift.is_some() => self.baseline(engine, &name.table),
                None => KnownTypes::new(),
            };
            source::load(
                engine,
                &name.table,
                config,
                &here,
                &types,
                self.readers,
                &self.stage,
            )
        };
        match load() {
            Ok(loaded) => {
                self.reject(context, &name.table, &loaded.rejected);
                let step = Step {
                    rejected: loaded.rejected,
                    warnings: loaded.warnings,
                    drifted: loaded.drifted,
                    rows: Some(loaded.rows),
                    files: Some(loaded.files),
                    ..Step::ended(name, Outcome::Done)
                };
                lock(&self.source_columns).insert((context.clone(), name.table.clone()), loaded.columns);
                step
            }
            Err(error) => Step {
                rejected: error.rejected.clone(),
                ..Step::ended(name, Outcome::Failed(error.to_string()))
            },
        }
    }

    fn make_silver(
        &self,
        engine: &Engine,
        context: &Context,
        increment: Option<&Increment>,
        name: &Name,
    ) -> Step {
        let Some(planned) = self.graph.model(name) else {
            return Step::ended(name, Outcome::Skipped(vec![name.to_string()]));
        };
        let needed = match self.readers {
            Readers::Models => self.ensure_all(engine, context, increment, planned),
            Readers::Plan => self.ensure(engine, context, increment, &planned.reads),
        };
        match needed {
            Ok(missing) if missing.is_empty() => {}
            Ok(missing) => return Step::ended(name, Outcome::Skipped(words(&missing))),
            Err(error) => return Step::ended(name, Outcome::Failed(error.to_string())),
        }
        self.progress.say(format!("building {name}"));
        let made = match self.readers {
            Readers::Models => model::make_silver(engine, self, planned, increment),
            Readers::Plan => model::view_silver(engine, planned),
        };
        match made {
            Ok(made) => Step {
                rows: made.rows,
                ..Step::of_checks(name, &planned.model, &made.checks)
            },
            Err(error) => Step::ended(
                name,
                Outcome::Failed(format!("{}: {error}", planned.model.file.display())),
            ),
        }
    }

    fn make_gold(&self, engine: &Engine, context: &Context, name: &Name) -> bool {
        match self.view_gold(engine, context, name) {
            Ok(is_there) => is_there,
            Err(error) => {
                self.tell(Step::ended(
                    format!("{name} (published)"),
                    Outcome::Failed(error.to_string()),
                ));
                false
            }
        }
    }

    fn view_gold(&self, engine: &Engine, context: &Context, name: &Name) -> anyhow::Result<bool> {
        if let Some(planned) = self.graph.model(name).filter(|_| self.remade.contains(name)) {
            let missing = self.ensure(engine, context, None, &planned.reads)?;
            if missing.is_empty() {
                model::view_gold(engine, planned)?;
            }
            return Ok(missing.is_empty());
        }
        let made = lock(&self.versions).get(name).cloned();
        let version = match made {
            Some(Some(version)) => version,
            Some(None) => return Ok(false),
            None => {
                let manifest = self
                    .published
                    .get(&name.table)
                    .and_then(|table| table.manifest.as_ref());
                let Some(manifest) = manifest else {
                    anyhow::bail!(
                        "it is not published yet and not selected: select it too, as in --select {}",
                        name.table
                    );
                };
                Version {
                    columns: manifest.columns.clone(),
                    kept: manifest.files.clone(),
                    new: Vec::new(),
                    content: String::new(),
                }
            }
        };
        let paths = self.paths(name, &version)?;
        engine.enter(context)?;
        engine.execute(&format!(
            "CREATE OR REPLACE VIEW {} AS {}",
            name.quoted(),
            data_files::select(&version.columns, &paths)
        ))?;
        Ok(true)
    }
}
