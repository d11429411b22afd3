//! One gold table: its new rows, and what stays of those that were there.
//!
//! Invariant: what a build leaves is complete and checked, and nothing of it is visible to readers of the lake.
//!
//! Entry point: [`build`].

use std::path::{Path, PathBuf};

use catalog::{CheckStatus, Column, Role, TableManifest};

use super::describe::describe;
use super::draft::Draft;
use super::left_out;
use super::model;
use super::new_table::NewTable;
use super::strategy::{self, Merged, NewRows};
use super::tables::Tables;
use crate::data_files::relation;
use crate::diff::{self, SchemaChange};
use crate::engine::Engine;
use crate::gold::{self, FILE_BYTES, GoldError, Layout, ROW_GROUP_ROWS, Written, ZSTD_LEVEL};
use crate::plan::{Action, Decision, Increment, Name, PlannedModel, would_lose};
use crate::project::OnSchemaChange;
use crate::state::TableState;

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
            let Some((manifest, state)) = base else {
                return whole(site, planned, decision);
            };
            if let Some(table) = rows(site, planned, decision, Some((increment, (manifest, state))))? {
                return Ok(table);
            }
            let before = state.inputs.get(&increment.source).map_or(&[][..], Vec::as_slice);
            match would_lose(site.tables.files(&increment.source), before) {
                Some(loss) => Err(Unmade::Failed(format!("its columns changed: {loss}"))),
                None => whole(site, planned, decision),
            }
        }
        Action::Rebuild { .. } => whole(site, planned, decision),
        Action::Refused(reason) => Err(Unmade::Failed(reason.clone())),
        Action::Unchanged => Err(Unmade::Failed("there is nothing to do".to_owned())),
    }
}

pub(super) fn whole(
    site: &Site<'_>,
    planned: &PlannedModel,
    decision: &Decision,
) -> Result<NewTable, Unmade> {
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
    let mut missing = tables.ensure_all(engine, &context, increment, planned)?;
    if increment.is_some() && planned.reads_itself {
        missing.extend(tables.ensure(engine, &context, None, [&planned.table()])?);
    }
    if !missing.is_empty() {
        return Err(Unmade::Missing(missing));
    }
    left_out::check(site, planned, decision, &context, increment).map_err(Unmade::Failed)?;
    tables.progress.say(format!("building {}", decision.table));
    let published = tables.published.get(&decision.table.table);
    let previous = published.and_then(|published| published.manifest.as_ref());
    let prepared = model::prepare(engine, model, increment.is_some())?;
    let columns = model::next_columns(engine, tables, planned, &context, &prepared)?;
    let unordered = prepared.select();
    if let Some(previous) = previous {
        let change = diff::schema(&previous.columns, &columns);
        if !site.full_refresh {
            admit(model.header.on_schema_change, &change).map_err(Unmade::Failed)?;
        }
        if increment.is_some() && needs_whole(&change, previous) {
            return Ok(None);
        }
    }
    let sort_keys = model.header.sort_keys();
    let layout = Layout {
        row_group_rows: model.header.row_group_rows.unwrap_or(ROW_GROUP_ROWS),
        file_bytes: FILE_BYTES,
        sort_keys: &sort_keys,
        partition_by: &model.header.partition_by,
        bloom: &model.header.bloom,
        zstd_level: model.header.zstd_level.unwrap_or(ZSTD_LEVEL),
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
    let mut new = written.files;
    let is_empty = new.iter().all(|file| file.rows == 0);
    if is_empty && onto.is_some_and(|(_, (base, _))| !base.files.is_empty()) {
        // No row came: the files that are there tell the schema.
        new.clear();
    }
    if let Some(incremental) = model.header.incremental().filter(|_| !is_empty) {
        let paths: Vec<&Path> = new.iter().map(|file| file.path.as_path()).collect();
        strategy::check_key(engine, &incremental, &relation(&paths))?;
    }
    let merged = match (onto, model.header.incremental()) {
        (Some((_, (base, _))), _) if new.is_empty() => Merged {
            kept: base.files.clone(),
            ..Merged::default()
        },
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
        is_whole: onto.is_none(),
    };
    let checks = draft.check(
        onto.is_none_or(|(_, base)| is_to_see_all(decision, base)),
        increment,
    )?;
    let sketch = draft.sketch(written.sketch, onto.map(|(_, base)| base))?;
    let state = draft.state(&context, onto.map(|(increment, (_, state))| (increment, state)))?;
    draft.finish(&sketch, state, checks).map(Some)
}

/// Whether checks have to see all rows, and not new ones only: they changed, or rows that are there break one.
fn is_to_see_all(decision: &Decision, (manifest, state): (&TableManifest, &TableState)) -> bool {
    state.checks != decision.definition.checks
        || manifest
            .checks
            .iter()
            .any(|check| check.status == CheckStatus::Failed)
}

/// Whether new files beside those that are there would not be one table: a column has another type, or comes again.
pub(super) fn needs_whole(change: &SchemaChange, published: &TableManifest) -> bool {
    let was_there = |name: &str| published.files.iter().any(|file| file.columns.contains_key(name));
    !change.retyped.is_empty() || change.added.iter().any(|added| was_there(&added.column))
}

/// The roles of columns: what statistics tell depends on them.
pub(super) fn roles(columns: &[Column]) -> Vec<(&str, Role)> {
    columns
        .iter()
        .map(|column| (column.name.as_str(), column.role))
        .collect()
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
         on_schema_change: sync_all_columns in its header (config of a dbt model), or run with --full-refresh"
    ))
}
