//! A model's SELECT in DuckDB: bound, described, held against its header.

use catalog::{Column, Severity};

use super::checks::{self, Checked, Rows};
use super::tables::Tables;
use crate::engine::sql::identifier;
use crate::engine::{Context, Engine, EngineError};
use crate::gold::{self, GoldColumn, GoldError};
use crate::plan::{Increment, PlannedModel};
use crate::project::{Materialized, Model, Rule};
use crate::source;

/// A silver table, in DuckDB.
pub(super) struct MadeSilver {
    /// Rows; none of a view.
    pub rows: Option<u64>,
    /// Checks and how they went.
    pub checks: Vec<Checked>,
}

/// A gold model's SELECT, ready to run.
pub(super) struct Prepared {
    /// The view that stands for it, quoted for SQL.
    pub view: String,
    /// What it returns.
    pub columns: Vec<GoldColumn>,
}

impl Prepared {
    /// Its rows, in no order, as they are to be written.
    pub fn select(&self) -> String {
        let columns: Vec<&str> = self
            .columns
            .iter()
            .map(|column| column.expression.as_str())
            .collect();
        format!("SELECT {} FROM {}", columns.join(", "), self.view)
    }
}

/// Makes a silver table in the engine's context and checks it.
pub(super) fn make_silver(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedModel,
    increment: Option<&Increment>,
) -> Result<MadeSilver, EngineError> {
    let model = &planned.model;
    let view = bind(engine, model, &model.sql)?;
    check_header(model, &engine.describe(&format!("SELECT * FROM {view}"))?)?;
    let table = planned.table().quoted();
    if is_view(tables, planned) {
        engine.execute(&format!("CREATE VIEW {table} AS SELECT * FROM {view}"))?;
        return Ok(MadeSilver {
            rows: None,
            checks: Vec::new(),
        });
    }
    engine.execute(&format!("CREATE TABLE {table} AS SELECT * FROM {view}"))?;
    let count = engine.count(&format!("SELECT count(*) FROM {table}"))?;
    let rows = Rows {
        new: &table,
        all: &|| Ok(table.clone()),
        alike: &|_| Ok(table.clone()),
        count,
        newest: &|_| None,
        is_part: increment.is_some(),
    };
    Ok(MadeSilver {
        rows: Some(count),
        checks: apply_checks(engine, tables, planned, &rows, increment)?,
    })
}

/// A silver table for a plan: its columns, no rows.
pub(super) fn view_silver(engine: &Engine, planned: &PlannedModel) -> Result<MadeSilver, EngineError> {
    let view = bind(engine, &planned.model, &planned.model.sql)?;
    check_header(
        &planned.model,
        &engine.describe(&format!("SELECT * FROM {view}"))?,
    )?;
    let table = planned.table().quoted();
    engine.execute(&format!("CREATE VIEW {table} AS SELECT * FROM {view}"))?;
    Ok(MadeSilver {
        rows: None,
        checks: Vec::new(),
    })
}

/// A gold table for a plan, as it is going to be.
pub(super) fn view_gold(engine: &Engine, planned: &PlannedModel) -> Result<(), GoldError> {
    let prepared = prepare(engine, &planned.model, false)?;
    engine.execute(&format!(
        "CREATE VIEW {} AS {}",
        planned.table().quoted(),
        prepared.select()
    ))?;
    Ok(())
}

/// Applies the checks of a model's header. What a rule says of the table as a whole is not asked of a part of it.
pub(super) fn apply_checks(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedModel,
    rows: &Rows<'_>,
    increment: Option<&Increment>,
) -> Result<Vec<Checked>, EngineError> {
    let mut checked = Vec::new();
    let is_of_whole = |rule: &Rule| matches!(rule, Rule::RowCount(_) | Rule::Freshness(_));
    for check in &planned.model.header.checks {
        if rows.is_part && is_of_whole(&check.rule) {
            continue;
        }
        let resolve = |other: &str| match tables.graph.names.resolve_text(other) {
            Ok(name) if name == planned.table() => (rows.all)(),
            _ => tables.compared(engine, increment, other),
        };
        checked.extend(checks::apply(engine, rows, check, resolve)?);
    }
    Ok(checked)
}

