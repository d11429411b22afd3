//! The filter of a query as terms that statistics, page indexes and bloom filters are asked with.
//!
//! Invariant: terms say neither more nor less than the filter; one that they cannot say is refused.
//!
//! Entry point: [`terms`].

use catalog::ColumnType;
use duckdb::arrow::array::{Array, ArrayRef};
use duckdb::arrow::compute::concat;
use duckdb::arrow::error::ArrowError;
use serde_json::{Value, json};

use super::subject::Subject;
use crate::engine::EngineError;
use crate::reader::{Kind, Term};

/// A filter that cannot be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilterError {
    /// It is of another kind.
    #[error(
        "its filter `{0}` is of a kind that advise does not measure: write =, IN, <, <=, >, >= or BETWEEN of a column and \
         values, joined by AND"
    )]
    Kind(String),
    /// Its column is of a nested type.
    #[error("its filter compares `{column}`, which is {kind}: advise measures filters of plain columns")]
    Nested {
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// The value is not of the column's type.
    #[error(
        "its filter compares `{column}` with {value}, which is no exact {kind}: write a value of that type"
    )]
    Inexact {
        /// The column.
        column: String,
        /// The value's SQL.
        value: String,
        /// The column's type.
        kind: String,
    },
    /// DuckDB cannot compute the value.
    #[error("its filter compares `{column}` with {value}: {cause}")]
    Value {
        /// The column.
        column: String,
        /// The value's SQL.
        value: String,
        /// What DuckDB said.
        cause: String,
    },
    /// DuckDB failed otherwise.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Values could not be put together.
    #[error("cannot take the values of its filter: {0}")]
    Arrow(#[from] ArrowError),
}

/// The terms of a WHERE clause, which may be null.
pub(super) fn terms(subject: &Subject, from: &Value, filter: &Value) -> Result<Vec<Term>, FilterError> {
    let mut terms = Vec::new();
    if !filter.is_null() {
        Clause { subject, from }.collect(filter, &mut terms)?;
    }
    Ok(terms)
}

/// What the names of a filter mean.
struct Clause<'a> {
    subject: &'a Subject,
    from: &'a Value,
}

/// A column that can be compared.
struct Compared<'a> {
    name: &'a str,
    duck_type: &'a str,
}

impl<'a> Clause<'a> {
    fn collect(&self, node: &Value, terms: &mut Vec<Term>) -> Result<(), FilterError> {
        let kind = node["type"].as_str().unwrap_or_default();
        let children = node["children"].as_array().map_or(&[][..], Vec::as_slice);
        match kind {
            "CONJUNCTION_AND" => {
                for child in children {
                    self.collect(child, terms)?;
                }
            }
            "COMPARE_IN" => {
                let [input, values @ ..] = children else {
                    return Err(self.refusal(node));
                };
                let column = self.column(input, node)?;
                let values: Vec<ArrayRef> = values
                    .iter()
                    .map(|value| self.value(&column, value, node))
                    .collect::<Result<_, _>>()?;
                let values: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
                terms.push(column.term(Kind::Among(concat(&values)?)));
            }
            "COMPARE_BETWEEN" => {
                let column = self.column(&node["input"], node)?;
                let inclusive = true;
                let value = self.value(&column, &node["lower"], node)?;
                terms.push(column.term(Kind::From { value, inclusive }));
                let value = self.value(&column, &node["upper"], node)?;
                terms.push(column.term(Kind::To { value, inclusive }));
            }
            _ => terms.push(self.comparison(kind, node)?),
        }
        Ok(())
    }

    fn comparison(&self, kind: &str, node: &Value) -> Result<Term, FilterError> {
        let is_column = |side: &Value| side["class"] == "COLUMN_REF";
        let (left, right) = (&node["left"], &node["right"]);
        let (column, value, is_turned) = if is_column(left) {
            (left, right, false)
        } else {
            (right, left, true)
        };
        let (is_from, inclusive) = match kind {
            "COMPARE_EQUAL" => (None, true),
            "COMPARE_GREATERTHAN" => (Some(!is_turned), false),
            "COMPARE_GREATERTHANOREQUALTO" => (Some(!is_turned), true),
            "COMPARE_LESSTHAN" => (Some(is_turned), false),
            "COMPARE_LESSTHANOREQUALTO" => (Some(is_turned), true),
            _ => return Err(self.refusal(node)),
        };
        let column = self.column(column, node)?;
        let value = self.value(&column, value, node)?;
        Ok(column.term(match is_from {
            None => Kind::Among(value),
            Some(true) => Kind::From { value, inclusive },
            Some(false) => Kind::To { value, inclusive },
        }))
    }

