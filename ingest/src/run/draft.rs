//! A table whose files are written: checks, statistics, notes on what went into it, manifest.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use catalog::{Column, DataFile, Role, TableManifest};

use super::build::{self, Site, Unmade};
use super::checks::{self, Checked, Rows};
use super::describe::with_known;
use super::model;
use super::new_table::{NewTable, content, seal};
use super::overlap::may_overlap;
use super::strategy::Merged;
use super::tables::{Tables, Version};
use super::trace;
use crate::data_files::relation;
use crate::engine::{Context, EngineError};
use crate::gold::{self, Description, TableSketch, WrittenFile};
use crate::plan::{Decision, Increment, Name, PlannedModel, compared_with};
use crate::project::{Columns, Drift};
use crate::source::{KnownTypes, SourceError};
use crate::state::{InputFile, TableState};

/// A table whose files are all there.
pub(super) struct Draft<'a> {
    pub site: &'a Site<'a>,
    pub planned: &'a PlannedModel,
    pub decision: &'a Decision,
    pub columns: Vec<Column>,
    pub new: Vec<WrittenFile>,
    pub merged: Merged,
    /// Whether all rows are new.
    pub is_whole: bool,
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

    /// Applies the checks of the header, to all rows or to those that are new.
    pub fn check(&self, sees_all: bool, increment: Option<&Increment>) -> Result<Vec<Checked>, Unmade> {
        let all = || -> Result<String, EngineError> {
            let local = self.site.tables.local(self.table(), &self.merged.kept);
            let mut paths = local.map_err(|error| EngineError(error.to_string()))?;
            paths.extend(self.paths());
            Ok(relation(&paths))
        };
        let model = &self.planned.model;
        if model.header.checks.is_empty() {
            return Ok(Vec::new());
        }
        let new: Vec<&Path> = self.new.iter().map(|file| file.path.as_path()).collect();
        let new = match (sees_all, new.as_slice()) {
            (true, _) => all()?,
            (false, []) => format!("(SELECT * FROM {} LIMIT 0)", all()?),
            (false, new) => relation(new),
        };
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
            all: &all,
            alike: &alike,
            count: self.count(),
            newest: &newest,
            is_part: false,
        };
        Ok(model::apply_checks(
            self.site.engine,
            self.site.tables,
            self.planned,
            &rows,
            increment,
        )?)
    }

    /// The sketch of all rows: of those that are there by that of the former version, without reading them.
    pub fn sketch(
        &self,
        of_new: TableSketch,
        base: Option<(&TableManifest, &TableState)>,
    ) -> Result<TableSketch, Unmade> {
        let (engine, tables) = (self.site.engine, self.site.tables);
        let merged = &self.merged;
        if merged.kept.is_empty() && merged.rewritten.is_empty() {
            return Ok(of_new);
        }
        let of_files = |paths: &[PathBuf]| TableSketch::of_files(engine, &self.columns, paths);
        // A column that is a dimension from now on has its values counted, which the former sketch did not.
        let state = base
            .filter(|(manifest, _)| {
                let before = build::roles(&manifest.columns);
                build::roles(&self.columns)
                    .iter()
                    .all(|column| before.contains(column) || !has_name(&before, column.0))
            })
            .map(|(_, state)| state);
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

    /// What went into the table. Fails where a raw file was changed while it was read.
    pub fn state(
        &self,
        context: &Context,
        onto: Option<(&Increment, &TableState)>,
    ) -> Result<TableState, SourceError> {
        let tables = self.site.tables;
        let definition = &self.decision.definition;
        let mut inputs: BTreeMap<String, Vec<InputFile>> = BTreeMap::new();
        let mut upstream = BTreeMap::new();
        for name in tables.graph.made_of(self.planned) {
            match (name.schema.as_str(), tables.sources.get(&name.table)) {
                ("source", Some(Ok((_, files)))) => {
                    let seen = match onto {
                        Some((increment, _)) if increment.source == name.table => &increment.files,
                        _ => files,
                    };
                    let recorded = tables.recorded(context, &name.table, seen)?;
                    inputs.insert(name.table, recorded);
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
            let new = inputs.remove(&increment.source).unwrap_or_default();
            input_bytes = before.input_bytes + new.iter().map(|file| file.bytes).sum::<u64>();
            files.extend(new.into_iter().map(|file| (file.path.clone(), file)));
            inputs.insert(increment.source.clone(), files.into_values().collect());
            inputs = with_known(inputs, self.decision);
        }
        let compared = compared_with(tables.graph, self.planned, tables.sources, |name| {
            tables.content(name)
        });
        let ids = self.columns.iter().map(|column| column.field_id);
        let published = tables.published.get(&self.decision.table.table);
        let former = published.and_then(|published| published.state.as_ref());
        Ok(TableState {
            is_incremental: self.planned.model.header.incremental().is_some(),
            compared,
            last_field_id: ids
                .chain(former.map(|former| former.last_field_id))
                .max()
                .unwrap_or(0),
            source_types: self.source_types(context, inputs.keys(), onto),
            definition: definition.rows.clone(),
            description: definition.description.clone(),
            checks: definition.checks.clone(),
            inputs,
            upstream,
            input_bytes,
            ..TableState::new()
        })
    }

    /// How the columns of sources are read, from the first file that had them on.
    fn source_types<'s>(
        &self,
        context: &Context,
        sources: impl Iterator<Item = &'s String>,
        onto: Option<(&Increment, &TableState)>,
    ) -> BTreeMap<String, KnownTypes> {
        let tables = self.site.tables;
        let of_source = |source: &String| {
            let mut types = tables.source_types(context, source);
            let config = tables.sources.get(source).and_then(|listed| listed.as_ref().ok());
            let evolves = config.is_some_and(|(config, _)| config.drift == Some(Drift::Evolve));
            if let Some((_, before)) = onto.filter(|(increment, _)| increment.source == *source) {
                for (name, duck_type) in before.types_of_input(source) {
                    let known = types.entry(name.clone());
                    if evolves {
                        known.or_insert_with(|| duck_type.clone());
                    } else {
                        known.insert_entry(duck_type.clone());
                    }
                }
            }
            (source.clone(), types)
        };
        sources.map(of_source).collect()
    }

    /// The table as it is to be published.
    pub fn finish(
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
            sort_keys: self.planned.model.header.sort_keys(),
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
            is_whole: self.is_whole,
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

/// The sketch of the published version; none where there is none that can be used.
fn former_sketch(tables: &Tables<'_>, state: Option<&TableState>) -> Result<Option<TableSketch>, Unmade> {
    let Some(key) = state.and_then(|state| state.sketch.as_deref()) else {
        return Ok(None);
    };
    let document = tables.runtime.block_on(tables.data_files.document(key))?;
    Ok(document.and_then(|bytes| TableSketch::from_json(&bytes).ok()))
}

fn has_name(columns: &[(&str, Role)], name: &str) -> bool {
    columns.iter().any(|(known, _)| *known == name)
}
