//! The rules that a model's header may declare for its rows.

use std::fmt;
use std::time::Duration;

use catalog::Severity;
use serde::Deserialize;
use serde::de::Error as _;

use super::header;

/// A rule and what happens when rows break it.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRule {
    /// The rule.
    pub rule: Rule,
    /// Whether a failure keeps the data out.
    pub severity: Severity,
}

/// What rows must be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// No NULL in any of the columns.
    NotNull(Columns),
    /// No two rows alike in these columns together.
    Unique(Columns),
    /// Only these values, or NULL.
    AcceptedValues(AcceptedValues),
    /// Only values of a range, or NULL.
    AcceptedRange(AcceptedRange),
    /// Each value occurs in a column of another table, or is NULL.
    Relationships(Relationships),
    /// As many rows as said.
    RowCount(RowCount),
    /// The newest value is not older than said.
    Freshness(Freshness),
}

/// One column or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Columns {
    /// `name`.
    One(String),
    /// `[first, second]`.
    Several(Vec<String>),
}

impl Columns {
    /// The names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// Parameters of [`Rule::AcceptedValues`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedValues {
    /// Column.
    pub column: String,
    /// Values allowed.
    pub values: Vec<Literal>,
}

/// Parameters of [`Rule::AcceptedRange`]; both ends are included.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedRange {
    /// Column.
    pub column: String,
    /// Smallest value allowed.
    pub min: Option<Literal>,
    /// Largest value allowed.
    pub max: Option<Literal>,
}

/// Parameters of [`Rule::Relationships`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relationships {
    /// Column.
    pub column: String,
    /// The other table, for example `silver.airports`.
    pub to: String,
    /// Its column.
    pub field: String,
}

/// Parameters of [`Rule::RowCount`]; both ends are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowCount {
    /// Fewest rows allowed.
    pub min: Option<u64>,
    /// Most rows allowed.
    pub max: Option<u64>,
}

/// Parameters of [`Rule::Freshness`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// A column of dates or times.
    pub column: String,
    /// How old its largest value may be when the check runs, for example `36h` or `7 days`.
    #[serde(with = "humantime_serde")]
    pub max_age: Duration,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// Text, a date or a time.
    Text(String),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for CheckRule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            not_null: Option<Columns>,
            unique: Option<Columns>,
            accepted_values: Option<AcceptedValues>,
            accepted_range: Option<AcceptedRange>,
            relationships: Option<Relationships>,
            row_count: Option<RowCount>,
            freshness: Option<Freshness>,
            #[serde(default = "header::error")]
            severity: Severity,
        }

        let written = Written::deserialize(deserializer)?;
        let mut rules = [
            written.not_null.map(Rule::NotNull),
            written.unique.map(Rule::Unique),
            written.accepted_values.map(Rule::AcceptedValues),
            written.accepted_range.map(Rule::AcceptedRange),
            written.relationships.map(Rule::Relationships),
            written.row_count.map(Rule::RowCount),
            written.freshness.map(Rule::Freshness),
        ]
        .into_iter()
        .flatten();
        match (rules.next(), rules.next()) {
            (Some(rule), None) => Ok(Self {
                rule,
                severity: written.severity,
            }),
            _ => Err(D::Error::custom(
                "a check has exactly one of not_null, unique, accepted_values, accepted_range, \
                 relationships, row_count, freshness, and perhaps severity",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<Vec<CheckRule>, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn each_rule_reads_as_documented() {
        let checks = read(
            "- not_null: [a, b]\n- unique: a\n  severity: warn\n- accepted_values: {column: a, values: [x, 1, true]}\n\
             - accepted_range: {column: a, min: -1, max: 2.5}\n- relationships: {column: a, to: silver.b, field: c}\n\
             - row_count: {min: 1}\n- freshness: {column: a, max_age: 36h}\n",
        )
        .expect("parses");
        assert_eq!(checks.len(), 7);
        assert_eq!(
            checks[1],
            CheckRule {
                rule: Rule::Unique(Columns::One("a".to_owned())),
                severity: Severity::Warn
            }
        );
        assert_eq!(
            checks[2].rule,
            Rule::AcceptedValues(AcceptedValues {
                column: "a".to_owned(),
                values: vec![
                    Literal::Text("x".to_owned()),
                    Literal::Integer(1),
                    Literal::Boolean(true)
                ]
            })
        );
    }

    #[test]
    fn a_check_has_exactly_one_rule() {
        for yaml in ["- severity: warn", "- {not_null: a, unique: a}"] {
            let error = read(yaml).expect_err("refused");
            assert!(error.contains("exactly one of"), "{error}");
        }
        let error = read("- notnull: a").expect_err("refused");
        assert!(error.contains("notnull"), "{error}");
    }
}