/// Binds a gold model's SELECT in the engine's context; of an increment, that which is run for one.
pub(super) fn prepare(engine: &Engine, model: &Model, is_increment: bool) -> Result<Prepared, GoldError> {
    let of_increment = model.increment_sql.as_deref().filter(|_| is_increment);
    let view = bind(engine, model, of_increment.unwrap_or(&model.sql))?;
    let described = engine.describe(&format!("SELECT * FROM {view}"))?;
    check_header(model, &described)?;
    let (view, described) = if model.header.is_of_dbt {
        narrow(engine, view, described)?
    } else {
        (view, described)
    };
    Ok(Prepared {
        columns: gold::columns_of(&described)?,
        view,
    })
}

/// A view over the view in which each HUGEINT is a BIGINT, where there are such: `sum` of whole numbers gives them, and Parquet
/// has none. A value that does not fit stops the model.
fn narrow(
    engine: &Engine,
    view: String,
    mut described: Vec<(String, String)>,
) -> Result<(String, Vec<(String, String)>), EngineError> {
    let mut casts = Vec::new();
    for (name, duck_type) in described
        .iter_mut()
        .filter(|(_, duck_type)| duck_type == "HUGEINT")
    {
        "BIGINT".clone_into(duck_type);
        let name = identifier(name);
        casts.push(format!("CAST({name} AS BIGINT) AS {name}"));
    }
    if casts.is_empty() {
        return Ok((view, described));
    }
    let narrowed = format!("{}_narrowed\"", view.trim_end_matches('"'));
    engine.execute(&format!(
        "CREATE OR REPLACE VIEW {narrowed} AS SELECT * REPLACE ({}) FROM {view}",
        casts.join(", ")
    ))?;
    Ok((narrowed, described))
}

fn bind(engine: &Engine, model: &Model, sql: &str) -> Result<String, EngineError> {
    let view = format!("staged.{}", identifier(&format!("{model}")));
    engine.prepare(sql).map_err(source::explained)?;
    // The SQL ends the statement, so that it may end with `;` or a comment.
    engine.execute(&format!("CREATE OR REPLACE VIEW {view} AS {sql}"))?;
    Ok(view)
}

/// Whether a silver model is computed where it is read: as declared, else where one table reads it and no check.
fn is_view(tables: &Tables<'_>, planned: &PlannedModel) -> bool {
    let table = planned.table();
    let header = &planned.model.header;
    match header.materialized {
        _ if !header.checks.is_empty() => false,
        // A view would be resolved where it is compared with, which may be another context.
        _ if tables
            .graph
            .models
            .iter()
            .any(|model| model.compares.contains(&table)) =>
        {
            false
        }
        Some(materialized) => materialized == Materialized::View,
        None => {
            let graph = tables.graph;
            let models = graph
                .models
                .iter()
                .filter(|model| model.needs().any(|name| *name == table));
            let checks = graph.checks.iter().filter(|check| check.reads.contains(&table));
            models.count() <= 1 && checks.count() == 0
        }
    }
}

