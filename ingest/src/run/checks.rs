//! Checks as SQL: each rule becomes a query for the rows that break it.

use std::time::Duration;

use catalog::{CheckResult, CheckStatus, ColumnType, Scalar, Severity};
use duckdb::types::Value;

use crate::engine::{Engine, EngineError, sql};
use crate::print;
use crate::project::{
    AcceptedRange, AcceptedValues, CheckRule, Freshness, Literal, Relationships, RowCount, Rule,
};

/// Bad rows that are shown.
const SAMPLE_ROWS: usize = 5;

/// A row that breaks a check, as a name that no column has: one of its name would stand for it.
const BAD_ROW: &str = "\"row that breaks a check\"";

/// How a check went, with rows that break it in words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checked {
    /// For the manifest.
    pub result: CheckResult,
    /// What a person should see, where it failed.
    pub complaint: Option<String>,
    /// Some rows that break it, where there are such.
    pub sample: Vec<serde_json::Value>,
}

impl Checked {
    /// Whether it keeps the data out.
    pub fn blocks(&self) -> bool {
        self.result.status == CheckStatus::Failed && self.result.severity == Severity::Error
    }
}

/// The rows that checks look at, as relations in SQL.
pub(super) struct Rows<'a> {
    /// Rows that no check has seen yet; of a table that is made as a whole all of them.
    pub new: &'a str,
    /// All rows of the table, new ones included.
    pub all: &'a dyn Fn() -> Result<String, EngineError>,
    /// All rows of the table, new ones included, that may hold a value of these columns that new rows hold.
    pub alike: &'a dyn Fn(&[String]) -> Result<String, EngineError>,
    /// All rows together.
    pub count: u64,
    /// The largest value of a column among rows that are not new, as a literal.
    pub newest: &'a dyn Fn(&str) -> Option<String>,
    /// Whether there are other rows that nobody here knows of.
    pub is_part: bool,
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
    Count(RowCount, u64),
    /// Nothing is as new as it should be: a query for one row, the newest value and whether it is too old.
    Stale(String),
}

/// Applies a rule to a table. `resolve` quotes the other table of a relationship.
pub(super) fn apply(
    engine: &Engine,
    rows: &Rows<'_>,
    check: &CheckRule,
    resolve: impl Fn(&str) -> Result<String, EngineError>,
) -> Result<Vec<Checked>, EngineError> {
    queries(rows, &check.rule, resolve)?
        .into_iter()
        .map(|query| {
            evaluate(engine, &query, check.severity)
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
    evaluate(engine, &query, severity)
}

fn queries(
    looked_at: &Rows<'_>,
    rule: &Rule,
    resolve: impl Fn(&str) -> Result<String, EngineError>,
) -> Result<Vec<Query>, EngineError> {
    let table = looked_at.new;
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
            let table = (looked_at.alike)(columns.names())?;
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
            let other = resolve(to)?;
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
                bad_rows: Bad::Count(*limits, looked_at.count),
            }]
        }
        Rule::Freshness(Freshness { column, max_age }) => {
            let name = freshness_name(column, *max_age);
            let newest = match (looked_at.newest)(column) {
                Some(before) => format!("greatest(max({}), {before})", sql::identifier(column)),
                None => format!("max({})", sql::identifier(column)),
            };
            vec![Query {
                name,
                bad_rows: Bad::Stale(stale(&newest, table, *max_age)),
            }]
        }
    })
}

/// `freshness(placed_at, 1day)`
pub(super) fn freshness_name(column: &str, max_age: Duration) -> String {
    format!("freshness({column}, {})", humantime::format_duration(max_age))
}

/// A query for the newest value, the oldest that is allowed, and whether the former is older.
fn stale(newest: &str, table: &str, max_age: Duration) -> String {
    // Dates count from their end: those of today are not some hours old.
    format!(
        "SELECT newest::VARCHAR, limit_::VARCHAR, newest IS NULL OR
             newest::TIMESTAMP + CASE WHEN typeof(newest) = 'DATE' THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END < limit_
         FROM (SELECT {newest} AS newest, now()::TIMESTAMP - to_seconds({}) AS limit_ FROM {table})",
        max_age.as_secs()
    )
}

/// A value of statistics as a literal that freshness compares with; none where the type is no time.
pub(super) fn time_literal(column_type: &ColumnType, value: &Scalar) -> Option<String> {
    let kind = match column_type {
        ColumnType::Date => "DATE",
        ColumnType::Timestamp { utc: false } => "TIMESTAMP",
        ColumnType::Timestamp { utc: true } => "TIMESTAMPTZ",
        _ => return None,
    };
    Some(format!("{kind} {}", sql::text(&value.to_string())))
}

/// Applies a freshness rule to the newest value of a table that is not read for it.
pub(super) fn apply_freshness(
    engine: &Engine,
    rule: &Freshness,
    newest: &str,
    severity: Severity,
) -> Result<Checked, EngineError> {
    let query = Query {
        name: freshness_name(&rule.column, rule.max_age),
        bad_rows: Bad::Stale(stale(newest, "(SELECT 1)", rule.max_age)),
    };
    evaluate(engine, &query, severity)
}

fn evaluate(engine: &Engine, query: &Query, severity: Severity) -> Result<Checked, EngineError> {
    let (failing_rows, complaint, sample) = match &query.bad_rows {
        Bad::Count(limits, rows) => {
            let rows = *rows;
            let missing = limits.min.map_or(0, |min| min.saturating_sub(rows));
            let surplus = limits.max.map_or(0, |max| rows.saturating_sub(max));
            let complaint = format!("{}: there are {}", query.name, print::counted(rows, "row"));
            (missing.max(surplus), complaint, Vec::new())
        }
        Bad::Stale(stale) => {
            let row = engine.row(stale)?;
            let told = |value: &Value| match value {
                Value::Text(text) => text.clone(),
                _ => "there is none".to_owned(),
            };
            let complaint = format!(
                "{}: the newest value should be {} or later, and is {}",
                query.name,
                told(&row[1]),
                told(&row[0])
            );
            (u64::from(row[2] == Value::Boolean(true)), complaint, Vec::new())
        }
        Bad::Rows(bad) => {
            let count = engine.count(&format!("SELECT count(*) FROM ({bad})"))?;
            (
                count,
                complaint(engine, &query.name, count, bad)?,
                sample(engine, count, bad)?,
            )
        }
        Bad::Groups(bad, counter) => {
            let count = engine.count(&format!(
                "SELECT coalesce(sum({counter}), 0)::BIGINT FROM ({bad})"
            ))?;
            (
                count,
                complaint(engine, &query.name, count, bad)?,
                sample(engine, count, bad)?,
            )
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
        sample,
    })
}

/// Some of the bad rows, as JSON objects.
fn sample(engine: &Engine, count: u64, bad: &str) -> Result<Vec<serde_json::Value>, EngineError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let rows = engine.rows(&format!(
        "SELECT to_json({BAD_ROW})::VARCHAR FROM (SELECT * FROM ({bad}) LIMIT {SAMPLE_ROWS}) {BAD_ROW}"
    ))?;
    let object = |row: &Vec<Value>| match row.first() {
        Some(Value::Text(json)) => serde_json::from_str(json).ok(),
        _ => None,
    };
    Ok(rows.iter().filter_map(object).collect())
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
