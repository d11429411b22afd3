//! Expressions: everything that they name, wherever in them.

use serde_json::Value;

use super::origins::Origins;
use super::query::{Tracer, lower, names};
use super::scope::Scope;

/// Functions whose second argument, `x -> …`, is a lambda; anywhere else `->` reads from JSON.
pub(super) const TAKE_LAMBDAS: [&str; 11] = [
    "apply",
    "array_apply",
    "array_filter",
    "array_reduce",
    "array_transform",
    "filter",
    "list_apply",
    "list_filter",
    "list_reduce",
    "list_transform",
    "reduce",
];

impl Tracer<'_> {
    /// What the value of an expression is made of. `COLUMNS(*)` in it adds nothing here: the columns that it stands for
    /// are added one by one.
    pub(super) fn expression(&mut self, node: &Value, scope: &Scope<'_>) -> Origins {
        match node {
            Value::Array(items) => self.all(items, scope),
            Value::Object(fields) => match node["class"].as_str() {
                Some("COLUMN_REF") => self.column(node, scope),
                Some("SUBQUERY") => self.subquery(node, scope),
                Some("FUNCTION") if TAKE_LAMBDAS.contains(&lower(&node["function_name"]).as_str()) => {
                    self.with_lambdas(node, scope)
                }
                Some("OPERATOR") if node["type"] == "OPERATOR_UNPACK" => {
                    let columns = self.star(&node["children"][0], scope);
                    Origins::all(columns.iter().map(|column| &column.origins))
                }
                Some("STAR") if node["columns"] == true && node["expr"].is_null() => Origins::none(),
                Some("STAR" | "POSITIONAL_REFERENCE" | "PARAMETER") => Origins::Unknown,
                _ => self.all(fields.values(), scope),
            },
            _ => Origins::none(),
        }
    }

    fn all<'v>(&mut self, nodes: impl IntoIterator<Item = &'v Value>, scope: &Scope<'_>) -> Origins {
        let mut whole = Origins::none();
        for node in nodes {
            whole.add(&self.expression(node, scope));
        }
        whole
    }

    fn column(&self, node: &Value, scope: &Scope<'_>) -> Origins {
        let parts = names(&node["column_names"]);
        if parts.first().is_some_and(|first| self.parameters.contains(first)) {
            // An element of the list, which is an argument too.
            return Origins::none();
        }
        scope.find(&parts)
    }

    fn subquery(&mut self, node: &Value, scope: &Scope<'_>) -> Origins {
        if node["subquery_type"] == "EXISTS" || node["subquery_type"] == "NOT_EXISTS" {
            // Whether there are rows, like how many there are, is made of no column.
            return Origins::none();
        }
        let mut origins = self.expression(&node["child"], scope);
        let outputs = self.query(&node["subquery"]["node"], Some(scope));
        origins.add(&Origins::all(outputs.iter().map(|output| &output.origins)));
        origins
    }

    fn with_lambdas(&mut self, node: &Value, scope: &Scope<'_>) -> Origins {
        let mut whole = Origins::none();
        for (position, argument) in node["children"].as_array().into_iter().flatten().enumerate() {
            if position != 1 || argument["class"] != "LAMBDA" {
                whole.add(&self.expression(argument, scope));
                continue;
            }
            let visible = self.parameters.len();
            let parameters = match argument["lhs"]["children"].as_array() {
                Some(several) => several.iter().collect(),
                None => vec![&argument["lhs"]],
            };
            for parameter in parameters {
                self.parameters.extend(names(&parameter["column_names"]));
            }
            whole.add(&self.expression(&argument["expr"], scope));
            self.parameters.truncate(visible);
        }
        whole
    }
}
