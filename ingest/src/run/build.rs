//! One gold table: its new rows, what stays of those that were there, checks, statistics, manifest.
//!
//! Invariant: what a build leaves is complete and checked, and nothing of it is visible to readers of the lake.
//!
//! Entry point: [`build`].

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use catalog::{Column, ColumnStatistics, DataFile, TableManifest, keys};
use sha2::{Digest, Sha256};

use super::checks::{self, Checked, Rows};
use super::model::{self, Ancestry};
use super::overlap::may_overlap;
use super::strategy::{self, Merged, NewRows};
use super::tables::{Tables, Version};
use super::trace;
use crate::data_files::relation;
use crate::diff::{self, SchemaChange};
use crate::engine::{Context, Engine, EngineError};
use crate::gold::{
    self, Description, FILE_BYTES, GoldError, Layout, ROW_GROUP_ROWS, TableSketch, Written, WrittenFile,
};
use crate::plan::{Action, Decision, Increment, Name, PlannedModel, Published};
use crate::print;
use crate::project::{Columns, OnSchemaChange};
use crate::publish::GoldTable;
use crate::state::{InputFile, TableState, hash_of};

/// A gold table that was made, with its checks.
pub(super) struct NewTable {
    /// The manifest, without the results of check files and without the ETags of new files.
    pub manifest: TableManifest,
    /// New files.
    pub files: Vec<WrittenFile>,
    /// Files of the former version that are not in this one.
    pub removed: usize,
    /// What went into it.
    pub state: TableState,
    /// The sketch and its key.
    pub sketch: Option<(String, Bytes)>,
    /// The version that it was made from.
    pub published: Option<Published>,
    /// Checks of its header and how they went.
    pub checks: Vec<Checked>,
}

/// Why a table was not made.
#[derive(Debug)]
pub(super) enum Unmade {
    /// Tables that it reads cannot be read.
    Missing(Vec<Name>),
    /// This went wrong.
    Failed(String),
}

impl<E: Into<anyhow::Error>> From<E> for Unmade {
    fn from(error: E) -> Self {
        Self::Failed(format!("{:#}", error.into()))
    }
}

/// What a build works with.
pub(super) struct Site<'a> {
    pub engine: &'a Engine,
    pub tables: &'a Tables<'a>,
    /// A folder of its own.
    pub folder: PathBuf,
    /// Whether a person asked for new tables whatever changes.
    pub full_refresh: bool,
}

/// Builds the table that was decided on.
pub(super) fn build(
    site: &Site<'_>,
    planned: &PlannedModel,
    decision: &Decision,
) -> Result<NewTable, Unmade> {
    let published = site.tables.published.get(&decision.table.table);
    match &decision.action {
        Action::Describe { checks } => describe(site, planned, decision, *checks),
        Action::Increment(increment) => {
            let base = published
                .and_then(|published| Some((published.manifest.as_ref()?, published.state.as_ref()?)));
            match base {
                Some(base) => match rows(site, planned, decision, Some((increment, base)))? {
                    Some(table) => Ok(table),
                    None => whole(site, planned, decision),
                },
                None => whole(site, planned, decision),
            }
        }
        Action::Rebuild { .. } => whole(site, planned, decision),
        Action::Refused(reason) => Err(Unmade::Failed(reason.clone())),
        Action::Unchanged => Err(Unmade::Failed("there is nothing to do".to_owned())),
    }
}

fn whole(site: &Site<'_>, planned: &PlannedModel, decision: &Decision) -> Result<NewTable, Unmade> {
    rows(site, planned, decision, None)?
        .ok_or_else(|| Unmade::Failed("it cannot be made as a whole".to_owned()))
}