/// Columns that the header names must be there. What only SQL looks for is found as SQL finds it, without regard to case.
fn check_header(model: &Model, described: &[(String, String)]) -> Result<(), EngineError> {
    let header = &model.header;
    let of_rules = header.checks.iter().flat_map(|check| match &check.rule {
        Rule::NotNull(columns) | Rule::Unique(columns) => columns.names().to_vec(),
        Rule::AcceptedValues(rule) => vec![rule.column.clone()],
        Rule::AcceptedRange(rule) => vec![rule.column.clone()],
        Rule::Relationships(rule) => vec![rule.column.clone()],
        Rule::Freshness(_) | Rule::RowCount(_) => Vec::new(),
    });
    let fresh = header.checks.iter().filter_map(|check| match &check.rule {
        Rule::Freshness(rule) => Some(rule.column.clone()),
        _ => None,
    });
    let described_columns = header.columns.keys().filter(|_| !header.is_of_dbt);
    let loose = (described_columns.map(|name| ("columns", name.clone())))
        .chain(of_rules.map(|name| ("checks", name)))
        .map(|(place, name)| (place, name, false));
    let unique_key = header.unique_key.as_ref().map_or(&[][..], |key| key.names());
    let exact = (header
        .sort_keys()
        .into_iter()
        .map(|key| ("cluster_by", key.column)))
    .chain(
        header
            .partition_by
            .iter()
            .map(|name| ("partition_by", name.clone())),
    )
    .chain(header.bloom.iter().map(|name| ("bloom", name.clone())))
    .chain(unique_key.iter().map(|name| ("unique_key", name.clone())))
    .chain(fresh.map(|name| ("checks", name)))
    .map(|(place, name)| (place, name, true));
    for (place, name, is_exact) in loose.chain(exact) {
        let is_it = |known: &str| known == name || (!is_exact && known.eq_ignore_ascii_case(&name));
        if !described.iter().any(|(known, _)| is_it(known)) {
            let known: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
            return Err(EngineError(format!(
                "in its header, {place} names `{name}`, which the model does not return: it returns {}",
                known.join(", ")
            )));
        }
    }
    for check in &header.checks {
        if let Rule::Freshness(rule) = &check.rule {
            let duck_type = described
                .iter()
                .find(|(name, _)| *name == rule.column)
                .map(|(_, kind)| kind.as_str());
            let is_time = duck_type.is_some_and(|kind| kind == "DATE" || kind.starts_with("TIMESTAMP"));
            if !is_time {
                return Err(EngineError(format!(
                    "in its header, freshness names `{}`, which is {}: it needs a date or a timestamp, as in CAST({} AS \
                     TIMESTAMP)",
                    rule.column,
                    duck_type.unwrap_or("unknown"),
                    rule.column
                )));
            }
        }
    }
    if let Some(level) = header.zstd_level.filter(|level| !(1..=22).contains(level)) {
        return Err(EngineError(format!(
            "in its header, zstd_level is {level}: write 1 (fastest) to 22 (smallest), or take it out for {}",
            gold::ZSTD_LEVEL
        )));
    }
    if header.row_group_rows == Some(0) {
        return Err(EngineError(
            "in its header, row_group_rows is 0: take it out, or write for example 122880".to_owned(),
        ));
    }
    Ok(())
}

/// The columns as the next manifest has them: those that were there keep their ids, and none gets an id that another one
/// ever had. The engine is in the context in which the model was bound.
pub(super) fn next_columns(
    engine: &Engine,
    tables: &Tables<'_>,
    planned: &PlannedModel,
    context: &Context,
    prepared: &Prepared,
) -> Result<Vec<Column>, GoldError> {
    let published = tables.published.get(&planned.table().table);
    let previous = published.and_then(|published| published.manifest.as_ref());
    let state = published.and_then(|published| published.state.as_ref());
    let original_names = tables.original_names(context, &tables.graph.made_of(planned));
    let known = |name: &str| previous.and_then(|previous| previous.column(name));
    let mut next_id = previous
        .and_then(|previous| previous.columns.iter().map(|column| column.field_id).max())
        .unwrap_or(0)
        .max(state.map_or(0, |state| state.last_field_id));
    let mut columns: Vec<Column> = prepared
        .columns
        .iter()
        .map(|column| {
            let field_id = known(&column.name).map_or_else(
                || {
                    next_id += 1;
                    next_id
                },
                |known| known.field_id,
            );
            Column {
                field_id,
                original_name: original_names.get(&column.name).cloned(),
                nullable: true,
                role: column.column_type.default_role(),
                description: None,
                name: column.name.clone(),
                column_type: column.column_type.clone(),
                statistics: catalog::ColumnStatistics::default(),
            }
        })
        .collect();
    redescribe(&planned.model, &mut columns);
    gold::name_nested_types(engine, &prepared.select(), &mut columns)?;
    Ok(columns)
}

/// Makes columns what the model's header declares of them.
pub(super) fn redescribe(model: &Model, columns: &mut [Column]) {
    let never_null = |name: &str| {
        model.header.checks.iter().any(|check| match &check.rule {
            Rule::NotNull(columns) => {
                check.severity == Severity::Error
                    && columns
                        .names()
                        .iter()
                        .any(|column| column.eq_ignore_ascii_case(name))
            }
            _ => false,
        })
    };
    for column in columns {
        let of_header = |(name, _): &(&String, _)| name.eq_ignore_ascii_case(&column.name);
        let header = model
            .header
            .columns
            .iter()
            .find(of_header)
            .map(|(_, header)| header);
        column.nullable = !never_null(&column.name);
        column.role = header
            .and_then(|header| header.role)
            .unwrap_or_else(|| column.column_type.default_role());
        column.description = header.and_then(|header| header.description.clone());
    }
}
