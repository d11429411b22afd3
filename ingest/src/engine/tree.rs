//! DuckDB's parse tree of a SELECT, as JSON.

use std::collections::BTreeMap;

use duckdb::types::Value as Cell;
use serde_json::{Map, Value, json};

use super::references::line_of;
use super::{Engine, EngineError, UnusableSql};

/// Levels of a tree that can be walked on any thread's stack; some 500 terms of a sum.
const DEEPEST: usize = 1000;

impl Engine {
    /// Parses one SELECT: its outermost query node.
    pub(crate) fn syntax_tree(&self, text: &str) -> Result<Value, UnusableSql> {
        let serialised: String = self
            .connection
            .query_row("SELECT json_serialize_sql(?::VARCHAR)", [text], |row| row.get(0))
            .map_err(EngineError::from)?;
        // serde_json gives up at 128 levels.
        let mut tree: Value = match serde_json::from_str(&serialised) {
            Ok(tree) => tree,
            Err(_) => self.deep_tree(&serialised)?,
        };
        if tree["error"].as_bool() == Some(true) {
            let message = tree["error_message"]
                .as_str()
                .unwrap_or("unknown error")
                .to_owned();
            let position = tree["position"]
                .as_str()
                .and_then(|position| position.parse().ok());
            return Err(match position {
                Some(position) => UnusableSql::Syntax {
                    line: line_of(text, position),
                    message,
                },
                None => UnusableSql::NotOneSelect(message),
            });
        }
        let statements = tree["statements"]
            .as_array_mut()
            .map_or(&mut [][..], Vec::as_mut_slice);
        let [statement] = statements else {
            return Err(UnusableSql::NotOneSelect(format!(
                "there are {} statements",
                statements.len()
            )));
        };
        Ok(statement["node"].take())
    }

    /// SQL of an outermost query node, as [`Engine::syntax_tree`] gives it.
    pub(crate) fn text_of(&self, node: &Value) -> Result<String, EngineError> {
        let tree = json!({"error": false, "statements": [{"node": node, "named_param_map": []}]});
        let text = self.connection.query_row(
            "SELECT json_deserialize_sql(?::JSON)",
            [tree.to_string()],
            |row| row.get(0),
        )?;
        Ok(text)
    }

    /// The same JSON, taken apart by DuckDB into rows and put together from the leaves up, without recursion.
    fn deep_tree(&self, serialised: &str) -> Result<Value, UnusableSql> {
        let rows = self.rows(&format!(
            "SELECT id, parent, key, type, atom FROM json_tree({}) ORDER BY id",
            super::sql::text(serialised)
        ))?;
        let mut levels = BTreeMap::<u64, usize>::new();
        for row in &rows {
            if let Some(id) = number(&row[0]) {
                let level = number(&row[1])
                    .and_then(|parent| levels.get(&parent))
                    .unwrap_or(&0)
                    + 1;
                if level > DEEPEST {
                    return Err(UnusableSql::TooDeep);
                }
                levels.insert(id, level);
            }
        }
        let mut children = BTreeMap::<u64, Vec<(String, Value)>>::new();
        let mut root = Value::Null;
        for row in rows.iter().rev() {
            let own = number(&row[0])
                .and_then(|id| children.remove(&id))
                .unwrap_or_default();
            let value = match text(&row[3]) {
                "OBJECT" => Value::Object(own.into_iter().rev().collect::<Map<_, _>>()),
                "ARRAY" => Value::Array(own.into_iter().rev().map(|(_, value)| value).collect()),
                _ => serde_json::from_str(text(&row[4])).unwrap_or(Value::Null),
            };
            match number(&row[1]) {
                Some(parent) => {
                    let siblings = children.entry(parent).or_default();
                    siblings.push((text(&row[2]).to_owned(), value));
                }
                None => root = value,
            }
        }
        Ok(root)
    }
}

fn number(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::UBigInt(number) => Some(*number),
        _ => None,
    }
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resources;

    fn engine() -> Engine {
        let work = tempfile::tempdir().expect("temporary folder");
        Engine::open(work.path(), &Resources::default()).expect("DuckDB opens")
    }

    #[test]
    fn a_tree_put_together_from_rows_is_the_tree() {
        let engine = engine();
        let text =
            "SELECT a + 1.5 AS b, NULL, 'x\"y' || '', [] FROM s.t, (VALUES (1, true)) WHERE a IN (1, -2e3)";
        let serialised: String = engine
            .connection
            .query_row("SELECT json_serialize_sql(?::VARCHAR)", [text], |row| row.get(0))
            .expect("parses");
        let expected: Value = serde_json::from_str(&serialised).expect("JSON");
        assert_eq!(engine.deep_tree(&serialised).expect("tree"), expected);
    }

    #[test]
    fn a_tree_becomes_text_again() {
        let engine = engine();
        let mut node = engine
            .syntax_tree("SELECT 1 AS n FROM t WHERE a = 'x'")
            .expect("tree");
        node["where_clause"] = Value::Null;
        assert_eq!(engine.text_of(&node).expect("text"), "SELECT 1 AS n FROM t");
    }

    #[test]
    fn long_expressions_and_unions_are_read_up_to_a_depth_that_is_told() {
        let engine = engine();
        let sum = |terms: usize| format!("SELECT {} AS x FROM t", vec!["a"; terms].join(" + "));
        assert_eq!(engine.parse(&sum(450)).expect("parses").references.len(), 1);
        let union = vec!["SELECT a FROM t"; 300].join(" UNION ALL ");
        assert_eq!(engine.parse(&union).expect("parses").references.len(), 1);
        let refused = engine.parse(&sum(900)).expect_err("too deep").to_string();
        assert!(refused.contains("split it"), "{refused}");
    }
}
