//! The texts for a source: its table in `ingest.toml`, a silver model, a gold model, a check.

use catalog::{ColumnType, Role};

use super::files::Group;
use super::look::{Column, Look};
use crate::gold;
use crate::init::NewFile;
use crate::init::starter::toml_text;
use crate::project::{yaml_text, yaml_word};

/// Names of columns, or their last words, that say that a number is no amount.
const NO_AMOUNT: [&str; 14] = [
    "id", "key", "code", "number", "nr", "no", "year", "month", "day", "week", "hour", "quarter", "zip",
    "plz",
];
/// Whole numbers of so few values, each of so many rows, tell kinds apart.
const KINDS: u64 = 30;
const ROWS_OF_A_KIND: u64 = 50;
/// So many characters fit on a line of a model.
const LINE: usize = 110;

/// `[sources.NAME]`.
pub(super) fn source(group: &Group, look: &Look, endpoint: Option<&str>) -> String {
    let mut text = format!("[sources.{}]\npath = {}\n", group.name, toml_text(&group.path));
    if let Some(endpoint) = endpoint {
        text.push_str(&format!("endpoint = {}\n", toml_text(endpoint)));
    }
    if !look.options.is_empty() {
        let options: Vec<String> = look
            .options
            .iter()
            .map(|(name, value)| match value {
                toml::Value::Integer(number) => format!("{name} = {number}"),
                other => format!("{name} = {}", other.as_bool().unwrap_or_default()),
            })
            .collect();
        if look.options.contains_key("sample_size") {
            text.push_str("# The first rows do not tell the types of all: DuckDB looks at each of them.\n");
        }
        if look.options.contains_key("union_by_name") {
            text.push_str("# Not all files have the same columns: they are put together by their names.\n");
        }
        text.push_str(&format!("options = {{ {} }}\n", options.join(", ")));
    }
    text
}

/// The models and the check.
pub(super) fn files(group: &Group, look: &Look) -> [NewFile; 3] {
    let name = &group.name;
    [
        NewFile::new(format!("models/silver/{name}.sql"), silver(name, look)),
        NewFile::new(format!("models/gold/{name}.sql"), gold(name, look)),
        NewFile::new(
            format!("checks/{name}_is_all_there.sql"),
            check(name, &look.table),
        ),
    ]
}

fn silver(name: &str, look: &Look) -> String {
    let columns: Vec<String> = look
        .columns
        .iter()
        .map(|column| {
            let name = &column.sql;
            match &column.cast {
                Some(cast) => format!("    {name}::{cast} AS {name}"),
                None => format!("    {name}"),
            }
        })
        .collect();
    format!(
        "/* @ingest\n\
         description: The rows of source.{name}, each column with its type.\n\
         */\n\
         -- The place to tidy: trim, rename, leave out, give NULL its name, as in\n\
         --     nullif(trim(city), 'n/a') AS city\n\
         SELECT\n{}\nFROM source.{}\n",
        columns.join(",\n"),
        look.table
    )
}

fn gold(name: &str, look: &Look) -> String {
    let mut text = format!("/* @ingest\ndescription: {name}.\n");
    if let Some(time) = time_to_cluster_by(look) {
        text.push_str(
            "# Rows are sorted by these columns, so that a question about a few days reads a few days.\n",
        );
        text.push_str(&format!("cluster_by: [{}]\n", yaml_word(&time.name)));
    }
    text.push_str(
        "# A guess by types and values: the page filters by dimensions, adds up measures and draws along time.\n\
         columns:\n",
    );
    for column in &look.columns {
        let description = if column.original == column.name {
            String::new()
        } else {
            format!("description: {}, ", yaml_text(&column.original))
        };
        let role = match role(column, look.rows) {
            Role::Dimension => "dimension",
            Role::Measure => "measure",
            Role::Time => "time",
        };
        text.push_str(&format!(
            "  {}: {{{description}role: {role}}}\n",
            yaml_word(&column.name)
        ));
    }
    text.push_str(&checks(look));
    text.push_str(&format!("*/\nSELECT * FROM silver.{}\n", look.table));
    text
}

