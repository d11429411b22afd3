//! Where tables and columns come from.

use std::collections::BTreeSet;

use catalog::{ColumnOrigin, TableManifest};
use serde::Serialize;

use super::{Format, drawing};
use crate::lineage::{Direction, Graph, Node};
use crate::print;
use crate::snapshot::unknown_table;
use crate::target::Target;

/// The lineage of a lake in JSON.
#[derive(Debug, Serialize)]
struct Lake {
    /// Every table, source and silver model.
    tables: Vec<Node>,
}

/// The lineage of a table in JSON: its node, and everything above and below.
#[derive(Debug, Serialize)]
struct Table {
    #[serde(flatten)]
    node: Node,
    /// Everything that it is made of, near or far.
    upstream: Vec<String>,
    /// Everything that is made of it.
    downstream: Vec<String>,
}

/// Prints the lineage of a snapshot, or of one table of it.
pub(super) fn show(
    target: &Target,
    manifests: &[TableManifest],
    table: Option<&str>,
    format: Format,
) -> anyhow::Result<()> {
    let graph = Graph::of(manifests);
    let table = table.map(|name| known(target, &graph, name)).transpose()?;
    match (format, table) {
        (Format::Text, None) => print::out(drawing::forest(&graph).trim_end()),
        (Format::Text, Some(table)) => print::out(text(&graph, &table).trim_end()),
        (Format::Json, None) => {
            let tables = graph.tables().map(|table| graph.node(table)).collect();
            print::out(serde_json::to_string_pretty(&Lake { tables })?);
        }
        (Format::Json, Some(table)) => {
            let list = |direction| {
                let tables = graph.reachable(&table, direction);
                tables.into_iter().map(str::to_owned).collect()
            };
            print::out(serde_json::to_string_pretty(&Table {
                node: graph.node(&table),
                upstream: list(Direction::Upstream),
                downstream: list(Direction::Downstream),
            })?);
        }
        (Format::Mermaid, table) => {
            print::out(drawing::mermaid(&around(&graph, table.as_deref())).trim_end());
        }
        (Format::Dot, table) => print::out(drawing::dot(&around(&graph, table.as_deref())).trim_end()),
    }
    Ok(())
}

/// The table as the graph calls it.
fn known(target: &Target, graph: &Graph, wanted: &str) -> anyhow::Result<String> {
    let gold = format!("gold.{wanted}");
    let found = graph.tables().find(|table| *table == wanted || *table == gold);
    let known = graph
        .tables()
        .map(|table| table.strip_prefix("gold.").unwrap_or(table));
    match found {
        Some(table) => Ok(table.to_owned()),
        None => Err(unknown_table(target, wanted, known).into()),
    }
}

/// The graph, or what a table is made of and what is made of it.
fn around(graph: &Graph, table: Option<&str>) -> Graph {
    let Some(table) = table else {
        return graph.clone();
    };
    let mut kept = graph.reachable(table, Direction::Upstream);
    kept.extend(graph.reachable(table, Direction::Downstream));
    kept.extend(BTreeSet::from([table]));
    graph.only(&kept)
}

fn text(graph: &Graph, table: &str) -> String {
    let mut out = String::new();
    for (title, direction) in [
        ("is made of", Direction::Upstream),
        ("is read by", Direction::Downstream),
    ] {
        if graph.next(table, direction).is_empty() {
            out.push_str(&format!("{table} {title} nothing\n\n"));
        } else {
            out.push_str(&format!("{table} {title}\n"));
            out.push_str(&drawing::branches(graph, table, direction));
            out.push('\n');
        }
    }
    let node = graph.node(table);
    if !node.columns.is_empty() {
        let mut columns = print::table(&["column", "is made of", "in the sources"]);
        for column in &node.columns {
            columns.add_row(vec![
                column.column.clone(),
                list(column.origins.as_deref()),
                list(column.sources.as_deref()),
            ]);
        }
        out.push_str(&columns.to_string());
    }
    out
}

/// Columns, one a line.
fn list(origins: Option<&[ColumnOrigin]>) -> String {
    match origins {
        None => "not traced".to_owned(),
        Some([]) => "no column".to_owned(),
        Some(origins) => {
            let origins = origins.iter();
            let lines: Vec<String> = origins
                .map(|origin| format!("{}.{}", origin.table, origin.column))
                .collect();
            lines.join("\n")
        }
    }
}
