//! Which columns the columns of a table are made of.
//!
//! A value is made of every column that its expression names, wherever in it: arguments, conditions of `CASE` and
//! `FILTER`, keys of `OVER (…)`. Columns that only decide which rows there are (`WHERE`, `JOIN … ON`, `GROUP BY`,
//! `EXISTS`) are none of its origins. A column that `USING` merges is made of both sides.
//!
//! Invariant: nothing is guessed. What DuckDB's parse tree and the columns of the tables do not settle is left out.
//!
//! Entry points: [`of_model`] for a model of a run, [`Graph`] for a lake; [`columns`] for one SELECT alone.

mod assign;
mod expression;
mod from;
mod graph;
mod origins;
mod query;
mod scope;
mod select;
mod star;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use catalog::ColumnOrigin;

use crate::engine::{Engine, Reference};
use crate::plan::{Name, Names};

pub use graph::{Direction, Graph, Node, TracedColumn};

/// Origins by column; a column that cannot be traced is missing, one that is made of no column has none.
pub type ColumnOrigins = BTreeMap<String, Vec<ColumnOrigin>>;

/// What a table that a SELECT names stands for, with its columns in order; none where that is not known.
pub type Schemas<'a> = dyn Fn(&Reference) -> Option<(Name, Vec<String>)> + 'a;

/// Traces the columns of a model down to sources and gold tables. The engine must know the tables that the model reads;
/// `returned` are the model's columns, as DuckDB describes them, and `silver` has what this gave for the silver models
/// that it reads.
pub fn of_model(
    engine: &Engine,
    names: &Names,
    sql: &str,
    returned: &[String],
    silver: &BTreeMap<Name, ColumnOrigins>,
) -> ColumnOrigins {
    let schemas = |reference: &Reference| {
        let read = names
            .resolve_all(std::slice::from_ref(reference))
            .ok()?
            .pop_first()?;
        let described = engine
            .describe(&format!("SELECT * FROM {}", read.quoted()))
            .ok()?;
        let columns = described.into_iter().map(|(column, _)| column).collect();
        Some((read, columns))
    };
    resolve(&columns(engine, sql, returned, &schemas), silver)
}

/// What a table and the silver models that it is made of read, as a manifest tells it; `reads` has what a model reads.
pub fn way_to<'a>(
    table: &'a Name,
    reads: impl Fn(&Name) -> Option<&'a BTreeSet<Name>>,
) -> BTreeMap<String, Vec<String>> {
    let mut way = BTreeMap::new();
    let mut waiting = vec![table];
    while let Some(name) = waiting.pop() {
        let Some(read) = reads(name) else { continue };
        let written = read.iter().map(Name::to_string).collect();
        if way.insert(name.to_string(), written).is_none() {
            waiting.extend(read.iter().filter(|name| name.schema == "silver"));
        }
    }
    way
}

/// Traces the columns that a SELECT returns, one step back. `names` are theirs, as DuckDB describes them. Where the SQL
/// does not parse, nothing is traced.
pub fn columns(engine: &Engine, sql: &str, names: &[String], schemas: &Schemas<'_>) -> ColumnOrigins {
    let Ok(tree) = engine.syntax_tree(sql) else {
        return ColumnOrigins::new();
    };
    let outputs = query::Tracer::new(schemas).query(&tree, None);
    assign::by_name(&outputs, names)
}

/// Replaces columns of silver models by what those are made of in turn, so that only sources and gold tables remain.
/// `silver` has the resolved origins of each silver model that is read.
pub fn resolve(direct: &ColumnOrigins, silver: &BTreeMap<Name, ColumnOrigins>) -> ColumnOrigins {
    let of_origin = |origin: &ColumnOrigin| -> Option<Vec<ColumnOrigin>> {
        let Some(table) = origin.table.strip_prefix("silver.") else {
            return Some(vec![origin.clone()]);
        };
        let name = Name {
            schema: "silver".to_owned(),
            table: table.to_owned(),
        };
        silver.get(&name)?.get(&origin.column).cloned()
    };
    direct
        .iter()
        .filter_map(|(column, origins)| {
            let mut resolved: Vec<ColumnOrigin> = origins
                .iter()
                .map(of_origin)
                .collect::<Option<Vec<_>>>()?
                .concat();
            resolved.sort();
            resolved.dedup();
            Some((column.clone(), resolved))
        })
        .collect()
}
