//! SELECT: its tables, then its list.

use serde_json::Value;

use super::origins::{Origins, Output};
use super::query::{Tracer, alias, lower};
use super::scope::Scope;
use super::star;

impl Tracer<'_> {
    pub(super) fn select(&mut self, node: &Value, outer: Option<&Scope<'_>>) -> Vec<Output> {
        let mut scope = Scope::within(outer);
        self.from(&node["from_table"], &mut scope);
        let mut outputs = Vec::new();
        for item in node["select_list"].as_array().into_iter().flatten() {
            let mut produced = self.item(item, &scope);
            if let ([output], Some(alias)) = (produced.as_slice(), alias(item)) {
                scope.aliases.push((alias, output.origins.clone()));
            }
            outputs.append(&mut produced);
        }
        outputs
    }

    /// The columns that an item of the list stands for.
    fn item(&mut self, item: &Value, scope: &Scope<'_>) -> Vec<Output> {
        if item["class"] == "STAR" {
            return self.star(item, scope);
        }
        if item["type"] == "OPERATOR_UNPACK" {
            return vec![Output::unknown()];
        }
        if let Some(columns) = star::within(item) {
            return self.for_each_column(item, columns, scope);
        }
        let origins = self.expression(item, scope);
        if item["class"] == "FUNCTION" && lower(&item["function_name"]) == "unnest" {
            // A list gives one column, a struct one for each of its fields.
            return vec![Output::many(alias(item), origins)];
        }
        vec![Output::one(name(item), origins)]
    }

    /// `min(COLUMNS(*))`: the expression once for each column.
    fn for_each_column(&mut self, item: &Value, columns: &Value, scope: &Scope<'_>) -> Vec<Output> {
        let each = self.star(columns, scope);
        let others = self.expression(item, scope);
        each.into_iter()
            .map(|output| Output {
                name: None,
                origins: Origins::all([&others, &output.origins]),
                is_many: output.is_many,
            })
            .collect()
    }
}

/// The name that an item has of itself.
fn name(item: &Value) -> Option<String> {
    alias(item).or_else(|| {
        (item["class"] == "COLUMN_REF")
            .then(|| item["column_names"].as_array()?.last().map(lower))
            .flatten()
    })
}
