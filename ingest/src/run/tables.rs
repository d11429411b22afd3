//! What models read, made where and when the first of them asks for it.
//!
//! Invariant: a table is made once for each context that needs it, also when models run side by side; of a table that
//! cannot be made it is told once why, and those who read it are skipped.
//!
//! Entry point: [`Tables::ensure`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use catalog::{Column, DataFile};
use tokio::runtime::Handle;

use super::step::Step;
use crate::data_files::{DataFileError, DataFiles};
use crate::engine::{Context, Engine, EngineError};
use crate::plan::{Graph, Increment, Listed, Name, PlannedModel, Published};
use crate::progress::Progress;
use crate::project::Layer;
use crate::source::{self, KnownTypes, RawFile, Readers, Rejected, SourceColumn, SourceError, Stage};
use crate::state::InputFile;

/// A gold table as this run made it.
#[derive(Debug, Clone)]
pub(super) struct Version {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Files that were published before and stay.
    pub kept: Vec<DataFile>,
    /// Files of this run.
    pub new: Vec<PathBuf>,
    /// Hash of its columns and the contents of its files.
    pub content: String,
}

/// Whether a table could be made; nothing as long as nobody asked for it.
type Made = OnceLock<bool>;

/// Tables by context, name, and of a gold table its content.
type Cells = BTreeMap<(Context, Name, Option<String>), Arc<Made>>;

/// What a context is of: the new files of an input and how they are read; nothing where all files are seen.
type Seen = (String, BTreeSet<InputFile>, KnownTypes);

/// Tables that models read.
pub(super) struct Tables<'a> {
    pub graph: &'a Graph,
    pub progress: &'a Progress,
    pub sources: &'a BTreeMap<String, Listed>,
    pub published: &'a BTreeMap<String, Published>,
    pub data_files: DataFiles<'a>,
    pub stage: Stage,
    pub runtime: Handle,
    pub readers: Readers,
    /// Whether tables are made as if there had been none.
    pub is_fresh: bool,
    /// Gold tables that are made in this run, for a plan.
    pub remade: BTreeSet<Name>,
    contexts: Mutex<BTreeMap<Seen, Context>>,
    tables: Mutex<Cells>,
    pub(super) source_columns: Mutex<BTreeMap<(Context, String), Vec<SourceColumn>>>,
    pub(super) versions: Mutex<BTreeMap<Name, Option<Version>>>,
    recorded: Mutex<BTreeMap<(Context, String), Vec<InputFile>>>,
    rejected: Mutex<BTreeMap<(Context, String), BTreeSet<String>>>,
    steps: Mutex<Vec<Step>>,
}

impl<'a> Tables<'a> {
    /// No tables yet.
    pub fn new(
        graph: &'a Graph,
        progress: &'a Progress,
        sources: &'a BTreeMap<String, Listed>,
        published: &'a BTreeMap<String, Published>,
        data_files: DataFiles<'a>,
        scratch: &std::path::Path,
        runtime: Handle,
    ) -> Self {
        Self {
            graph,
            progress,
            sources,
            published,
            data_files,
            stage: Stage::new(scratch.join("sources")),
            runtime,
            readers: Readers::Models,
            is_fresh: false,
            remade: BTreeSet::new(),
            contexts: Mutex::default(),
            tables: Mutex::default(),
            source_columns: Mutex::default(),
            versions: Mutex::default(),
            recorded: Mutex::default(),
            rejected: Mutex::default(),
            steps: Mutex::default(),
        }
    }

    /// The context in which the input of an increment has its new files only; without one, that of all files.
    pub fn context(&self, engine: &Engine, increment: Option<&Increment>) -> Result<Context, EngineError> {
        let key: Seen = increment
            .map(|increment| {
                let files = increment.files.iter().map(|file| file.input.clone());
                (increment.source.clone(), files.collect(), increment.types.clone())
            })
            .unwrap_or_default();
        let mut contexts = lock(&self.contexts);
        if let Some(context) = contexts.get(&key) {
            return Ok(context.clone());
        }
        let context = engine.make_context(contexts.len())?;
        contexts.insert(key, context.clone());
        Ok(context)
    }