/// What holds of the rows that were looked at.
fn checks(look: &Look) -> String {
    if look.rows == 0 {
        return String::new();
    }
    // Of the other rows nobody knows: they are told of, and nothing is kept out.
    let severity = if look.is_sample {
        "\n    severity: warn"
    } else {
        ""
    };
    let mut rules = Vec::new();
    for key in look.columns.iter().filter(|column| column.is_key) {
        rules.push(format!("  - unique: {}{severity}\n", yaml_word(&key.name)));
    }
    let filled: Vec<String> = look
        .columns
        .iter()
        .filter(|column| column.nulls == 0)
        .map(|column| yaml_word(&column.name))
        .collect();
    if !filled.is_empty() {
        rules.push(format!("  - not_null: {}{severity}\n", list(&filled)));
    }
    if rules.is_empty() {
        return String::new();
    }
    let seen = if look.is_sample {
        "# What holds of the rows that were looked at; without `severity: warn` a row that breaks it keeps the table out.\n"
    } else {
        "# What holds today. A table that breaks it is not published; with `severity: warn` it is told only.\n"
    };
    format!("{seen}checks:\n{}", rules.concat())
}

/// A list of YAML, on several lines where it is long.
fn list(names: &[String]) -> String {
    let mut lines = vec![String::from("[")];
    for (at, name) in names.iter().enumerate() {
        let end = if at + 1 == names.len() { "]" } else { ", " };
        let fits = lines.last().is_none_or(|line| line.len() + name.len() < LINE);
        match lines.last_mut() {
            Some(line) if fits => line.push_str(&format!("{name}{end}")),
            _ => lines.push(format!("      {name}{end}")),
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

fn check(name: &str, table: &str) -> String {
    format!(
        "/* @ingest\n\
         description: gold.{name} has as many rows as its raw files.\n\
         */\n\
         -- A check returns the rows that are wrong: where none comes back, all is well.\n\
         SELECT raw.n AS raw_rows, gold.n AS gold_rows\n\
         FROM (SELECT count(*) AS n FROM source.{table}) AS raw\n\
         CROSS JOIN (SELECT count(*) AS n FROM gold.{table}) AS gold\n\
         WHERE raw.n <> gold.n\n"
    )
}

/// The first column of times that has the fewest rows without one.
fn time_to_cluster_by(look: &Look) -> Option<&Column> {
    let times = look
        .columns
        .iter()
        .filter(|column| column_type(column).is_some_and(|of_type| of_type.default_role() == Role::Time));
    times.min_by_key(|column| column.nulls)
}

fn column_type(column: &Column) -> Option<ColumnType> {
    let described = [(column.name.clone(), column.duck_type.clone())];
    Some(gold::columns_of(&described).ok()?.pop()?.column_type)
}

/// What a column is for, by its type; of whole numbers also by its name and by how few values it has.
fn role(column: &Column, rows: u64) -> Role {
    let Some(column_type) = column_type(column) else {
        return Role::Dimension;
    };
    let by_type = column_type.default_role();
    let is_whole = matches!(column_type, ColumnType::Int { .. } | ColumnType::UInt { .. });
    if by_type != Role::Measure || !is_whole {
        return by_type;
    }
    let last_word = column.name.rsplit('_').next().unwrap_or_default();
    let is_kind = column.distinct <= KINDS && column.distinct * ROWS_OF_A_KIND <= rows && rows > 0;
    if column.is_key || is_kind || NO_AMOUNT.contains(&last_word) {
        Role::Dimension
    } else {
        Role::Measure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_broken_into_lines() {
        let names: Vec<String> = (0..60).map(|n| format!("column_{n}")).collect();
        let text = list(&names);
        assert!(
            text.lines().count() > 1 && text.lines().all(|line| line.len() <= LINE + 2),
            "{text}"
        );
        assert_eq!(text.split(',').count(), 60);
        assert!(text.ends_with("column_59]"), "{text}");
    }
}