/// Makes rows and all that follows. None where an increment is not enough, because columns have other types.
fn rows(
    site: &Site<'_>,
    planned: &PlannedModel,
    decision: &Decision,
    onto: Option<(&Increment, (&TableManifest, &TableState))>,
) -> Result<Option<NewTable>, Unmade> {
    let (engine, tables) = (site.engine, site.tables);
    let model = &planned.model;
    let increment = onto.map(|(increment, _)| increment);
    let context = tables.context(engine, increment)?;
    let missing = tables.ensure_all(engine, &context, increment, planned)?;
    if !missing.is_empty() {
        return Err(Unmade::Missing(missing));
    }
    tables.progress.say(format!("building {}", decision.table));
    let published = tables.published.get(&decision.table.table);
    let previous = published.and_then(|published| published.manifest.as_ref());
    let prepared = model::prepare(engine, model)?;
    let ancestry = Ancestry {
        previous,
        original_names: tables.original_names(&context, &tables.graph.made_of(planned)),
    };
    let mut columns = model::manifest_columns(model, &prepared.columns, &ancestry);
    let unordered = prepared.select();
    gold::name_nested_types(engine, &unordered, &mut columns)?;
    if let Some(previous) = previous {
        let change = diff::schema(&previous.columns, &columns);
        if !site.full_refresh {
            admit(model.header.on_schema_change, &change).map_err(Unmade::Failed)?;
        }
        if increment.is_some() && !change.retyped.is_empty() {
            return Ok(None);
        }
    }
    let sort_keys = model::sort_keys(model);
    let layout = Layout {
        row_group_rows: model.header.row_group_rows.unwrap_or(ROW_GROUP_ROWS),
        file_bytes: FILE_BYTES,
        sort_keys: &sort_keys,
        partition_by: &model.header.partition_by,
        bloom: &model.header.bloom,
    };
    let order_by = gold::order_by(
        &prepared.columns,
        &sort_keys,
        &model.header.partition_by,
        planned.is_ordered,
    );
    let folder = site.folder.join("new");
    std::fs::create_dir_all(&folder).map_err(|cause| GoldError::Io {
        path: folder.clone(),
        cause,
    })?;
    let written = write(
        engine,
        &format!("{unordered}{order_by}"),
        &columns,
        layout,
        &folder,
    )?;
    let new = written.files;
    let merged = match (onto, model.header.incremental()) {
        (Some((_, (base, _))), Some(incremental)) => {
            let rows = NewRows {
                table: &decision.table,
                files: &new,
                columns: &columns,
                layout,
                order_by: &order_by,
                folder: &site.folder,
            };
            strategy::merge(engine, tables, &incremental, base, &rows)?
        }
        _ => Merged {
            removed: previous
                .map(|previous| previous.files.clone())
                .unwrap_or_default(),
            ..Merged::default()
        },
    };
    let draft = Draft {
        site,
        planned,
        decision,
        columns,
        new,
        merged,
    };
    let sees_all = onto.is_none_or(|(_, (_, state))| state.checks != decision.definition.checks);
    let checks = draft.check(sees_all, increment)?;
    let sketch = draft.sketch(written.sketch, onto.map(|(_, (_, state))| state))?;
    let state = draft.state(&context, onto.map(|(increment, (_, state))| (increment, state)));
    draft.finish(&sketch, state, checks).map(Some)
}

/// Writes the rows. Where a column that is declared not_null holds NULL they are written all the same: the check that
/// follows tells which rows it are.
fn write(
    engine: &Engine,
    select: &str,
    columns: &[Column],
    layout: Layout<'_>,
    folder: &Path,
) -> Result<Written, GoldError> {
    match gold::write(engine, select, columns, layout, folder) {
        Err(GoldError::Null { .. }) => {
            let mut columns = columns.to_vec();
            columns.iter_mut().for_each(|column| column.nullable = true);
            gold::write(engine, select, &columns, layout, folder)
        }
        written => written,
    }
}

/// Whether the change of columns is one that the model takes over.
pub(super) fn admit(policy: OnSchemaChange, change: &SchemaChange) -> Result<(), String> {
    let is_refused = match policy {
        OnSchemaChange::SyncAllColumns => false,
        OnSchemaChange::Fail => change.touches_files(),
        OnSchemaChange::AppendNewColumns => change.is_destructive(),
    };
    if !is_refused {
        return Ok(());
    }
    Err(format!(
        "its columns changed in a way that may break readers: {change}. Nothing of it is published. To allow it, write \
         on_schema_change: sync_all_columns in its header, or run with --full-refresh"
    ))
}

