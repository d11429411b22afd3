//! A query of the table, as what a browser reads for it.
//!
//! Invariant: a query is measured as it is meant, or refused: what its filter says is turned into terms whole.
//!
//! Entry point: [`Question::of`].

use serde_json::Value;

use super::filter::{FilterError, has_class, terms};
use super::subject::Subject;
use crate::engine::{EngineError, UnusableSql};
use crate::query::Demand;
use crate::reader::Slice;

/// A query.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub sql: String,
    pub slice: Slice,
}

/// A query that cannot be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum QuestionError {
    /// It is not one SELECT.
    #[error(transparent)]
    Sql(#[from] UnusableSql),
    /// DuckDB refuses it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// It reads something else.
    #[error(
        "it reads {named}, but {table} is measured: write SELECT … FROM {table} WHERE …, or advise {named}"
    )]
    Elsewhere {
        /// What it names.
        named: String,
        /// What it should name.
        table: String,
    },
    /// It does not read the table.
    #[error("it reads no table: write SELECT … FROM {0} WHERE …")]
    Nowhere(String),
    /// It is more than one SELECT of one table.
    #[error("it has {what}: advise measures one SELECT of one table, so give the part that reads {table}")]
    Compound {
        /// What is too much.
        what: &'static str,
        /// What it should read.
        table: String,
    },
    /// Its filter is of another kind.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

impl Question {
    /// Understands a query.
    pub fn of(subject: &Subject, sql: &str) -> Result<Self, QuestionError> {
        let (engine, table) = (&subject.engine, &subject.table);
        let statement = engine.parse(sql)?;
        let is_table = |schema: Option<&str>, name: &str| {
            schema.is_none_or(|schema| schema == "gold") && name.eq_ignore_ascii_case(table)
        };
        let other = statement
            .references
            .iter()
            .find(|reference| !is_table(reference.schema.as_deref(), &reference.table));
        if let Some(other) = other {
            let schema = other.schema.iter().map(|schema| format!("{schema}."));
            return Err(QuestionError::Elsewhere {
                named: format!("{}{}", schema.collect::<String>(), other.table),
                table: table.clone(),
            });
        }
        if statement.references.is_empty() {
            return Err(QuestionError::Nowhere(table.clone()));
        }
        let mut tree = engine.syntax_tree(sql)?;
        if let Some(what) = compound(&tree) {
            let table = table.clone();
            return Err(QuestionError::Compound { what, table });
        }
        engine.prepare(sql)?;
        let demand = Demand::of(engine, sql, None)?;
        let filter = tree["where_clause"].take();
        let terms = terms(subject, &tree["from_table"], &filter)?;
        // A filter would hide from DuckDB's plan that any rows that pass will do.
        let first = Demand::of(engine, &engine.text_of(&tree)?, None)?.rows;
        let columns = subject.columns.iter().map(|column| column.name.clone());
        Ok(Self {
            sql: sql.to_owned(),
            slice: Slice {
                columns: columns.filter(|column| demand.wants(column)).collect(),
                terms,
                first,
            },
        })
    }
}

/// What makes it more than one SELECT of one table.
fn compound(tree: &Value) -> Option<&'static str> {
    if tree["type"] != "SELECT_NODE" {
        return Some("several SELECTs");
    }
    if tree["cte_map"]["map"]
        .as_array()
        .is_some_and(|map| !map.is_empty())
    {
        return Some("a WITH");
    }
    match tree["from_table"]["type"].as_str() {
        Some("BASE_TABLE") => {}
        Some("JOIN") => return Some("a join"),
        _ => return Some("a subquery or function in FROM"),
    }
    if !tree["sample"].is_null() || !tree["from_table"]["sample"].is_null() {
        return Some("a sample");
    }
    has_class(tree, "SUBQUERY").then_some("a subquery")
}
