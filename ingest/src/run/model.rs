//! Makes one model's table and applies its checks.

use std::collections::BTreeMap;

use catalog::{Column, Severity, SortKey, TableManifest};

use super::checks::{self, Checked};
use crate::engine::{Engine, EngineError, sql};
use crate::gold::{self, GoldColumn, GoldError};
use crate::plan::{Names, PlannedModel};
use crate::project::{Layer, Model, Rule};

/// A model's table, in DuckDB.
pub(super) struct MadeTable {
    /// Rows.
    pub rows: u64,
    /// Columns as the manifest has them; only of gold.
    pub columns: Vec<Column>,
    /// How rows are sorted; only of gold.
    pub sort_keys: Vec<SortKey>,
    /// Checks and how they went.
    pub checks: Vec<Checked>,
}

/// What a model's columns were before and where they come from.
pub(super) struct Ancestry<'a> {
    /// The version of the table that is published.
    pub previous: Option<&'a TableManifest>,
    /// Names in raw files by sanitised name, where they differ.
    pub original_names: BTreeMap<String, String>,
}

/// Makes the table and checks it.
pub(super) fn make(
    engine: &Engine,
    names: &Names,
    planned: &PlannedModel,
    ancestry: &Ancestry<'_>,
) -> Result<MadeTable, GoldError> {
    let model = &planned.model;
    let view = format!("staged.{}", sql::identifier(&format!("{model}")));
    engine.prepare(&model.sql)?;
    // The SQL ends the statement, so that it may end with `;` or a comment.
    engine.execute(&format!("CREATE VIEW {view} AS {}", model.sql))?;
    let described = engine.describe(&format!("SELECT * FROM {view}"))?;
    check_header(model, &described)?;
    let table = planned.table();
    let (columns, sort_keys) = match model.layer {
        Layer::Silver => {
            engine.execute(&format!(
                "CREATE TABLE {} AS SELECT * FROM {view}",
                table.quoted()
            ))?;
            (Vec::new(), Vec::new())
        }
        Layer::Gold => {
            let columns = gold::columns_of(&described)?;
            let sort_keys = sort_keys(model);
            engine.execute(&format!(
                "CREATE TABLE {} AS SELECT {} FROM {view}{}",
                table.quoted(),
                columns
                    .iter()
                    .map(|column| column.expression.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                gold::order_by(&columns, &sort_keys, &[], planned.is_ordered)
            ))?;
            (manifest_columns(model, columns, ancestry), sort_keys)
        }
    };
    engine.execute(&format!("DROP VIEW {view}"))?;
    let mut checks = Vec::new();
    for check in &model.header.checks {
        let resolve = |other: &str| names.resolve_text(other).map(|name| name.quoted());
        checks.extend(checks::apply(engine, &table.quoted(), check, resolve)?);
    }
    Ok(MadeTable {
        rows: engine.count(&format!("SELECT count(*) FROM {}", table.quoted()))?,
        columns,
        sort_keys,
        checks,
    })
}

/// Columns that the header names must be there.
fn check_header(model: &Model, described: &[(String, String)]) -> Result<(), EngineError> {
    let header = &model.header;
    let of_rules = header.checks.iter().flat_map(|check| match &check.rule {
        Rule::NotNull(columns) | Rule::Unique(columns) => columns.names().to_vec(),
        Rule::AcceptedValues(rule) => vec![rule.column.clone()],
        Rule::AcceptedRange(rule) => vec![rule.column.clone()],
        Rule::Relationships(rule) => vec![rule.column.clone()],
        Rule::RowCount(_) => Vec::new(),
    });
    let named = (header.columns.keys().map(|name| ("columns", name.clone())))
        .chain(sort_keys(model).into_iter().map(|key| ("cluster_by", key.column)))
        .chain(of_rules.map(|name| ("checks", name)));
    for (place, name) in named {
        if !described.iter().any(|(known, _)| *known == name) {
            let known: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
            return Err(EngineError(format!(
                "in its header, {place} names `{name}`, which the model does not return: it returns {}",
                known.join(", ")
            )));
        }
    }
    if header.row_group_rows == Some(0) {
        return Err(EngineError(
            "in its header, row_group_rows is 0: take it out, or write for example 122880".to_owned(),
        ));
    }
    Ok(())
}

fn sort_keys(model: &Model) -> Vec<SortKey> {
    let key = |text: &String| {
        let (column, descending) = match text.trim().rsplit_once(char::is_whitespace) {
            Some((column, order)) if order.eq_ignore_ascii_case("desc") => (column.trim_end(), true),
            Some((column, order)) if order.eq_ignore_ascii_case("asc") => (column.trim_end(), false),
            _ => (text.trim(), false),
        };
        SortKey {
            column: column.to_owned(),
            descending,
        }
    };
    model.header.cluster_by.iter().map(key).collect()
}

fn manifest_columns(model: &Model, columns: Vec<GoldColumn>, ancestry: &Ancestry<'_>) -> Vec<Column> {
    let known = |name: &str| ancestry.previous.and_then(|previous| previous.column(name));
    let mut next_id = ancestry
        .previous
        .and_then(|previous| previous.columns.iter().map(|column| column.field_id).max())
        .unwrap_or(0);
    let never_null = |name: &str| {
        model.header.checks.iter().any(|check| match &check.rule {
            Rule::NotNull(columns) => {
                check.severity == Severity::Error && columns.names().iter().any(|column| column == name)
            }
            _ => false,
        })
    };
    columns
        .into_iter()
        .map(|column| {
            let header = model.header.columns.get(&column.name);
            let field_id = known(&column.name).map_or_else(
                || {
                    next_id += 1;
                    next_id
                },
                |known| known.field_id,
            );
            Column {
                field_id,
                original_name: ancestry.original_names.get(&column.name).cloned(),
                nullable: !never_null(&column.name),
                role: header
                    .and_then(|header| header.role)
                    .unwrap_or_else(|| column.column_type.default_role()),
                description: header.and_then(|header| header.description.clone()),
                name: column.name,
                column_type: column.column_type,
                statistics: catalog::ColumnStatistics::default(),
            }
        })
        .collect()
}
