//! FROM clauses: tables, joins, subqueries, table functions.

use serde_json::Value;

use super::origins::{Origins, Output, deduplicate, is_open, rename};
use super::query::{Tracer, alias, lower, names};
use super::scope::{Merged, Relation, Scope};
use crate::engine::Reference;

impl Tracer<'_> {
    /// Adds the tables of a FROM clause to the scope. What stands on the right sees what stands on its left.
    pub(super) fn from(&mut self, table: &Value, scope: &mut Scope<'_>) {
        let kind = table["type"].as_str().unwrap_or_default();
        if kind == "JOIN" {
            return self.join(table, scope);
        }
        let mut schema = None;
        let mut called = alias(table);
        let mut columns = match kind {
            "EMPTY" | "EMPTY_FROM" => return,
            "BASE_TABLE" => {
                called = called.or_else(|| Some(lower(&table["table_name"])));
                let (of, columns) = self.base_table(table);
                schema = of;
                columns
            }
            "SUBQUERY" => self.query(&table["subquery"]["node"], Some(scope)),
            "EXPRESSION_LIST" => self.values(table, scope),
            "TABLE_FUNCTION" => {
                let function = lower(&table["function"]["function_name"]);
                let columns = self.table_function(table, &function, scope);
                called = called.or(Some(function));
                columns
            }
            _ => vec![Output::unknown()],
        };
        rename(&mut columns, &names(&table["column_name_alias"]));
        deduplicate(&mut columns);
        scope.relations.push(Relation {
            alias: called,
            schema,
            columns,
        });
    }

    fn base_table(&self, table: &Value) -> (Option<String>, Vec<Output>) {
        let named = lower(&table["table_name"]);
        let schema = Some(lower(&table["schema_name"])).filter(|schema| !schema.is_empty());
        let expression = self.expressions.iter().rev().find(|(name, _)| *name == named);
        if let (None, Some((_, outputs))) = (&schema, expression) {
            return (None, outputs.clone());
        }
        let reference = Reference {
            schema: schema.clone(),
            table: named,
            line: 0,
        };
        let Some((name, columns)) = (self.schemas)(&reference) else {
            return (schema, vec![Output::unknown()]);
        };
        let outputs = columns
            .iter()
            .map(|column| Output::one(Some(column.to_lowercase()), Origins::of(name.to_string(), column)))
            .collect();
        (Some(name.schema), outputs)
    }

    /// `VALUES (…), (…)`.
    fn values(&mut self, table: &Value, scope: &Scope<'_>) -> Vec<Output> {
        let mut outputs: Vec<Output> = Vec::new();
        for row in table["values"].as_array().into_iter().flatten() {
            for (position, value) in row.as_array().into_iter().flatten().enumerate() {
                let origins = self.expression(value, scope);
                match outputs.get_mut(position) {
                    Some(output) => output.origins.add(&origins),
                    None => outputs.push(Output::one(Some(format!("col{position}")), origins)),
                }
            }
        }
        outputs
    }

    fn table_function(&mut self, table: &Value, function: &str, scope: &Scope<'_>) -> Vec<Output> {
        let arguments = &table["function"]["children"];
        let count = arguments.as_array().map_or(0, Vec::len);
        let name = Some(function.to_owned());
        let mut outputs = match (function, count) {
            ("range" | "generate_series", _) | ("unnest", 1) => {
                vec![Output::one(name, self.expression(arguments, scope))]
            }
            ("unnest", _) => vec![Output::many(name, self.expression(arguments, scope))],
            // It reads what no source declares.
            _ => vec![Output::unknown()],
        };
        if table["with_ordinality"] == "WITH_ORDINALITY" {
            outputs.push(Output::one(Some("ordinality".to_owned()), Origins::none()));
        }
        outputs
    }

    fn join(&mut self, join: &Value, scope: &mut Scope<'_>) {
        let start = scope.relations.len();
        self.from(&join["left"], scope);
        let middle = scope.relations.len();
        self.from(&join["right"], scope);
        if join["join_type"] == "SEMI" || join["join_type"] == "ANTI" {
            // The right side only decides which rows of the left remain.
            scope.relations.truncate(middle);
            scope
                .merged
                .retain(|merged| merged.relations.iter().all(|&relation| relation < middle));
            return;
        }
        let mut using = names(&join["using_columns"]);
        if join["ref_type"] == "NATURAL" {
            let sides = &mut scope.relations[start..];
            if sides.iter().any(|relation| is_open(&relation.columns)) {
                // Any column may be merged with any other.
                for relation in sides {
                    relation.columns = vec![Output::unknown()];
                }
                return;
            }
            using = common(&scope.relations[start..middle], &scope.relations[middle..]);
        }
        for name in using {
            merge(scope, &name, start, middle);
        }
    }
}

/// Merges the columns of that name on both sides of a join.
fn merge(scope: &mut Scope<'_>, name: &str, start: usize, middle: usize) {
    let side = |from: usize, to: usize| -> Vec<usize> {
        let before = scope.merged.iter().find(|merged| {
            merged.name == name && merged.relations.iter().all(|each| (from..to).contains(each))
        });
        if let Some(merged) = before {
            return merged.relations.clone();
        }
        let certain: Vec<usize> = (from..to)
            .filter(|&each| scope.relations[each].has(name))
            .collect();
        if certain.is_empty() {
            let is_possible = |each: &usize| is_open(&scope.relations[*each].columns);
            (from..to).filter(is_possible).collect()
        } else {
            certain
        }
    };
    let mut relations = side(start, middle);
    relations.extend(side(middle, scope.relations.len()));
    scope
        .merged
        .retain(|merged| merged.name != name || merged.relations.iter().all(|&each| each < start));
    scope.merged.push(Merged {
        name: name.to_owned(),
        relations,
    });
}

fn common(left: &[Relation], right: &[Relation]) -> Vec<String> {
    let mut shared = Vec::new();
    for column in left.iter().flat_map(|relation| &relation.columns) {
        if let Some(name) = &column.name
            && !shared.contains(name)
            && right.iter().any(|relation| relation.has(name))
        {
            shared.push(name.clone());
        }
    }
    shared
}
