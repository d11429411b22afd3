//! The `/* @ingest … */` header of a model or a check: YAML in a SQL comment.

use std::collections::BTreeMap;

use catalog::{Role, Severity, SortKey};
use serde::Deserialize;

use super::check::CheckRule;
use super::{Columns, Incremental, Materialized, OnSchemaChange, Strategy};
use crate::format::Format;

/// What a model's header declares. All of it is optional.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelHeader {
    /// One or two sentences for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Words to find and select it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// How the table is kept; by its layer where absent.
    #[serde(default)]
    pub materialized: Option<Materialized>,
    /// How new rows meet those that are there; only of incremental models.
    #[serde(default)]
    pub strategy: Option<Strategy>,
    /// Columns that tell rows apart; only of incremental models.
    #[serde(default)]
    pub unique_key: Option<Columns>,
    /// The source of which an incremental model sees the new files only.
    #[serde(default)]
    pub input: Option<String>,
    /// What happens when the columns are not those of the published version.
    #[serde(default)]
    pub on_schema_change: OnSchemaChange,
    /// Columns of which each data file holds one combination of values.
    #[serde(default)]
    pub partition_by: Vec<String>,
    /// Columns whose row groups get a bloom filter: for equality on columns of many values.
    #[serde(default)]
    pub bloom: Vec<String>,
    /// Columns by which rows are sorted: `name` or `name desc`.
    #[serde(default)]
    pub cluster_by: Vec<String>,
    /// Rows in a Parquet row group.
    #[serde(default)]
    pub row_group_rows: Option<usize>,
    /// How hard zstd tries, 1 to 22: higher levels write smaller files, slowly.
    #[serde(default)]
    pub zstd_level: Option<i32>,
    /// What is known of columns.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnHeader>,
    /// Whether it is what a dbt project says of the model: a column that is described may be missing, and a sum of whole
    /// numbers becomes a BIGINT.
    #[serde(skip)]
    pub is_of_dbt: bool,
    /// A file that holds the rows too: its address, and how they are written. Only of dbt projects.
    #[serde(skip)]
    pub(crate) external: Option<(String, Format)>,
    /// Rules that the rows must keep.
    #[serde(default)]
    pub checks: Vec<CheckRule>,
}

impl ModelHeader {
    /// The header of a model's SQL; the default where it has none. A complaint names lines of the text.
    pub fn of(sql: &str) -> Result<Self, String> {
        parse(sql)
    }

    /// The incremental part, where the model is incremental.
    pub fn incremental(&self) -> Option<Incremental> {
        (self.materialized == Some(Materialized::Incremental)).then(|| Incremental {
            strategy: self.strategy.unwrap_or(match self.unique_key {
                Some(_) => Strategy::Merge,
                None => Strategy::Append,
            }),
            unique_key: self
                .unique_key
                .as_ref()
                .map_or_else(Vec::new, |key| key.names().to_vec()),
            input: self.input.clone(),
        })
    }

    /// How rows are sorted.
    pub fn sort_keys(&self) -> Vec<SortKey> {
        let key = |text: &String| {
            let (column, descending) = match text.trim().rsplit_once(char::is_whitespace) {
                Some((column, order)) if order.eq_ignore_ascii_case("desc") => (column.trim_end(), true),
                Some((column, order)) if order.eq_ignore_ascii_case("asc") => (column.trim_end(), false),
                _ => (text.trim(), false),
            };
            SortKey {
                column: column.to_owned(),
                descending,
            }
        };
        self.cluster_by.iter().map(key).collect()
    }
}

/// What a header says of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnHeader {
    /// One sentence for people.
    #[serde(default)]
    pub description: Option<String>,
    /// What the column is for in a slice; by its type where absent.
    #[serde(default)]
    pub role: Option<Role>,
}

/// What the header of a file in `checks/` declares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckHeader {
    /// What the check is about.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether a failure keeps the data out.
    #[serde(default = "error")]
    pub severity: Severity,
}

impl Default for CheckHeader {
    fn default() -> Self {
        Self {
            description: None,
            severity: error(),
        }
    }
}

pub(super) fn error() -> Severity {
    Severity::Error
}

