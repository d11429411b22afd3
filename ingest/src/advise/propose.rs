//! Queries for a table of which nobody said how it is asked: filters by what its header and its columns' roles tell.
//!
//! A range of a tenth of the rows for times and for numbers that rows are sorted by, equality for all else.
//!
//! Entry point: [`propose`].

use std::collections::HashSet;

use catalog::{Column, ColumnType, Role};
use duckdb::types::Value;

use super::subject::{SAMPLE, Subject};
use crate::engine::{EngineError, sql};

/// Queries that are proposed, at most.
const MOST: usize = 4;

/// SQL of queries.
pub(super) fn propose(subject: &Subject) -> Result<Vec<String>, EngineError> {
    let mut queries = Vec::new();
    let keywords = subject.engine.keywords()?;
    for column in filtered(subject) {
        if queries.len() == MOST {
            break;
        }
        if let Some(filter) = filter(subject, column, &keywords)? {
            let table = sql::written(&subject.table, &keywords);
            let mut measures = subject.columns.iter().filter(|other| other.role == Role::Measure);
            let measure = match measures.find(|other| other.name != column.name) {
                Some(measure) => format!("sum({})", sql::written(&measure.name, &keywords)),
                None => "count(*)".to_owned(),
            };
            queries.push(format!("SELECT {measure} FROM {table} WHERE {filter}"));
        }
    }
    Ok(queries)
}

/// Columns that people may filter by: first those that the header lays rows out for, then those whose role says so.
fn filtered(subject: &Subject) -> Vec<&Column> {
    let header = subject.model.as_ref().map(|model| &model.header);
    let unique_key = header.and_then(|header| header.unique_key.as_ref());
    let declared = subject.base.sort_keys.iter().map(|key| &key.column);
    let declared = declared
        .chain(&subject.base.bloom)
        .chain(unique_key.into_iter().flat_map(|key| key.names()));
    let of_role = |role: Role| {
        let columns = subject.columns.iter().filter(move |column| column.role == role);
        columns.map(|column| &column.name)
    };
    let mut columns: Vec<&Column> = Vec::new();
    for name in declared
        .chain(of_role(Role::Time))
        .chain(of_role(Role::Dimension))
    {
        let known = subject.columns.iter().find(|column| column.name == *name);
        columns.extend(known.filter(|known| !columns.iter().any(|column| column.name == known.name)));
    }
    columns
}

/// A filter with values that the column holds; none where it holds one value only, or where filters of its type are
/// not measured.
fn filter(
    subject: &Subject,
    column: &Column,
    keywords: &HashSet<String>,
) -> Result<Option<String>, EngineError> {
    if matches!(column.column_type, ColumnType::Other(_) | ColumnType::Binary) {
        return Ok(None);
    }
    let (quoted, named) = (
        sql::identifier(&column.name),
        sql::written(&column.name, keywords),
    );
    let engine = &subject.engine;
    let is_one = format!("SELECT (min({quoted}) IS NOT DISTINCT FROM max({quoted}))::BIGINT FROM {SAMPLE}");
    if engine.count(&is_one)? == 1 {
        return Ok(None);
    }
    let is_number = matches!(
        column.column_type,
        ColumnType::Int { .. }
            | ColumnType::UInt { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Float { .. }
    );
    let literal = |value: &Value| match value {
        Value::Text(text) if is_number && !matches!(column.column_type, ColumnType::Float { .. }) => {
            text.clone()
        }
        Value::Text(text) => sql::text(text),
        other => format!("{other:?}"),
    };
    let is_key = subject.base.sort_keys.iter().any(|key| key.column == column.name);
    let is_range = column.role == Role::Time || (is_key && is_number && column.role == Role::Measure);
    Ok(Some(if is_range {
        let row = engine.row(&format!(
            "SELECT quantile_disc({quoted}, 0.45)::VARCHAR, quantile_disc({quoted}, 0.55)::VARCHAR FROM {SAMPLE}"
        ))?;
        format!("{named} BETWEEN {} AND {}", literal(&row[0]), literal(&row[1]))
    } else {
        let row = engine.row(&format!(
            "SELECT {quoted}::VARCHAR FROM {SAMPLE} WHERE {quoted} IS NOT NULL ORDER BY hash(rowid), rowid LIMIT 1"
        ))?;
        format!("{named} = {}", literal(&row[0]))
    }))
}
