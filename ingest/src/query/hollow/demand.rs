//! What a statement wants of the Parquet files that it reads, by DuckDB's own plan.
//!
//! Invariant: what is not sure is demanded. Filters are kept out of the scans for this plan, so that it names the columns that
//! they look at; running the statement reads no others.
//!
//! Entry point: [`Demand::of`].

use std::collections::BTreeSet;

use serde_json::Value;

use crate::engine::{Engine, EngineError};

/// Optimisers that would hide columns from a plan, or scan twice.
const HIDING: &str = "filter_pushdown,statistics_propagation,late_materialization";
/// Operators that hand on rows as they come, one for one, until enough are there.
const HANDS_ON: [&str; 3] = ["LIMIT", "STREAMING_LIMIT", "PROJECTION"];
const SCAN: &str = "READ_PARQUET";
const WRITTEN: &str = "COLUMN_DATA_SCAN";

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Columns by name as plans call them, in lower case; of records with their fields behind a dot.
    pub columns: BTreeSet<String>,
    /// Rows, from the first on, where any will do; all of them where that is not sure.
    pub rows: Option<u64>,
}

impl Demand {
    /// Of a statement whose first `limit` rows are wanted, if not all.
    pub fn of(engine: &Engine, statement: &str, limit: Option<u64>) -> Result<Self, EngineError> {
        engine.execute(&format!("SET disabled_optimizers = '{HIDING}'"))?;
        let planned = engine.rows(&format!("EXPLAIN (FORMAT json)\n{statement}"));
        engine.execute("SET disabled_optimizers = ''")?;
        let text = match planned?.into_iter().next().and_then(|mut row| row.pop()) {
            Some(duckdb::types::Value::Text(text)) => text,
            other => return Err(EngineError(format!("DuckDB's plan is no text: {other:?}"))),
        };
        let plan: Value = serde_json::from_str(&text)
            .map_err(|error| EngineError(format!("DuckDB's plan is no JSON: {error}")))?;
        let mut columns = BTreeSet::new();
        collect(&plan, &mut columns);
        let rows = if hands_on(&plan) {
            engine
                .syntax_tree(statement)
                .ok()
                .and_then(|tree| first_rows(&tree, limit))
        } else {
            None
        };
        Ok(Self { columns, rows })
    }

