//! What a table's next version will be like: columns, rows, bytes, files; told without making it.

use catalog::{ColumnType, TableManifest};
use serde_json::Value;

use super::model;
use super::overlap::may_overlap;
use super::tables::Tables;
use crate::diff::{self, SchemaChange};
use crate::engine::{Engine, EngineError};
use crate::gold;
use crate::plan::{Action, Decision, Increment, PlannedModel, would_lose};
use crate::project::Strategy;

/// What is expected of a table.
#[derive(Debug, Default)]
pub(super) struct Forecast {
    /// How its columns change; none where it is new or they stay.
    pub schema: Option<SchemaChange>,
    /// Rows that will be made: about.
    pub rows: Option<u64>,
    /// Bytes that will be written: about.
    pub bytes: Option<u64>,
    /// Files of the published version that are rewritten or removed at most, and how many there are.
    pub files: Option<(usize, usize)>,
    /// Why it will not be published as it is.
    pub problem: Option<String>,
    /// Whether an increment is not enough, because columns change.
    pub is_whole: bool,
}

/// Looks ahead at what was decided.
pub(super) fn forecast(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedModel,
    decision: &Decision,
    full_refresh: bool,
) -> Forecast {
    let increment = match &decision.action {
        Action::Increment(increment) => Some(increment),
        Action::Rebuild { .. } => None,
        Action::Refused(reason) => {
            return Forecast {
                problem: Some(reason.clone()),
                ..Forecast::default()
            };
        }
        Action::Describe { .. } | Action::Unchanged => return Forecast::default(),
    };
    look_ahead(engine, tables, planned, decision, increment, full_refresh).unwrap_or_else(|error| Forecast {
        problem: Some(format!("{}: {error:#}", planned.model.file.display())),
        ..Forecast::default()
    })
}

fn look_ahead(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedModel,
    decision: &Decision,
    increment: Option<&Increment>,
    full_refresh: bool,
) -> anyhow::Result<Forecast> {
    let model = &planned.model;
    let context = tables.context(engine, increment)?;
    let missing = tables.ensure(engine, &context, increment, &planned.reads)?;
    if !missing.is_empty() {
        anyhow::bail!("{} cannot be read", super::tables::words(&missing).join(", "));
    }
    let published = tables.published.get(&decision.table.table);
    let previous = published.and_then(|published| published.manifest.as_ref());
    let prepared = model::prepare(engine, model, false)?;
    let state = published.and_then(|published| published.state.as_ref());
    let columns = model::next_columns(engine, tables, planned, &context, &prepared)?;
    let schema = previous
        .map(|previous| diff::schema(&previous.columns, &columns))
        .filter(|change| !change.is_empty());
    let mut forecast = Forecast {
        problem: schema
            .as_ref()
            .filter(|_| !full_refresh)
            .and_then(|change| super::build::admit(model.header.on_schema_change, change).err()),
        schema,
        ..Forecast::default()
    };
    let taken: u64 = match increment {
        Some(increment) => increment.files.iter().map(|file| file.input.bytes).sum(),
        None => tables.input_bytes(planned),
    };
    let before = previous.zip(state).filter(|(manifest, _)| manifest.rows > 0);
    forecast.rows = match before {
        // Made of other gold tables alone, it is about as large as it was.
        Some((manifest, state)) if state.input_bytes == 0 => Some(manifest.rows),
        Some((manifest, state)) => Some(scaled(manifest.rows, taken, state.input_bytes)),
        None => estimated_rows(engine, &prepared.view)?,
    };
    forecast.bytes = forecast.rows.map(|rows| match before {
        Some((manifest, _)) => scaled(manifest.bytes, rows, manifest.rows),
        None => {
            rows * columns
                .iter()
                .map(|column| stored_bits(&column.column_type))
                .sum::<u64>()
                / 8
        }
    });
    let needs_whole = forecast
        .schema
        .as_ref()
        .zip(previous)
        .is_some_and(|(change, previous)| super::build::needs_whole(change, previous));
    if let (Some(increment), Some(state), true) = (increment, state, needs_whole) {
        let before = state.inputs.get(&increment.source).map_or(&[][..], Vec::as_slice);
        forecast.problem = forecast
            .problem
            .or(would_lose(tables.files(&increment.source), before));
    }
    forecast.is_whole = needs_whole;
    forecast.files = match (previous, increment.filter(|_| !needs_whole)) {
        (Some(manifest), Some(_)) => Some((
            touched(engine, planned, manifest, &prepared.view)?,
            manifest.files.len(),
        )),
        (Some(manifest), None) => Some((manifest.files.len(), manifest.files.len())),
        (None, _) => None,
    };
    Ok(forecast)
}

