//! A graph of tables as trees, as a Mermaid flowchart and as a Graphviz graph.

use std::collections::BTreeSet;

use crate::lineage::{Direction, Graph};

/// What stands for branches that were drawn before.
const ABOVE: &str = " (above)";

/// A tree downwards from each table that reads nothing.
pub(super) fn forest(graph: &Graph) -> String {
    let mut out = String::new();
    let mut drawn = BTreeSet::new();
    for table in graph.tables() {
        if graph.next(table, Direction::Upstream).is_empty() {
            out.push_str(table);
            out.push('\n');
            draw(graph, table, Direction::Downstream, "", &mut drawn, &mut out);
        }
    }
    out
}

/// The branches of one table's tree, without the table.
pub(super) fn branches(graph: &Graph, table: &str, direction: Direction) -> String {
    let mut out = String::new();
    draw(graph, table, direction, "", &mut BTreeSet::new(), &mut out);
    out
}

fn draw<'g>(
    graph: &'g Graph,
    table: &str,
    direction: Direction,
    indent: &str,
    drawn: &mut BTreeSet<&'g str>,
    out: &mut String,
) {
    let next = graph.next(table, direction);
    for (index, each) in next.iter().enumerate() {
        let (branch, below) = if index + 1 == next.len() {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let is_new = drawn.insert(each) || graph.next(each, direction).is_empty();
        let above = if is_new { "" } else { ABOVE };
        out.push_str(&format!("{indent}{branch}{each}{above}\n"));
        if is_new {
            draw(graph, each, direction, &format!("{indent}{below}"), drawn, out);
        }
    }
}

/// A flowchart from left to right; sources are cylinders, gold tables have double sides.
pub(super) fn mermaid(graph: &Graph) -> String {
    let mut out = "flowchart LR\n".to_owned();
    // Names have lower-case letters, digits and _ only, so that nothing has to be escaped.
    let id = |table: &str| table.replace('.', "_");
    for table in graph.tables() {
        let (open, close) = match table.split_once('.') {
            Some(("source", _)) => ("[(", ")]"),
            Some(("gold", _)) => ("[[", "]]"),
            _ => ("[", "]"),
        };
        out.push_str(&format!("  {}{open}\"{table}\"{close}\n", id(table)));
    }
    for (from, to) in edges(graph) {
        out.push_str(&format!("  {} --> {}\n", id(from), id(to)));
    }
    out
}

/// A digraph from left to right.
pub(super) fn dot(graph: &Graph) -> String {
    let mut out = "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for table in graph.tables() {
        let shape = match table.split_once('.') {
            Some(("source", _)) => " [shape=cylinder]",
            Some(("gold", _)) => " [peripheries=2]",
            _ => "",
        };
        out.push_str(&format!("  \"{table}\"{shape};\n"));
    }
    for (from, to) in edges(graph) {
        out.push_str(&format!("  \"{from}\" -> \"{to}\";\n"));
    }
    out.push_str("}\n");
    out
}

fn edges(graph: &Graph) -> impl Iterator<Item = (&str, &str)> {
    graph.tables().flat_map(|table| {
        let readers = graph.next(table, Direction::Downstream);
        readers.into_iter().map(move |reader| (table, reader))
    })
}
