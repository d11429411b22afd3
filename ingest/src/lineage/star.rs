//! `*` and `COLUMNS(*)`, with EXCLUDE, REPLACE and RENAME.

use serde_json::Value;

use super::origins::{Origins, Output};
use super::query::{Tracer, alias, lower};
use super::scope::{Relation, Scope};

impl Tracer<'_> {
    /// The columns that a star stands for.
    pub(super) fn star(&mut self, star: &Value, scope: &Scope<'_>) -> Vec<Output> {
        if !star["expr"].is_null() {
            // A pattern or a condition on names.
            return vec![Output::unknown()];
        }
        let of = Some(lower(&star["relation_name"])).filter(|name| !name.is_empty());
        let mut outputs = Vec::new();
        for (relation, column, origins) in columns(scope, of.as_deref()) {
            if column.is_many && is_altered(star) {
                outputs.push(Output::unknown());
                continue;
            }
            if column.is_many || column.name.is_none() {
                outputs.push(Output { origins, ..column });
                continue;
            }
            if is_excluded(star, relation, &column) {
                continue;
            }
            let replacement = entries(&star["replace_list"]).find(|entry| column.is(&lower(&entry["key"])));
            outputs.push(Output {
                origins: match replacement {
                    Some(entry) => self.expression(&entry["value"], scope),
                    None => origins,
                },
                name: renamed(star, relation, &column).or(column.name),
                is_many: false,
            });
        }
        if outputs.is_empty()
            && let Some(of) = of
        {
            // No table is called so: it is a struct, and these are its fields.
            outputs.push(Output::many(None, scope.find(&[of])));
        }
        if alias(star).is_some() {
            for output in &mut outputs {
                output.name = None;
            }
        }
        outputs
    }
}

/// The star that an expression is repeated for; none where it has none.
pub(super) fn within(node: &Value) -> Option<&Value> {
    match node {
        Value::Array(items) => items.iter().find_map(within),
        Value::Object(fields) => match node["class"].as_str() {
            Some("STAR") => Some(node),
            Some("SUBQUERY") => within(&node["child"]),
            Some("OPERATOR") if node["type"] == "OPERATOR_UNPACK" => None,
            _ => fields.values().find_map(within),
        },
        _ => None,
    }
}

/// All columns in sight, or those of one table; a merged one stands where it first occurs.
fn columns<'s>(scope: &'s Scope<'_>, of: Option<&str>) -> Vec<(&'s Relation, Output, Origins)> {
    let mut found = Vec::new();
    for (position, relation) in scope.relations.iter().enumerate() {
        if of.is_some_and(|of| !relation.is_called(of)) {
            continue;
        }
        for column in &relation.columns {
            let merged = scope.merged.iter().find(|merged| {
                of.is_none() && column.is(&merged.name) && merged.relations.contains(&position)
            });
            match merged {
                Some(merged) if merged.relations.first() != Some(&position) => {}
                Some(merged) => found.push((relation, column.clone(), scope.merged(merged))),
                None => found.push((relation, column.clone(), column.origins.clone())),
            }
        }
    }
    found
}

/// Whether some of its columns are left out, made otherwise or named otherwise.
fn is_altered(star: &Value) -> bool {
    [
        "exclude_list",
        "qualified_exclude_list",
        "replace_list",
        "rename_list",
    ]
    .iter()
    .any(|list| entries(&star[list]).next().is_some())
}

fn is_excluded(star: &Value, relation: &Relation, column: &Output) -> bool {
    entries(&star["exclude_list"]).any(|name| column.is(&lower(name)))
        || entries(&star["qualified_exclude_list"]).any(|name| is_named(name, relation, column))
}

fn renamed(star: &Value, relation: &Relation, column: &Output) -> Option<String> {
    entries(&star["rename_list"])
        .find(|entry| is_named(&entry["key"], relation, column))
        .map(|entry| lower(&entry["value"]))
}

/// Whether `{table, column}` names the column; the table may be left out.
fn is_named(name: &Value, relation: &Relation, column: &Output) -> bool {
    let table = lower(&name["table"]);
    column.is(&lower(&name["column"])) && (table.is_empty() || relation.is_called(&table))
}

fn entries(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
