//! A table whose rows stay, and of which something else is said.

use std::collections::BTreeMap;

use catalog::ColumnStatistics;

use super::build::{self, Site, Unmade};
use super::draft::Draft;
use super::model;
use super::new_table::{NewTable, seal};
use super::strategy::Merged;
use super::tables::Version;
use crate::gold::TableSketch;
use crate::plan::{Decision, PlannedModel, compared_with};
use crate::state::{InputFile, TableState};

/// What was taken in, with files of the same content.
pub(super) fn with_known(
    mut inputs: BTreeMap<String, Vec<InputFile>>,
    decision: &Decision,
) -> BTreeMap<String, Vec<InputFile>> {
    for (source, known) in &decision.known {
        let files = inputs.entry(source.clone()).or_default();
        files.retain(|file| known.iter().all(|known| known.path != file.path));
        files.extend(known.iter().cloned());
        files.sort();
    }
    inputs
}

/// The rows stay: checks run over them where they changed, and the manifest says what is declared now.
pub(super) fn describe(
    site: &Site<'_>,
    planned: &PlannedModel,
    decision: &Decision,
    checks_changed: bool,
) -> Result<NewTable, Unmade> {
    let published = site.tables.published.get(&decision.table.table);
    let Some((manifest, state)) =
        published.and_then(|published| Some((published.manifest.clone()?, published.state.clone()?)))
    else {
        return build::whole(site, planned, decision);
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
        is_whole: false,
    };
    let checks = if checks_changed {
        // Silver models that have checks are made for them.
        let graph = site.tables.graph;
        let checked: Vec<_> = graph
            .made_of(planned)
            .into_iter()
            .filter(|name| name.schema == "silver")
            .filter(|name| {
                graph
                    .model(name)
                    .is_some_and(|model| !model.model.header.checks.is_empty())
            })
            .collect();
        let needed = planned.compares.iter().chain(&checked);
        let missing = site.tables.ensure(site.engine, &context, None, needed)?;
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
    if build::roles(&next.columns) != build::roles(&manifest.columns) {
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
            compared: compared_with(site.tables.graph, planned, site.tables.sources, |name| {
                site.tables.content(name)
            }),
            sketch: sealed
                .as_ref()
                .map(|(key, _)| key.clone())
                .or_else(|| state.sketch.clone()),
            inputs: with_known(state.inputs, decision),
            ..state
        },
        sketch: sealed,
        is_whole: false,
        published: published.cloned(),
        checks,
    })
}
