//! Checks as SQL: each rule becomes a query for the rows that break it.

use catalog::{CheckResult, CheckStatus, Severity};

use crate::engine::{Engine, EngineError, sql};
use crate::print;
use crate::project::{AcceptedRange, AcceptedValues, CheckRule, Literal, Relationships, RowCount, Rule};

/// Bad rows that are shown.
const SAMPLE_ROWS: usize = 5;

/// How a check went, with rows that break it in words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checked {
    /// For the manifest.
    pub result: CheckResult,
    /// What a person should see, where it failed.
    pub complaint: Option<String>,
}

impl Checked {
    /// Whether it keeps the data out.
    pub fn blocks(&self) -> bool {
        self.result.status == CheckStatus::Failed && self.result.severity == Severity::Error
    }
}

/// A query for bad rows, or a count that is wrong.
struct Query {
    name: String,
    bad_rows: Bad,
}

enum Bad {
    Rows(String),
    /// Rows in groups: the column of that name counts them.
    Groups(String, &'static str),
    /// A whole table with too few or too many rows.
    Count(RowCount),
}

/// Applies a rule to a table, both quoted for SQL. `resolve` quotes the other table of a relationship.
pub(super) fn apply(
    engine: &Engine,
    table: &str,
    check: &CheckRule,
    resolve: impl Fn(&str) -> Result<String, String>,
) -> Result<Vec<Checked>, EngineError> {
    queries(table, &check.rule, resolve)?
        .into_iter()
        .map(|query| {
            evaluate(engine, table, &query, check.severity)
                .map_err(|error| EngineError(format!("check {}: {error}", query.name)))
        })
        .collect()
}

/// Runs a query that returns bad rows.
pub(super) fn apply_query(
    engine: &Engine,
    name: &str,
    view: &str,
    severity: Severity,
) -> Result<Checked, EngineError> {
    let query = Query {
        name: name.to_owned(),
        bad_rows: Bad::Rows(format!("SELECT * FROM {view}")),
    };
    evaluate(engine, view, &query, severity)
}

fn queries(
    table: &str,
    rule: &Rule,
    resolve: impl Fn(&str) -> Result<String, String>,
) -> Result<Vec<Query>, EngineError> {
    let rows = |name: String, condition: String| Query {
        name,
        bad_rows: Bad::Rows(format!("SELECT * FROM {table} WHERE {condition}")),
    };
    Ok(match rule {
        Rule::NotNull(columns) => columns
            .names()
            .iter()
            .map(|column| {
                rows(
                    format!("not_null({column})"),
                    format!("{} IS NULL", sql::identifier(column)),
                )
            })
            .collect(),
        Rule::Unique(columns) => {
            let names: Vec<String> = columns.names().iter().map(|name| sql::identifier(name)).collect();
            let list = names.join(", ");
            vec![Query {
                name: format!("unique({})", columns.names().join(", ")),
                bad_rows: Bad::Groups(
                    format!(
                        "SELECT {list}, count(*) AS occurrences FROM {table} WHERE {} IS NOT NULL \
                         GROUP BY {list} HAVING count(*) > 1 ORDER BY ALL",
                        names.join(" IS NOT NULL AND ")
                    ),
                    "occurrences",
                ),
            }]
        }
        Rule::AcceptedValues(AcceptedValues { column, values }) => {
            let list: Vec<String> = values.iter().map(literal).collect();
            vec![rows(
                format!("accepted_values({column})"),
                format!("{} NOT IN ({})", sql::identifier(column), list.join(", ")),
            )]
        }
        Rule::AcceptedRange(AcceptedRange { column, min, max }) => {
            let quoted = sql::identifier(column);
            let ends = [
                min.as_ref().map(|min| format!("{quoted} < {}", literal(min))),
                max.as_ref().map(|max| format!("{quoted} > {}", literal(max))),
            ];
            let ends: Vec<String> = ends.into_iter().flatten().collect();
            if ends.is_empty() {
                return Err(EngineError(format!(
                    "check accepted_range({column}): give min, max or both"
                )));
            }
            let shown = |end: &Option<Literal>| end.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![rows(
                format!("accepted_range({column}, {}..{})", shown(min), shown(max)),
                ends.join(" OR "),
            )]
        }
        Rule::Relationships(Relationships { column, to, field }) => {
            let other = resolve(to).map_err(EngineError)?;
            let (column_sql, field_sql) = (sql::identifier(column), sql::identifier(field));
            vec![Query {
                name: format!("relationships({column} -> {to}.{field})"),
                bad_rows: Bad::Rows(format!(
                    "SELECT * FROM {table} WHERE {column_sql} IS NOT NULL AND {column_sql} NOT IN \
                     (SELECT {field_sql} FROM {other} WHERE {field_sql} IS NOT NULL)"
                )),
            }]
        }
        Rule::RowCount(limits) => {
            let shown = |end: Option<u64>| end.map(|end| end.to_string()).unwrap_or_default();
            vec![Query {
                name: format!("row_count({}..{})", shown(limits.min), shown(limits.max)),
                bad_rows: Bad::Count(*limits),
            }]
        }
    })
}

fn evaluate(engine: &Engine, table: &str, query: &Query, severity: Severity) -> Result<Checked, EngineError> {
    let (failing_rows, complaint) = match &query.bad_rows {
        Bad::Count(limits) => {
            let rows = engine.count(&format!("SELECT count(*) FROM {table}"))?;
            let missing = limits.min.map_or(0, |min| min.saturating_sub(rows));
            let surplus = limits.max.map_or(0, |max| rows.saturating_sub(max));
            let complaint = format!("{}: there are {}", query.name, print::counted(rows, "row"));
            (missing.max(surplus), complaint)
        }
        Bad::Rows(bad) => {
            let count = engine.count(&format!("SELECT count(*) FROM ({bad})"))?;
            (count, complaint(engine, &query.name, count, bad)?)
        }
        Bad::Groups(bad, counter) => {
            let count = engine.count(&format!(
                "SELECT coalesce(sum({counter}), 0)::BIGINT FROM ({bad})"
            ))?;
            (count, complaint(engine, &query.name, count, bad)?)
        }
    };
    let is_broken = failing_rows > 0;
    Ok(Checked {
        result: CheckResult {
            name: query.name.clone(),
            severity,
            status: if is_broken {
                CheckStatus::Failed
            } else {
                CheckStatus::Passed
            },
            failing_rows,
        },
        complaint: is_broken.then_some(complaint),
    })
}

fn complaint(engine: &Engine, name: &str, count: u64, bad: &str) -> Result<String, EngineError> {
    if count == 0 {
        return Ok(String::new());
    }
    let sample = format!("SELECT * FROM ({bad}) LIMIT {SAMPLE_ROWS}");
    let types: Vec<String> = engine
        .describe(&sample)?
        .into_iter()
        .map(|(_, kind)| kind)
        .collect();
    let (schema, batches) = engine.batches(&sample)?;
    let table = print::batches(&schema, &types, &batches, SAMPLE_ROWS)
        .map_err(|error| EngineError(error.to_string()))?;
    let verb = if count == 1 { "breaks" } else { "break" };
    Ok(format!(
        "{name}: {} {verb} it, for example\n{table}",
        print::counted(count, "row")
    ))
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Text(text) => sql::text(text),
        Literal::Float(number) => sql::double(*number),
        Literal::Boolean(_) | Literal::Integer(_) => value.to_string(),
    }
}
