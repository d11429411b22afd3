//! The tests of `.yml` files: dbt's four as rules of a model, or as SQL for what is no model.
//!
//! Invariant: a test that is not known, or that is only partly known, is refused by its name and never left out.
//!
//! Entry point: [`Test::read`].

use catalog::Severity;
use serde_json::Value;

use super::Fields;
use crate::engine::sql;
use crate::project::{AcceptedValues, Columns, Literal, Relationships, Rule, is_identifier};

/// What a test may say that changes nothing about which rows are wrong.
const WITHOUT_EFFECT: [&str; 8] = [
    "name",
    "description",
    "tags",
    "meta",
    "limit",
    "store_failures",
    "store_failures_as",
    "docs",
];

/// A test.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    /// What rows must be like.
    pub rule: Rule,
    /// Whether a failure keeps the data out.
    pub severity: Severity,
    /// Which rows are looked at, as SQL; all where absent.
    pub filter: Option<String>,
}

impl Test {
    /// Reads a test of a column or of a table; none where it is switched off. `name` resolves `ref('x')`.
    pub fn read(
        test: &Value,
        column: Option<&str>,
        name: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Option<Self>, String> {
        let (kind, mut said) = parts(test)?;
        let wrong = |reason: &str| format!("test {kind}: {reason}");
        let severity = severity(said.remove("severity").as_ref()).map_err(|reason| wrong(&reason))?;
        if said.remove("enabled") == Some(Value::Bool(false)) {
            return Ok(None);
        }
        let filter = said
            .remove("where")
            .and_then(|filter| filter.as_str().map(str::to_owned));
        let column = said
            .remove("column_name")
            .and_then(|name| name.as_str().map(str::to_owned))
            .or_else(|| column.map(str::to_owned));
        let column = || {
            column
                .clone()
                .ok_or_else(|| wrong("it stands at no column: move it below one, or add column_name"))
        };
        let rule = match kind.as_str() {
            "not_null" => Rule::NotNull(Columns::One(column()?)),
            "unique" => Rule::Unique(Columns::One(column()?)),
            "accepted_values" => {
                let is_quoted = said.remove("quote") != Some(Value::Bool(false));
                let values = said.remove("values").unwrap_or_default();
                let values = values
                    .as_array()
                    .filter(|values| !values.is_empty())
                    .ok_or_else(|| wrong("values is no list"))?;
                let values = values.iter().map(|value| literal(value, is_quoted));
                Rule::AcceptedValues(AcceptedValues {
                    column: column()?,
                    values: values
                        .collect::<Result<_, _>>()
                        .map_err(|reason| wrong(&reason))?,
                })
            }
            "relationships" => {
                let mut text = |key: &str| {
                    let value = said
                        .remove(key)
                        .and_then(|value| value.as_str().map(str::to_owned));
                    value.ok_or_else(|| {
                        wrong(&format!(
                            "{key} is missing, as in to: ref('customers'), field: id"
                        ))
                    })
                };
                let (to, field) = (text("to")?, text("field")?);
                Rule::Relationships(Relationships {
                    column: column()?,
                    to: name(&to).map_err(|reason| wrong(&reason))?,
                    field,
                })
            }
            other => {
                return Err(format!(
                    "test {other} is not known here, only not_null, unique, accepted_values and relationships are: write \
                     what it looks for as a SELECT of the wrong rows to tests/NAME.sql, or take it out"
                ));
            }
        };
        if let Some(key) = said.keys().find(|key| !WITHOUT_EFFECT.contains(&key.as_str())) {
            return Err(wrong(&format!(
                "{key} is not known here: take it out, or write the test as a SELECT to tests/NAME.sql"
            )));
        }
        Ok(Some(Self {
            rule,
            severity,
            filter,
        }))
    }

    /// Whether a model's header can hold it: it looks at all rows, by columns and not by expressions.
    pub fn is_of_header(&self) -> bool {
        let (_, column) = self.name();
        self.filter.is_none() && is_identifier(&column.to_lowercase())
    }

    /// Its kind and its column.
    pub fn name(&self) -> (&'static str, &str) {
        match &self.rule {
            Rule::NotNull(columns) => ("not_null", &columns.names()[0]),
            Rule::Unique(columns) => ("unique", &columns.names()[0]),
            Rule::AcceptedValues(rule) => ("accepted_values", &rule.column),
            Rule::Relationships(rule) => ("relationships", &rule.column),
            // None of them is read from dbt.
            Rule::AcceptedRange(rule) => ("accepted_range", &rule.column),
            Rule::Freshness(rule) => ("freshness", &rule.column),
            Rule::RowCount(_) => ("row_count", ""),
        }
    }

    /// A SELECT of the rows of a table that are wrong. As in dbt, columns stand as they are written.
    pub fn wrong_rows(&self, table: &str) -> String {
        let (_, column) = self.name();
        let filter = self
            .filter
            .as_ref()
            .map_or_else(String::new, |filter| format!("({filter}) AND "));
        match &self.rule {
            Rule::Unique(_) => format!(
                "SELECT {column} AS value, count(*) AS occurrences FROM {table} WHERE {filter}({column}) IS NOT NULL \
                 GROUP BY ALL HAVING count(*) > 1"
            ),
            Rule::AcceptedValues(rule) => {
                let values: Vec<String> = rule.values.iter().map(in_sql).collect();
                format!(
                    "SELECT * FROM {table} WHERE {filter}({column}) NOT IN ({})",
                    values.join(", ")
                )
            }
            Rule::Relationships(rule) => format!(
                "SELECT * FROM {table} WHERE {filter}({column}) IS NOT NULL AND ({column}) NOT IN \
                 (SELECT parent.{field} FROM {} AS parent WHERE parent.{field} IS NOT NULL)",
                rule.to,
                field = rule.field
            ),
            _ => format!("SELECT * FROM {table} WHERE {filter}({column}) IS NULL"),
        }
    }
}

/// What a failure does, as a test says it.
pub(super) fn severity(said: Option<&Value>) -> Result<Severity, String> {
    let Some(said) = said else {
        return Ok(Severity::Error);
    };
    match said.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("error") => Ok(Severity::Error),
        Some("warn") => Ok(Severity::Warn),
        _ => Err(format!("severity is {said}: write error or warn")),
    }
}