/// A table whose files are all there.
struct Draft<'a> {
    site: &'a Site<'a>,
    planned: &'a PlannedModel,
    decision: &'a Decision,
    columns: Vec<Column>,
    new: Vec<WrittenFile>,
    merged: Merged,
}

impl Draft<'_> {
    fn table(&self) -> &Name {
        &self.decision.table
    }

    fn count(&self) -> u64 {
        let kept: u64 = self.merged.kept.iter().map(|file| file.rows).sum();
        kept + self.written().map(|file| file.rows).sum::<u64>()
    }

    /// Files of this run.
    fn written(&self) -> impl Iterator<Item = &WrittenFile> {
        self.new.iter().chain(&self.merged.rewritten)
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.written().map(|file| file.path.clone()).collect()
    }

    fn check(&self, sees_all: bool, increment: Option<&Increment>) -> Result<Vec<Checked>, Unmade> {
        let all = || -> anyhow::Result<String> {
            let mut paths = self.site.tables.local(self.table(), &self.merged.kept)?;
            paths.extend(self.paths());
            Ok(relation(&paths))
        };
        let model = &self.planned.model;
        if model.header.checks.is_empty() {
            return Ok(Vec::new());
        }
        let new: Vec<&Path> = self.new.iter().map(|file| file.path.as_path()).collect();
        let new = if sees_all { all()? } else { relation(&new) };
        let key = model.header.unique_key.as_ref().map_or(&[][..], Columns::names);
        let alike = |columns: &[String]| -> Result<String, EngineError> {
            // Rows that stay have another key, so they are unlike in any columns that hold the key.
            if sees_all || !key.is_empty() && key.iter().all(|each| columns.contains(each)) {
                return Ok(new.clone());
            }
            let ranges: Vec<_> = self.new.iter().map(|file| &file.statistics).collect();
            let kept: Vec<DataFile> = self
                .merged
                .kept
                .iter()
                .filter(|file| may_overlap(&self.columns, columns, &file.columns, &ranges))
                .cloned()
                .collect();
            let local = self.site.tables.local(self.table(), &kept);
            let mut paths = local.map_err(|error| EngineError(error.to_string()))?;
            paths.extend(self.paths());
            Ok(relation(&paths))
        };
        let newest = |column: &str| {
            let column_type = &self.columns.iter().find(|each| each.name == column)?.column_type;
            let ends = self
                .merged
                .kept
                .iter()
                .filter_map(|file| file.columns.get(column)?.max.clone());
            let largest = ends.max_by(|a, b| a.partial_cmp_same_type(b).unwrap_or(Ordering::Equal))?;
            checks::time_literal(column_type, &largest)
        };
        let rows = Rows {
            new: &new,
            alike: &alike,
            count: self.count(),
            newest: &newest,
        };
        Ok(model::apply_checks(
            self.site.engine,
            self.site.tables,
            model,
            &rows,
            increment,
        )?)
    }

    /// The sketch of all rows: of those that are there by that of the former version, without reading them.
    fn sketch(&self, of_new: TableSketch, state: Option<&TableState>) -> Result<TableSketch, Unmade> {
        let (engine, tables) = (self.site.engine, self.site.tables);
        let merged = &self.merged;
        if merged.kept.is_empty() && merged.rewritten.is_empty() {
            return Ok(of_new);
        }
        let of_files = |paths: &[PathBuf]| TableSketch::of_files(engine, &self.columns, paths);
        let Some(mut sketch) = former_sketch(tables, state)? else {
            let mut paths = tables.local(self.table(), &merged.kept)?;
            paths.extend(self.paths());
            return Ok(of_files(&paths)?);
        };
        if !merged.removed.is_empty() {
            let removed = tables.local(self.table(), &merged.removed)?;
            sketch.subtract(&self.columns, &of_files(&removed)?);
        }
        for rewritten in &merged.sketches {
            sketch.merge(&self.columns, rewritten);
        }
        sketch.merge(&self.columns, &of_new);
        Ok(sketch)
    }

    fn state(&self, context: &Context, onto: Option<(&Increment, &TableState)>) -> TableState {
        let tables = self.site.tables;
        let definition = &self.decision.definition;
        let mut inputs: BTreeMap<String, Vec<InputFile>> = BTreeMap::new();
        let mut upstream = BTreeMap::new();
        for name in tables.graph.made_of(self.planned) {
            match (name.schema.as_str(), tables.sources.get(&name.table)) {
                ("source", Some(Ok((_, files)))) => {
                    inputs.insert(name.table, files.iter().map(|file| file.input.clone()).collect());
                }
                ("gold", _) => {
                    if let Some(content) = tables.content(&name) {
                        upstream.insert(name.to_string(), content);
                    }
                }
                _ => {}
            }
        }
        let mut input_bytes = inputs.values().flatten().map(|file| file.bytes).sum();
        if let Some((increment, before)) = onto {
            let mut files: BTreeMap<String, InputFile> = before
                .inputs
                .get(&increment.source)
                .into_iter()
                .flatten()
                .map(|file| (file.path.clone(), file.clone()))
                .collect();
            let new = increment
                .files
                .iter()
                .map(|file| (file.input.path.clone(), file.input.clone()));
            files.extend(new);
            inputs.insert(increment.source.clone(), files.into_values().collect());
            let added: u64 = increment.files.iter().map(|file| file.input.bytes).sum();
            input_bytes = before.input_bytes + added;
        }
        let input = self
            .planned
            .model
            .header
            .incremental()
            .and_then(|incremental| incremental.input);
        let mut input_types = onto
            .map(|(_, before)| before.input_types.clone())
            .unwrap_or_default();
        if let Some(input) = input {
            // A column keeps the type that it was first read as.
            for (name, duck_type) in tables.source_types(context, &input) {
                input_types.entry(name).or_insert(duck_type);
            }
        }
        TableState {
            input_types,
            definition: definition.rows.clone(),
            description: definition.description.clone(),
            checks: definition.checks.clone(),
            inputs,
            upstream,
            input_bytes,
            ..TableState::new()
        }
    }

    fn finish(
        self,
        sketch: &TableSketch,
        mut state: TableState,
        checks: Vec<Checked>,
    ) -> Result<NewTable, Unmade> {
        let header = &self.planned.model.header;
        let paths = self.paths();
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let (new, mut merged) = (self.new, self.merged);
        let written: Vec<WrittenFile> = new
            .into_iter()
            .chain(std::mem::take(&mut merged.rewritten))
            .collect();
        let mut files = merged.kept.clone();
        files.extend(written.iter().map(|file| file.entry(&self.decision.table.table)));
        let description = Description {
            text: header.description.clone(),
            owner: header.owner.clone(),
            tags: header.tags.clone(),
            partition_by: header.partition_by.clone(),
            sort_keys: model::sort_keys(&self.planned.model),
            checks: checks.iter().map(|check| check.result.clone()).collect(),
            lineage: trace::lineage(self.site.engine, self.site.tables, self.planned, &names),
        };
        let manifest = gold::describe(
            &self.decision.table.table,
            self.columns,
            files,
            sketch,
            description,
        );
        state.content = content(&manifest);
        let sealed = seal(&manifest.table, sketch)?;
        state.sketch = Some(sealed.0.clone());
        self.site.tables.set_version(
            &self.decision.table,
            Some(Version {
                columns: manifest.columns.clone(),
                kept: merged.kept,
                new: paths,
                content: state.content.clone(),
            }),
        );
        Ok(NewTable {
            manifest,
            files: written,
            removed: merged.removed.len(),
            state,
            sketch: Some(sealed),
            published: self
                .site
                .tables
                .published
                .get(&self.decision.table.table)
                .cloned(),
            checks,
        })
    }
}

