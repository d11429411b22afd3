//! Which tables a SQL text reads, by DuckDB's own parser.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Engine, EngineError};

/// A table that a statement names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Schema, where the statement names one.
    pub schema: Option<String>,
    /// Table, in lower case; an address such as `s3://bucket/Key.parquet` as it is written.
    pub table: String,
    /// Line in the text, from 1.
    pub line: usize,
}

/// What the parser tells of a SELECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Tables that it names; common table expressions are not among them.
    pub references: Vec<Reference>,
    /// Whether its outermost query has an ORDER BY.
    pub is_ordered: bool,
    /// Hash of its meaning: comments, line breaks and the case of keywords do not count.
    pub fingerprint: String,
}

/// A text that is not one SELECT.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableSql {
    /// The parser stopped.
    #[error("line {line}: {message}")]
    Syntax {
        /// Where, from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// No statement, several, or none that returns rows.
    #[error("{0}: write one SELECT (WITH … SELECT, FROM … SELECT)")]
    NotOneSelect(String),
    /// Too many levels of expressions or set operations.
    #[error(
        "it is nested too deeply to be read: split it, as with a common table expression or a list of terms"
    )]
    TooDeep,
    /// DuckDB failed otherwise.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Engine {
    /// Parses one SELECT.
    pub fn parse(&self, text: &str) -> Result<Statement, UnusableSql> {
        let mut node = self.syntax_tree(text)?;
        let mut references = Vec::new();
        collect(&node, &mut Vec::new(), text, &mut references);
        references.sort();
        references.dedup_by(|a, b| a.schema == b.schema && a.table == b.table);
        let is_ordered = node["modifiers"]
            .as_array()
            .is_some_and(|modifiers| modifiers.iter().any(|each| each["type"] == "ORDER_MODIFIER"));
        forget_places(&mut node);
        Ok(Statement {
            references,
            is_ordered,
            fingerprint: hex::encode(Sha256::digest(node.to_string())),
        })
    }
}

/// Takes out where in the text the nodes stand.
fn forget_places(node: &mut Value) {
    match node {
        Value::Array(items) => items.iter_mut().for_each(forget_places),
        Value::Object(fields) => {
            fields.remove("query_location");
            fields.values_mut().for_each(forget_places);
        }
        _ => {}
    }
}

/// Walks the tree; `scope` holds the names of the common table expressions that are visible.
fn collect(node: &Value, scope: &mut Vec<String>, text: &str, found: &mut Vec<Reference>) {
    match node {
        Value::Array(items) => {
            for item in items {
                collect(item, scope, text, found);
            }
        }
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "BASE_TABLE") {
                found.extend(base_table(fields, scope, text));
            }
            let outer = scope.len();
            // A recursive expression sees itself; DuckDB looks names up without regard to case.
            if let Some(name) = fields.get("cte_name").and_then(Value::as_str) {
                scope.push(name.to_lowercase());
            }
            if let Some(expressions) = fields.get("cte_map").and_then(|map| map["map"].as_array()) {
                for expression in expressions {
                    collect(&expression["value"], scope, text, found);
                    if let Some(name) = expression["key"].as_str() {
                        scope.push(name.to_lowercase());
                    }
                }
            }
            for (key, value) in fields {
                if key != "cte_map" {
                    collect(value, scope, text, found);
                }
            }
            scope.truncate(outer);
        }
        _ => {}
    }
}

fn base_table(fields: &Map<String, Value>, scope: &[String], text: &str) -> Option<Reference> {
    let name = |key: &str| {
        fields
            .get(key)
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())
            .map(|name| {
                if name.contains("://") {
                    name.to_owned()
                } else {
                    name.to_lowercase()
                }
            })
    };
    let (schema, table) = (name("schema_name"), name("table_name")?);
    if schema.is_none() && scope.contains(&table) {
        return None;
    }
    let position = fields.get("query_location").and_then(Value::as_u64);
    Some(Reference {
        schema,
        table,
        line: line_of(
            text,
            position.and_then(|at| usize::try_from(at).ok()).unwrap_or(0),
        ),
    })
}

pub(super) fn line_of(text: &str, position: usize) -> usize {
    let before = text.as_bytes().get(..position).unwrap_or(&[]);
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resources;

    fn parse(text: &str) -> Result<Statement, UnusableSql> {
        let work = tempfile::tempdir().expect("temporary folder");
        Engine::open(work.path(), &Resources::default())
            .expect("DuckDB opens")
            .parse(text)
    }

    fn tables(text: &str) -> Vec<String> {
        parse(text)
            .expect("parses")
            .references
            .into_iter()
            .map(|reference| match reference.schema {
                Some(schema) => format!("{schema}.{}:{}", reference.table, reference.line),
                None => format!("{}:{}", reference.table, reference.line),
            })
            .collect()
    }

    #[test]
    fn tables_are_found_wherever_a_select_may_name_one() {
        let text = "WITH recent AS (\n  SELECT * FROM source.flights\n), b AS (SELECT * FROM recent)\n\
                    SELECT *, (SELECT max(x) FROM limits) FROM b\nJOIN silver.airports USING (iata)\n\
                    WHERE k IN (SELECT k FROM \"Odd Name\") UNION ALL FROM gold.old;";
        assert_eq!(
            tables(text),
            [
                "limits:4",
                "odd name:6",
                "gold.old:6",
                "silver.airports:5",
                "source.flights:2"
            ]
        );
    }

    #[test]
    fn a_common_table_expression_hides_a_table_only_where_it_is_visible() {
        assert_eq!(
            tables("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM A) JOIN a ON true"),
            ["a:1"]
        );
        assert_eq!(
            tables("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) FROM t"),
            Vec::<String>::new()
        );
        assert_eq!(
            tables("WITH flights AS (SELECT * FROM flights) SELECT * FROM flights"),
            ["flights:1"],
            "an expression that is not recursive reads the table of its own name"
        );
    }

    #[test]
    fn a_fingerprint_is_of_the_meaning() {
        let of = |text| parse(text).expect("parses").fingerprint;
        assert_eq!(of("select a from t -- all"), of("/* x */ SELECT a\n  FROM t"));
        assert_ne!(of("SELECT a FROM t"), of("SELECT b FROM t"));
    }

    #[test]
    fn an_outermost_order_is_seen() {
        assert!(parse("SELECT 1 AS a ORDER BY a").expect("parses").is_ordered);
        assert!(
            !parse("SELECT * FROM (SELECT 1 AS a ORDER BY a)")
                .expect("parses")
                .is_ordered
        );
    }

    #[test]
    fn what_is_not_one_select_is_refused_with_its_line() {
        let message = |text| parse(text).expect_err("refused").to_string();
        assert!(message("SELECT 1,\n\n FORM x y z").starts_with("line 3: syntax error"));
        assert!(message("SELECT 1; SELECT 2").contains("there are 2 statements"));
        assert!(message("CREATE TABLE x AS SELECT 1").contains("write one SELECT"));
    }
}