/// A test's kind, as far as it can be told.
pub(super) fn kind(test: &Value) -> Option<String> {
    parts(test).ok().map(|(kind, _)| kind)
}

/// A test's kind and all that it says, wherever dbt lets it say it.
fn parts(test: &Value) -> Result<(String, Fields), String> {
    let (kind, said) = match test {
        Value::String(kind) => (kind.clone(), Fields::new()),
        Value::Object(fields) if fields.contains_key("test_name") => {
            let mut said = fields.clone();
            let kind = said.remove("test_name").unwrap_or_default();
            (kind.as_str().unwrap_or_default().to_owned(), said)
        }
        Value::Object(fields) => {
            let mut said = fields.clone();
            let of_name = said
                .keys()
                .find(|key| !WITHOUT_EFFECT.contains(&key.as_str()) && *key != "config")
                .cloned();
            let kind = of_name.ok_or_else(|| format!("{test} is no test"))?;
            if let Some(Value::Object(inner)) = said.remove(&kind) {
                said.extend(inner);
            }
            (kind, said)
        }
        other => return Err(format!("{other} is no test")),
    };
    let mut said = said;
    for nested in ["config", "arguments"] {
        if let Some(Value::Object(inner)) = said.remove(nested) {
            said.extend(inner);
        }
    }
    Ok((kind, said))
}

fn literal(value: &Value, is_quoted: bool) -> Result<Literal, String> {
    let parsed = match value {
        // Unquoted it is SQL; a number or a truth is what it can be without a query.
        Value::String(text) if !is_quoted => serde_json::from_str(text)
            .ok()
            .filter(|parsed: &Value| parsed.is_number() || parsed.is_boolean())
            .ok_or_else(|| {
                format!("with quote: false, `{text}` is an expression: write a number, true or false")
            })?,
        value => value.clone(),
    };
    serde_json::from_value(parsed).map_err(|_| format!("{value} is no value to compare with"))
}

fn in_sql(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => sql::text(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str, column: Option<&str>) -> Result<Option<Test>, String> {
        let value: Value = serde_saphyr::from_str(yaml).expect("YAML");
        Test::read(&value, column, &|text| match text {
            "ref('a')" => Ok("gold.a".to_owned()),
            other => Err(format!("{other}?")),
        })
    }

    fn test(yaml: &str) -> Test {
        read(yaml, Some("c")).expect(yaml).expect(yaml)
    }

    #[test]
    fn each_test_reads_in_each_form() {
        let not_null = Test {
            rule: Rule::NotNull(Columns::One("c".to_owned())),
            severity: Severity::Error,
            filter: None,
        };
        assert_eq!(test("not_null"), not_null);
        let warned = Test {
            severity: Severity::Warn,
            ..not_null
        };
        for form in [
            "not_null: {severity: warn}",
            "not_null: {name: x, config: {severity: WARN}}",
            "{test_name: not_null, config: {severity: warn}}",
        ] {
            assert_eq!(test(form), warned, "{form}");
        }
        assert_eq!(
            test("not_null: {config: {where: a > 1}}").filter.as_deref(),
            Some("a > 1")
        );
        assert_eq!(
            test("accepted_values: {values: [1, x]}"),
            test("accepted_values: {arguments: {values: [1, x]}}")
        );
        assert_eq!(
            test("accepted_values: {values: ['1', 'true'], quote: false}").rule,
            Rule::AcceptedValues(AcceptedValues {
                column: "c".to_owned(),
                values: vec![Literal::Integer(1), Literal::Boolean(true)]
            })
        );
        assert_eq!(
            test("relationships: {to: ref('a'), field: id}").rule,
            Rule::Relationships(Relationships {
                column: "c".to_owned(),
                to: "gold.a".to_owned(),
                field: "id".to_owned()
            })
        );
        assert_eq!(read("unique: {config: {enabled: false}}", Some("c")), Ok(None));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (yaml, told) in [
            ("dbt_utils.not_empty_string", "test dbt_utils.not_empty_string"),
            ("unique: {config: {error_if: '>10'}}", "error_if"),
            ("relationships: {to: ref('b'), field: id}", "ref('b')"),
            ("relationships: {to: ref('a')}", "field is missing"),
            ("accepted_values: {values: [now()], quote: false}", "now()"),
            ("not_null: {severity: loud}", "loud"),
        ] {
            let error = read(yaml, Some("c")).expect_err(yaml);
            assert!(error.contains(told), "{yaml}: {error}");
        }
        assert!(read("unique", None).is_err_and(|error| error.contains("column_name")));
    }

    #[test]
    fn rows_that_are_wrong_are_a_select() {
        assert_eq!(
            test("accepted_values: {values: [1, it's], where: a > 1}").wrong_rows("source.t"),
            "SELECT * FROM source.t WHERE (a > 1) AND (c) NOT IN (1, 'it''s')"
        );
        assert!(!test("not_null: {where: a}").is_of_header() && test("not_null").is_of_header());
    }
}