/// The rows stay: checks run over them where they changed, and the manifest says what is declared now.
fn describe(
    site: &Site<'_>,
    planned: &PlannedModel,
    decision: &Decision,
    checks_changed: bool,
) -> Result<NewTable, Unmade> {
    let published = site.tables.published.get(&decision.table.table);
    let Some((manifest, state)) =
        published.and_then(|published| Some((published.manifest.clone()?, published.state.clone()?)))
    else {
        return whole(site, planned, decision);
    };
    let context = site.tables.context(site.engine, None)?;
    let draft = Draft {
        site,
        planned,
        decision,
        columns: manifest.columns.clone(),
        new: Vec::new(),
        merged: Merged {
            kept: manifest.files.clone(),
            ..Merged::default()
        },
    };
    let checks = if checks_changed {
        let missing = site
            .tables
            .ensure(site.engine, &context, None, &planned.compares)?;
        if !missing.is_empty() {
            return Err(Unmade::Missing(missing));
        }
        draft.check(true, None)?
    } else {
        Vec::new()
    };
    let header = &planned.model.header;
    let mut next = manifest.clone();
    model::redescribe(&planned.model, &mut next.columns);
    let mut sealed = None;
    let roles = |columns: &[Column]| columns.iter().map(|column| column.role).collect::<Vec<_>>();
    if roles(&next.columns) != roles(&manifest.columns) {
        // What statistics tell depends on the role: dimensions have their values counted.
        let paths = site.tables.local(&decision.table, &next.files)?;
        let sketch = TableSketch::of_files(site.engine, &next.columns, &paths)?;
        for column in &mut next.columns {
            let known = std::mem::take(&mut column.statistics);
            column.statistics = ColumnStatistics {
                min: known.min,
                max: known.max,
                null_count: known.null_count,
                ..sketch.column_statistics(column)
            };
        }
        sealed = Some(seal(&next.table, &sketch)?);
    }
    next.description = header.description.clone();
    next.owner = header.owner.clone();
    next.tags = header.tags.clone();
    if checks_changed {
        next.checks = checks.iter().map(|check| check.result.clone()).collect();
    }
    site.tables.set_version(
        &decision.table,
        Some(Version {
            columns: next.columns.clone(),
            kept: next.files.clone(),
            new: Vec::new(),
            content: state.content.clone(),
        }),
    );
    Ok(NewTable {
        manifest: next,
        files: Vec::new(),
        removed: 0,
        state: TableState {
            description: decision.definition.description.clone(),
            checks: decision.definition.checks.clone(),
            sketch: sealed
                .as_ref()
                .map(|(key, _)| key.clone())
                .or_else(|| state.sketch.clone()),
            ..state
        },
        sketch: sealed,
        published: published.cloned(),
        checks,
    })
}