/// Reads the header of a SQL file; the default where it has none. A complaint names lines of the file.
pub(super) fn parse<H: Default + for<'de> Deserialize<'de>>(sql: &str) -> Result<H, String> {
    let Some(after_mark) = after_mark(sql) else {
        return Ok(H::default());
    };
    let Some(end) = after_mark.find("*/") else {
        return Err("the header `/* @ingest` is not closed: end it with `*/`".to_owned());
    };
    let yaml = &after_mark[..end];
    if yaml.trim().is_empty() {
        return Ok(H::default());
    }
    // Empty lines in front make the reader count the lines of the file.
    let lines_before = sql[..sql.len() - after_mark.len()].matches('\n').count();
    let padded = format!("{}{yaml}", "\n".repeat(lines_before));
    // YAML 1.2: `y` and `no` are text, so that a check can list them as values.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&padded, options).map_err(|error| error.to_string())
}

/// A word in the YAML of a header, in quotes where it might be taken for anything but text.
pub(crate) fn yaml_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ');
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain);
    let is_taken = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    ]
    .iter()
    .any(|word| text.eq_ignore_ascii_case(word));
    if is_word && !is_taken && !text.ends_with(' ') {
        text.to_owned()
    } else {
        yaml_text(text)
    }
}

/// A text in the YAML of a header, which takes JSON's strings. The end of SQL's comment must not be in it.
pub(crate) fn yaml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace("*/", "*\\/")
}

/// The SQL behind the header.
pub(super) fn body(sql: &str) -> &str {
    after_mark(sql)
        .and_then(|rest| rest.split_once("*/"))
        .map_or(sql, |(_, body)| body)
        .trim()
}

/// What follows `/* @ingest`, if only blank lines and line comments come before it.
fn after_mark(sql: &str) -> Option<&str> {
    let start = sql.find("/*")?;
    let is_first = sql[..start]
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with("--"));
    sql[start + 2..]
        .trim_start()
        .strip_prefix("@ingest")
        .filter(|_| is_first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_the_first_comment_that_begins_with_its_mark() {
        let header: ModelHeader = parse(
            "-- Flights.\n/* @ingest\ndescription: All flights\ncluster_by: [time]\ncolumns:\n  time: {role: time}\n*/\n\
             SELECT 1 /* not a header */",
        )
        .expect("parses");
        assert_eq!(header.description.as_deref(), Some("All flights"));
        assert_eq!(header.cluster_by, ["time"]);
        assert_eq!(body("/* @ingest\n*/\nSELECT 1\n"), "SELECT 1");
        assert_eq!(header.columns["time"].role, Some(Role::Time));
        for without in [
            "SELECT 1",
            "/* plain */ SELECT 1",
            "SELECT 1 /* @ingest\ndescription: late\n*/",
        ] {
            assert_eq!(parse(without), Ok(ModelHeader::default()), "{without}");
        }
    }

    #[test]
    fn names_and_texts_cannot_break_a_header() {
        assert_eq!(yaml_word("größe_2"), "größe_2");
        assert_eq!(yaml_word("null"), "\"null\"");
        assert_eq!(yaml_text("a */ \"b\""), r#""a *\/ \"b\"""#);
        let names = [
            "a*/b", "x: y", "no", "NaN", "12", "_", "a # b", "ends ", " begins", "", "été", "b desc",
        ];
        let words: Vec<String> = names.iter().map(|name| yaml_word(name)).collect();
        let header: ModelHeader =
            parse(&format!("/* @ingest\nbloom: [{}]\n*/ SELECT 1", words.join(", "))).expect("parses");
        assert_eq!(header.bloom, names);
    }

    #[test]
    fn a_mistake_is_named_with_its_line_in_the_file() {
        let error =
            parse::<ModelHeader>("-- Flights.\n\n/* @ingest\ndescription: a\nclusterby: [x]\n*/ SELECT 1")
                .expect_err("refused");
        assert!(error.contains("clusterby") && error.contains("5"), "{error}");
        let error = parse::<ModelHeader>("/* @ingest\ndescription: a").expect_err("refused");
        assert!(error.contains("not closed"), "{error}");
    }
}