    /// Whether a column of a file is wanted.
    pub fn wants(&self, column: &str) -> bool {
        let column = column.to_lowercase();
        let is_of = |wanted: &String| {
            wanted
                .strip_prefix(&column)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.columns.iter().any(is_of)
    }
}

fn collect(node: &Value, columns: &mut BTreeSet<String>) {
    for child in below(node) {
        collect(child, columns);
    }
    if name_of(node) == SCAN {
        match &node["extra_info"]["Projections"] {
            Value::Array(names) => {
                columns.extend(names.iter().filter_map(Value::as_str).map(str::to_lowercase));
            }
            Value::String(name) => {
                columns.insert(name.to_lowercase());
            }
            _ => {}
        }
    }
}

fn name_of(node: &Value) -> &str {
    node["name"].as_str().unwrap_or_default().trim()
}

/// Whether nothing stands between the result and one scan that would want more rows than it hands on.
fn hands_on(plan: &Value) -> bool {
    let below = below(plan);
    match (name_of(plan), below) {
        (SCAN, _) => plan["extra_info"].get("Filters").is_none(),
        // What files have in their paths is joined to each row.
        ("HASH_JOIN", [one, other]) => {
            let is_outer = matches!(plan["extra_info"]["Join Type"].as_str(), Some("LEFT" | "RIGHT"));
            is_outer && (hands_on(one) && is_written(other) || hands_on(other) && is_written(one))
        }
        (name, [only]) => (plan.is_array() || HANDS_ON.contains(&name)) && hands_on(only),
        _ => false,
    }
}

/// Whether rows are those of VALUES.
fn is_written(plan: &Value) -> bool {
    match (name_of(plan), below(plan)) {
        (WRITTEN, []) => true,
        ("PROJECTION", [only]) => is_written(only),
        _ => false,
    }
}

/// What a plan's operators take their rows from.
fn below(node: &Value) -> &[Value] {
    let children = node.as_array().or_else(|| node["children"].as_array());
    children.map(Vec::as_slice).unwrap_or_default()
}

/// The rows that a SELECT of one table takes from it; none where it takes all, or where the text does not say.
fn first_rows(select: &Value, limit: Option<u64>) -> Option<u64> {
    if select["type"] != "SELECT_NODE" || select["from_table"]["type"] != "BASE_TABLE" {
        return None;
    }
    let (own, offset) = match select["modifiers"].as_array().map(Vec::as_slice) {
        None | Some([]) => (None, 0),
        Some([modifier]) if modifier["type"] == "LIMIT_MODIFIER" => (
            constant(&modifier["limit"])?,
            constant(&modifier["offset"])?.unwrap_or(0),
        ),
        Some(_) => return None,
    };
    let taken = match (own, limit) {
        (Some(own), Some(limit)) => own.min(limit),
        (own, limit) => own.or(limit)?,
    };
    offset.checked_add(taken)
}

/// A whole number that is written in the text; `Some(None)` where nothing is written.
fn constant(expression: &Value) -> Option<Option<u64>> {
    if expression.is_null() {
        return Some(None);
    }
    let value = &expression["value"]["value"];
    (expression["class"] == "CONSTANT")
        .then(|| value.as_u64())
        .flatten()
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resources;

    fn demand(statement: &str, limit: Option<u64>) -> (Vec<String>, Option<u64>) {
        let work = tempfile::tempdir().expect("temporary folder");
        let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
        let path = work.path().join("t.parquet");
        let path = path.to_string_lossy();
        engine
            .execute(&format!(
                "COPY (SELECT i AS a, i % 7 AS b, {{'p': i, 'q': i}} AS s, i AS \"C c\" FROM range(1000) r(i)) TO '{path}' \
                 (FORMAT parquet); CREATE VIEW gold.t AS FROM read_parquet('{path}'); \
                 CREATE VIEW gold.p AS SELECT f.a, f.b, y.year FROM read_parquet('{path}', filename = 'place') f \
                 LEFT JOIN (VALUES ('{path}', 2001)) y(place, year) ON f.place = y.place; \
                 CREATE VIEW gold.j AS SELECT f.a FROM read_parquet('{path}') f JOIN (VALUES (1), (2)) y(b) ON f.b = y.b"
            ))
            .expect("made");
        let demand = Demand::of(&engine, statement, limit).expect("planned");
        let all = ["a", "b", "s", "C c"];
        let wanted = all.into_iter().filter(|column| demand.wants(column));
        (wanted.map(str::to_owned).collect(), demand.rows)
    }

    #[test]
    fn columns_of_filters_orders_and_aggregates_are_wanted() {
        for (statement, columns) in [
            ("SELECT a FROM t", &["a"][..]),
            ("SELECT a FROM t WHERE b = 3", &["a", "b"]),
            ("SELECT count(*) FROM t WHERE b = 3", &["b"]),
            ("SELECT count(*) FROM t", &[]),
            ("SELECT a FROM t ORDER BY \"C c\" LIMIT 3", &["a", "C c"]),
            ("SELECT s.p FROM t", &["s"]),
            (
                "SELECT max(x.a) FROM t x JOIN (SELECT b FROM t) y ON x.a = y.b",
                &["a", "b"],
            ),
            ("SELECT * FROM t", &["a", "b", "s", "C c"]),
            (
                "SELECT 1 FROM t WHERE \"C c\" IN (SELECT b FROM t)",
                &["b", "C c"],
            ),
        ] {
            assert_eq!(demand(statement, None).0, columns, "{statement}");
        }
    }

    #[test]
    fn rows_are_limited_where_the_first_will_do() {
        for (statement, limit, rows) in [
            ("SELECT * FROM t LIMIT 10", None, Some(10)),
            ("SELECT a + 1 FROM t LIMIT 10 OFFSET 5", Some(3), Some(8)),
            ("SELECT a FROM t", Some(21), Some(21)),
            ("SELECT a FROM t", None, None),
            ("SELECT a FROM t WHERE a > 3 LIMIT 10", None, None),
            ("SELECT a FROM t ORDER BY b LIMIT 10", None, None),
            ("SELECT DISTINCT a FROM t LIMIT 10", None, None),
            ("SELECT count(*) FROM t LIMIT 10", None, None),
            ("SELECT sum(a) OVER () FROM t LIMIT 10", None, None),
            ("SELECT unnest([a]) FROM t LIMIT 10", None, None),
            ("SELECT * FROM (SELECT a FROM t LIMIT 900) LIMIT 10", None, None),
            ("SELECT a FROM t USING SAMPLE 10 ROWS", Some(5), None),
            ("SELECT a FROM t LIMIT 50%", None, None),
            ("SELECT a FROM t LIMIT (SELECT 4)", Some(3), None),
            ("SELECT * FROM p LIMIT 10", None, Some(10)),
            ("SELECT year FROM p", Some(7), Some(7)),
            ("SELECT a FROM p WHERE year = 2001 LIMIT 10", None, None),
            ("SELECT a FROM p ORDER BY year LIMIT 10", None, None),
            ("SELECT a FROM j LIMIT 10", None, None),
        ] {
            assert_eq!(demand(statement, limit).1, rows, "{statement}");
        }
    }
}