/// A sketch as a document with its key.
fn seal(table: &str, sketch: &TableSketch) -> Result<(String, Bytes), Unmade> {
    let json = Bytes::from(sketch.to_json()?);
    Ok((keys::sketch(table, &hex::encode(Sha256::digest(&json))), json))
}

/// The sketch of the published version; none where there is none that can be used.
fn former_sketch(tables: &Tables<'_>, state: Option<&TableState>) -> Result<Option<TableSketch>, Unmade> {
    let Some(key) = state.and_then(|state| state.sketch.as_deref()) else {
        return Ok(None);
    };
    let document = tables.runtime.block_on(tables.data_files.document(key))?;
    Ok(document.and_then(|bytes| TableSketch::from_json(&bytes).ok()))
}

/// Hash of what readers of a table's rows can tell: its columns and its files.
fn content(manifest: &TableManifest) -> String {
    let columns = manifest
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, column.column_type));
    hash_of(columns.chain(manifest.files.iter().map(|file| file.key.clone())))
}

impl NewTable {
    /// What is to be published: nothing changes it any more.
    pub fn seal(self) -> Result<GoldTable, serde_json::Error> {
        let (state, document) = self.state.document(&self.manifest.table)?;
        let mut documents: BTreeMap<String, Bytes> = self.sketch.into_iter().collect();
        documents.insert(state.clone(), document);
        Ok(GoldTable {
            manifest: self.manifest,
            files: self.files,
            documents,
            state: Some(state),
            base: self.published.map(|published| published.entry),
        })
    }

    /// `3 new, 97 kept, 1 rewritten or removed`
    pub fn files_in_words(&self) -> String {
        let kept = self.manifest.files.len() - self.files.len();
        let parts = [
            (self.files.len(), "written"),
            (kept, "kept"),
            (self.removed, "removed"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", print::thousands(*count as u64)))
            .collect();
        parts.join(", ")
    }
}