    /// The column that is named, as `a`, `t.a` or `gold.t.a`.
    fn column(&self, reference: &Value, whole: &Value) -> Result<Compared<'a>, FilterError> {
        let names: Vec<&str> = reference["column_names"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let is_table = |name: &str| {
            ["alias", "table_name"].iter().any(|key| {
                self.from[*key]
                    .as_str()
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
        };
        let name = match names[..] {
            [name] => name,
            [table, name] | [_, table, name] if is_table(table) => name,
            _ => return Err(self.refusal(whole)),
        };
        let known = self.subject.columns.iter().zip(&self.subject.duck_types);
        let mut known = known.filter(|(column, _)| column.name.eq_ignore_ascii_case(name));
        let Some((column, duck_type)) = known.next() else {
            return Err(self.refusal(whole));
        };
        if matches!(column.column_type, ColumnType::Other(_)) {
            return Err(FilterError::Nested {
                column: column.name.clone(),
                kind: duck_type.clone(),
            });
        }
        Ok(Compared {
            name: &column.name,
            duck_type,
        })
    }

    /// What an expression without columns comes to, in the column's type.
    fn value(&self, column: &Compared<'_>, value: &Value, whole: &Value) -> Result<ArrayRef, FilterError> {
        if has_class(value, "COLUMN_REF") {
            return Err(self.refusal(whole));
        }
        let (engine, kind) = (&self.subject.engine, column.duck_type);
        let text = self.text(value)?;
        // Its later lines are about a statement that nobody wrote.
        let failed = |error: EngineError| FilterError::Value {
            column: column.name.to_owned(),
            value: text.clone(),
            cause: error.0.lines().next().unwrap_or_default().to_owned(),
        };
        let cast = format!("CAST(v AS {kind})");
        let given = format!("(SELECT ({text}) AS v)");
        let computed = engine.batches(&format!("SELECT {cast} FROM {given}"));
        let (_, batches) = computed.map_err(failed)?;
        let same = format!("SELECT coalesce({cast} = v, false)::BIGINT FROM {given}");
        let is_same = engine.count(&same).map_err(failed)? == 1;
        match batches.first() {
            Some(batch) if is_same => Ok(batch.column(0).clone()),
            _ => Err(FilterError::Inexact {
                column: column.name.to_owned(),
                value: text.clone(),
                kind: kind.to_owned(),
            }),
        }
    }

    fn refusal(&self, node: &Value) -> FilterError {
        match self.text(node) {
            Ok(text) => FilterError::Kind(text),
            Err(error) => error.into(),
        }
    }

    /// An expression as SQL.
    fn text(&self, expression: &Value) -> Result<String, EngineError> {
        let mut tree = match self.subject.engine.syntax_tree("SELECT 1") {
            Ok(tree) => tree,
            Err(error) => return Err(EngineError(error.to_string())),
        };
        tree["select_list"] = json!([expression]);
        let text = self.subject.engine.text_of(&tree)?;
        Ok(text.strip_prefix("SELECT ").unwrap_or(&text).to_owned())
    }
}

impl Compared<'_> {
    fn term(&self, kind: Kind) -> Term {
        Term {
            column: self.name.to_owned(),
            kind,
        }
    }
}

/// Whether there is such an expression in a syntax tree.
pub(super) fn has_class(node: &Value, class: &str) -> bool {
    match node {
        Value::Array(items) => items.iter().any(|item| has_class(item, class)),
        Value::Object(fields) => {
            fields.get("class").is_some_and(|own| own == class)
                || fields.values().any(|value| has_class(value, class))
        }
        _ => false,
    }
}
