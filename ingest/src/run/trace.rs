//! Where a gold table's rows and columns come from, for its manifest.

use std::collections::BTreeMap;

use catalog::Lineage;

use super::tables::Tables;
use crate::engine::Engine;
use crate::lineage::{self, ColumnOrigins};
use crate::plan::{Name, PlannedModel};

/// The lineage of a table whose model was just run. The engine is in the context in which that was.
pub(super) fn lineage(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedModel,
    columns: &[String],
) -> Lineage {
    let is_source = |name: &&Name| name.schema == "source";
    Lineage {
        models: planned
            .reads
            .iter()
            .filter(|name| !is_source(name))
            .map(Name::to_string)
            .collect(),
        sources: tables
            .graph
            .ancestors(&planned.reads)
            .iter()
            .filter(is_source)
            .map(|name| name.table.clone())
            .collect(),
        reads: lineage::way_to(&planned.table(), |name| Some(&tables.graph.model(name)?.reads)),
        columns: origins(engine, tables, planned, columns),
        sql: Some(planned.model.body().to_owned()),
    }
}

/// What the columns of a model are made of, down to sources and gold tables.
fn origins(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedModel,
    columns: &[String],
) -> ColumnOrigins {
    let columns_of = |table: &Name| -> Option<Vec<String>> {
        let described = engine.describe(&format!("SELECT * FROM {}", table.quoted()));
        Some(described.ok()?.into_iter().map(|(name, _)| name).collect())
    };
    let silver: BTreeMap<Name, ColumnOrigins> = planned
        .reads
        .iter()
        .filter(|name| name.schema == "silver")
        .filter_map(|name| {
            let model = tables.graph.model(name)?;
            Some((name.clone(), origins(engine, tables, model, &columns_of(name)?)))
        })
        .collect();
    lineage::of_model(engine, &tables.graph.names, &planned.model.sql, columns, &silver)
}
