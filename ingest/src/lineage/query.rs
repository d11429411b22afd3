//! Query nodes: SELECT, set operations, common table expressions.

use serde_json::Value;

use super::Schemas;
use super::origins::{Origins, Output, deduplicate, is_open, rename};
use super::scope::Scope;

/// A recursive expression is followed until nothing new comes; far more often than any tree is deep.
const ROUNDS: usize = 64;

/// Walks DuckDB's parse tree.
pub(super) struct Tracer<'s> {
    pub schemas: &'s Schemas<'s>,
    /// Common table expressions that are visible, the innermost last.
    pub expressions: Vec<(String, Vec<Output>)>,
    /// Parameters of the lambdas around, which hide columns.
    pub parameters: Vec<String>,
}

impl<'s> Tracer<'s> {
    pub fn new(schemas: &'s Schemas<'s>) -> Self {
        Self {
            schemas,
            expressions: Vec::new(),
            parameters: Vec::new(),
        }
    }

    /// The columns that a query node returns; `outer` is what the query around it sees.
    pub fn query(&mut self, node: &Value, outer: Option<&Scope<'_>>) -> Vec<Output> {
        let visible = self.expressions.len();
        for expression in node["cte_map"]["map"].as_array().into_iter().flatten() {
            let value = &expression["value"];
            let mut outputs = self.query(&value["query"]["node"], outer);
            rename(&mut outputs, &names(&value["aliases"]));
            deduplicate(&mut outputs);
            self.expressions.push((lower(&expression["key"]), outputs));
        }
        let outputs = match node["type"].as_str() {
            Some("SELECT_NODE") => self.select(node, outer),
            Some("SET_OPERATION_NODE") => self.set_operation(node, outer),
            Some("RECURSIVE_CTE_NODE") => self.recursive(node, outer),
            _ => vec![Output::unknown()],
        };
        self.expressions.truncate(visible);
        outputs
    }

    fn set_operation(&mut self, node: &Value, outer: Option<&Scope<'_>>) -> Vec<Output> {
        let left = self.query(&node["left"], outer);
        let right = self.query(&node["right"], outer);
        match node["setop_type"].as_str() {
            // The right side only decides which rows remain.
            Some("EXCEPT") => left,
            Some("UNION" | "INTERSECT") => by_position(left, &right),
            Some("UNION_BY_NAME") => by_name(left, right),
            _ => vec![Output::unknown()],
        }
    }

    fn recursive(&mut self, node: &Value, outer: Option<&Scope<'_>>) -> Vec<Output> {
        let name = lower(&node["cte_name"]);
        let mut outputs = self.query(&node["left"], outer);
        rename(&mut outputs, &names(&node["aliases"]));
        for _ in 0..ROUNDS {
            self.expressions.push((name.clone(), outputs.clone()));
            let step = self.query(&node["right"], outer);
            self.expressions.pop();
            let next = by_position(outputs.clone(), &step);
            if next == outputs {
                return outputs;
            }
            outputs = next;
        }
        vec![Output::unknown()]
    }
}

/// Columns of both sides that stand at the same position; the left side names them.
fn by_position(mut left: Vec<Output>, right: &[Output]) -> Vec<Output> {
    if !is_open(&left) && is_open(right) {
        for output in &mut left {
            output.origins = Origins::Unknown;
        }
        return left;
    }
    if is_open(&left) || left.len() != right.len() {
        return vec![Output::unknown()];
    }
    for (output, other) in left.iter_mut().zip(right) {
        output.origins.add(&other.origins);
    }
    left
}

fn by_name(mut left: Vec<Output>, right: Vec<Output>) -> Vec<Output> {
    deduplicate(&mut left);
    let mut right = right;
    deduplicate(&mut right);
    let is_named = |outputs: &[Output]| outputs.iter().all(|each| !each.is_many && each.name.is_some());
    if !is_named(&left) || !is_named(&right) {
        return vec![Output::unknown()];
    }
    for other in right {
        match left.iter_mut().find(|output| output.name == other.name) {
            Some(output) => output.origins.add(&other.origins),
            None => left.push(other),
        }
    }
    left
}

/// A name in lower case, as DuckDB compares it.
pub(super) fn lower(name: &Value) -> String {
    name.as_str().unwrap_or_default().to_lowercase()
}

/// A list of names in lower case.
pub(super) fn names(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(lower).collect()
}

/// A name in lower case; none where it is empty.
pub(super) fn alias(node: &Value) -> Option<String> {
    Some(lower(&node["alias"])).filter(|alias| !alias.is_empty())
}