/// `amount * part / whole`, without overflow.
fn scaled(amount: u64, part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(amount) * u128::from(part) / u128::from(whole.max(1))).unwrap_or(u64::MAX)
}

/// How many files of the published version may hold rows that go. Reads the keys of the new rows.
fn touched(
    engine: &Engine,
    planned: &PlannedModel,
    manifest: &TableManifest,
    view: &str,
) -> anyhow::Result<usize> {
    let Some(incremental) = planned.model.header.incremental() else {
        return Ok(manifest.files.len());
    };
    Ok(match incremental.strategy {
        Strategy::Append => 0,
        Strategy::PartitionOverwrite => {
            let by = &planned.model.header.partition_by;
            let partitions = gold::partitions(engine, view, &manifest.columns, by)?;
            let is_replaced =
                |file: &&catalog::DataFile| partitions.contains(&gold::partition_words(by, &file.partition));
            manifest.files.iter().filter(is_replaced).count()
        }
        Strategy::Merge | Strategy::DeleteInsert => {
            let key: Vec<_> = manifest
                .columns
                .iter()
                .filter(|column| incremental.unique_key.contains(&column.name))
                .cloned()
                .collect();
            let ranges = gold::ends(engine, view, &key)?;
            let may_hold = |file: &&catalog::DataFile| {
                may_overlap(
                    &manifest.columns,
                    &incremental.unique_key,
                    &file.columns,
                    &[&ranges],
                )
            };
            manifest.files.iter().filter(may_hold).count()
        }
    })
}

/// DuckDB's estimate of the rows that a view returns; none where it has none.
fn estimated_rows(engine: &Engine, view: &str) -> Result<Option<u64>, EngineError> {
    let plan = engine.row(&format!("EXPLAIN (FORMAT json) SELECT * FROM {view}"))?;
    let Some(duckdb::types::Value::Text(json)) = plan.into_iter().nth(1) else {
        return Ok(None);
    };
    let tree: Value = serde_json::from_str(&json).unwrap_or_default();
    Ok(cardinality(&tree))
}

fn cardinality(node: &Value) -> Option<u64> {
    if let Value::Array(nodes) = node {
        return nodes.iter().find_map(cardinality);
    }
    node["extra_info"]["Estimated Cardinality"]
        .as_str()
        .and_then(|text| text.trim_start_matches('~').parse().ok())
        .or_else(|| cardinality(node.get("children")?))
}

/// What a value takes in a file, in bits, roughly: a quarter of its plain size, less where values repeat as a rule.
fn stored_bits(column_type: &ColumnType) -> u64 {
    match column_type {
        ColumnType::Boolean => 1,
        ColumnType::Int { bits } | ColumnType::UInt { bits } => u64::from(*bits) / 4,
        ColumnType::Float { bits } => u64::from(*bits) / 2,
        ColumnType::Date => 4,
        ColumnType::String => 8,
        ColumnType::Time | ColumnType::Timestamp { .. } => 24,
        ColumnType::Decimal { .. } | ColumnType::Binary | ColumnType::Other(_) => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resources;

    #[test]
    fn an_estimate_is_duckdbs_where_nothing_was_measured() {
        let work = tempfile::tempdir().expect("temporary folder");
        let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
        engine
            .execute("CREATE TABLE gold.t AS FROM range(1000)")
            .expect("table");
        assert_eq!(estimated_rows(&engine, "gold.t").expect("explained"), Some(1000));
        assert_eq!(scaled(u64::MAX, 10, 20), u64::MAX / 2);
    }
}