    /// Makes tables and all that they read, and enters the context. Returns those that cannot be read.
    pub fn ensure<'n>(
        &self,
        engine: &Engine,
        context: &Context,
        increment: Option<&Increment>,
        names: impl IntoIterator<Item = &'n Name>,
    ) -> Result<Vec<Name>, EngineError> {
        let mut unusable = Vec::new();
        for name in names {
            // Of a gold table that is made in this run there are two versions.
            let version = (name.schema == "gold").then(|| self.content(name)).flatten();
            let cell = lock(&self.tables)
                .entry((context.clone(), name.clone(), version))
                .or_default()
                .clone();
            if !*cell.get_or_init(|| self.make(engine, context, increment, name)) {
                unusable.push(name.clone());
            }
        }
        engine.enter(context)?;
        Ok(unusable)
    }

    /// Makes what a model reads, in the context, and what its checks compare with.
    pub fn ensure_all(
        &self,
        engine: &Engine,
        context: &Context,
        increment: Option<&Increment>,
        planned: &PlannedModel,
    ) -> Result<Vec<Name>, EngineError> {
        let mut missing = Vec::new();
        for name in &planned.compares {
            // All rows of the other table count, not those of new files only.
            let whole = match increment {
                Some(increment) if self.is_made_of(name, &increment.source) => self.context(engine, None)?,
                _ => context.clone(),
            };
            missing.extend(self.ensure(engine, &whole, None, [name])?);
        }
        missing.extend(self.ensure(engine, context, increment, &planned.reads)?);
        Ok(missing)
    }

    /// The table that a check compares with, quoted for SQL.
    pub fn compared(
        &self,
        engine: &Engine,
        increment: Option<&Increment>,
        text: &str,
    ) -> Result<String, EngineError> {
        let name = self.graph.names.resolve_text(text).map_err(EngineError)?;
        match increment {
            Some(increment) if self.is_made_of(&name, &increment.source) => {
                Ok(self.context(engine, None)?.quoted(&name))
            }
            _ => Ok(name.quoted()),
        }
    }

    /// The files that a source has now.
    pub fn files(&self, source: &str) -> &[RawFile] {
        match self.sources.get(source) {
            Some(Ok((_, files))) => files,
            _ => &[],
        }
    }

    /// Bytes of all raw files that a model's rows are computed of.
    pub fn input_bytes(&self, planned: &PlannedModel) -> u64 {
        let made_of = self.graph.made_of(planned);
        let sources = made_of.iter().filter(|name| name.schema == "source");
        let listed = sources.filter_map(|name| self.sources.get(&name.table)?.as_ref().ok());
        listed
            .flat_map(|(_, files)| files)
            .map(|file| file.input.bytes)
            .sum()
    }

    /// Where the files of a version are on this machine; published ones are fetched.
    pub fn paths(&self, name: &Name, version: &Version) -> Result<Vec<PathBuf>, DataFileError> {
        let mut paths = self.local(name, &version.kept)?;
        paths.extend(version.new.iter().cloned());
        Ok(paths)
    }

    /// Where published files are on this machine; they are fetched where they are not.
    pub fn local(&self, name: &Name, files: &[DataFile]) -> Result<Vec<PathBuf>, DataFileError> {
        self.runtime.block_on(self.data_files.local(&name.table, files))
    }

    /// What readers of a gold table's rows can tell, as a hash; none where there is no such table.
    pub fn content(&self, name: &Name) -> Option<String> {
        match lock(&self.versions).get(name) {
            Some(version) => version.as_ref().map(|version| version.content.clone()),
            None => self
                .published
                .get(&name.table)
                .map(|published| published.content().to_owned()),
        }
    }

    /// Makes readers of a gold table see what this run made of it; none where it failed.
    pub fn set_version(&self, name: &Name, version: Option<Version>) {
        lock(&self.versions).insert(name.clone(), version);
    }

    /// Whether a table is computed of a source's rows, directly or through silver.
    pub(super) fn is_made_of(&self, name: &Name, source: &str) -> bool {
        let source = Name::of_source(source);
        *name == source
            || self
                .graph
                .model(name)
                .filter(|model| model.model.layer == Layer::Silver)
                .is_some_and(|model| self.graph.made_of(model).contains(&source))
    }

    /// The files of a source as they are to be noted, after their rows were read in a context: without those
    /// that could not be read. Hashed once for all tables.
    pub fn recorded(
        &self,
        context: &Context,
        source: &str,
        files: &[RawFile],
    ) -> Result<Vec<InputFile>, SourceError> {
        let left_out = self.rejected(context, source);
        let files: Vec<RawFile> = files
            .iter()
            .filter(|file| !left_out.contains(&file.input.path))
            .cloned()
            .collect();
        let key = (context.clone(), source.to_owned());
        if let Some(known) = lock(&self.recorded).get(&key) {
            source::verify_unchanged(&files)?;
            return Ok(known.clone());
        }
        let recorded = source::recorded(&files, &self.stage)?;
        lock(&self.recorded).insert(key, recorded.clone());
        Ok(recorded)
    }

    /// Notes files of a source that could not be read in a context.
    pub(super) fn reject(&self, context: &Context, source: &str, files: &[Rejected]) {
        let paths = files.iter().map(|file| file.path.clone()).collect();
        lock(&self.rejected).insert((context.clone(), source.to_owned()), paths);
    }

    /// Paths of a source's files that could not be read in a context.
    pub(super) fn rejected(&self, context: &Context, source: &str) -> BTreeSet<String> {
        let key = (context.clone(), source.to_owned());
        lock(&self.rejected).get(&key).cloned().unwrap_or_default()
    }

    /// DuckDB's types of a source's columns as it was read in a context.
    pub fn source_types(&self, context: &Context, source: &str) -> KnownTypes {
        let columns = lock(&self.source_columns);
        let columns = columns
            .get(&(context.clone(), source.to_owned()))
            .into_iter()
            .flatten();
        columns
            .map(|column| (column.original.clone(), column.duck_type.clone()))
            .collect()
    }

    /// DuckDB's types of a source's columns as published tables took them in; of those that differ the wider one.
    pub fn baseline(&self, engine: &Engine, source: &str) -> KnownTypes {
        let states = self.published.values().filter_map(|table| table.state.as_ref());
        let mut baseline = KnownTypes::new();
        for types in states
            .filter(|_| !self.is_fresh)
            .filter_map(|state| state.source_types.get(source))
        {
            for (name, duck_type) in types {
                let known = baseline.entry(name.clone()).or_insert_with(|| duck_type.clone());
                if known != duck_type {
                    *known = source::common(engine, known, duck_type).unwrap_or_else(|| "VARCHAR".to_owned());
                }
            }
        }
        baseline
    }

    /// Names in raw files by name in SQL, where they differ and no two of the sources disagree.
    pub fn original_names(&self, context: &Context, tables: &BTreeSet<Name>) -> BTreeMap<String, String> {
        let columns = lock(&self.source_columns);
        let mut originals: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let of_sources = tables.iter().filter(|name| name.schema == "source");
        for column in of_sources
            .filter_map(|name| columns.get(&(context.clone(), name.table.clone())))
            .flatten()
        {
            originals
                .entry(&column.name)
                .or_default()
                .insert(&column.original);
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

    /// Notes what was done.
    pub fn tell(&self, step: Step) {
        lock(&self.steps).push(step);
    }

    /// What was done, in the order in which it ended.
    pub fn into_steps(self) -> Vec<Step> {
        self.steps.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names in words.
pub(super) fn words(names: &[Name]) -> Vec<String> {
    names.iter().map(Name::to_string).collect()
}

/// What is behind the lock, also after a panic elsewhere.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
