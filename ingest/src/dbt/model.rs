//! One dbt model as a model of silver or gold.
//!
//! Invariant: what is said of a model nearest to it counts: `config` in its SQL, then its `.yml`, then `dbt_project.yml`. What
//! changes its rows and cannot be done here is refused by name.
//!
//! Entry points: [`kept`], [`header`].

use serde_json::Value;

use super::Fields;
use super::jinja::list;
use super::project::words;
use super::properties::Node;
use crate::project::{ColumnHeader, Layer, ModelHeader, OnSchemaChange};

/// Configurations that have their counterpart in a header, under the same name.
const SAME: [&str; 6] = [
    "cluster_by",
    "partition_by",
    "bloom",
    "row_group_rows",
    "zstd_level",
    "unique_key",
];

/// Configurations that would change what a model's rows are, and what to do instead.
const REFUSED: [(&str, &str); 9] = [
    (
        "pre-hook",
        "hooks are not run: take it out, or write what it does into the SELECT",
    ),
    (
        "post-hook",
        "hooks are not run: take it out, or write what it does into the SELECT",
    ),
    (
        "full_refresh",
        "take it out, and give --full-refresh to ingest run where a table is to be made anew",
    ),
    ("sql_header", "statements before a model are not run: take it out"),
    (
        "plugin",
        "plugins of dbt-duckdb are not run: read files as sources",
    ),
    (
        "incremental_predicates",
        "take it out: only files that hold a key that comes again are rewritten anyway",
    ),
    (
        "predicates",
        "take it out: only files that hold a key that comes again are rewritten anyway",
    ),
    ("merge_update_columns", "a merge replaces whole rows: take it out"),
    (
        "merge_exclude_columns",
        "a merge replaces whole rows: take it out",
    ),
];

/// The layer of a model, or why it cannot be kept as it says.
pub(super) fn kept(config: &Fields) -> Result<Layer, String> {
    match config.get("materialized").map_or(Some("view"), Value::as_str) {
        Some("view" | "ephemeral") => Ok(Layer::Silver),
        Some("table" | "incremental" | "external") => Ok(Layer::Gold),
        other => Err(format!(
            "materialized: {} is not known here: write view or ephemeral (computed where it is read), table, \
             incremental or external",
            other.unwrap_or("no text")
        )),
    }
}

/// What a model's header would declare. `input` finds the source that it calls so.
pub(super) fn header(
    layer: Layer,
    config: &Fields,
    node: Option<&Node>,
    input: &dyn Fn(&str) -> Result<String, String>,
) -> Result<ModelHeader, String> {
    for (key, remedy) in REFUSED {
        if config.get(key).is_some_and(|value| !is_empty(value)) {
            return Err(format!("config {key}: {remedy}"));
        }
    }
    let contract = config
        .get("contract")
        .and_then(|contract| contract.get("enforced"));
    if contract == Some(&Value::Bool(true)) {
        return Err(
            "config contract: it is not enforced here: take it out, and write what it demands as tests (not_null, unique), types \
             as casts in the SELECT"
                .to_owned(),
        );
    }
    let is_incremental = config.get("materialized").and_then(Value::as_str) == Some("incremental");
    let mut said = Fields::new();
    if layer == Layer::Gold {
        let same = SAME.iter().filter(|key| is_incremental || **key != "unique_key");
        for key in same {
            if let Some(value) = config.get(*key).filter(|value| !is_empty(value)) {
                let is_list =
                    value.is_array() || matches!(*key, "row_group_rows" | "zstd_level" | "unique_key");
                let value = if is_list {
                    value.clone()
                } else {
                    Value::from(words(Some(value)))
                };
                said.insert((*key).to_owned(), value);
            }
        }
    }
    if is_incremental {
        said.insert("materialized".to_owned(), Value::from("incremental"));
        incremental(config, &mut said)?;
        if let Some(name) = config.get("input").and_then(Value::as_str) {
            said.insert("input".to_owned(), Value::from(input(name)?));
        }
    }
    let mut header: ModelHeader =
        serde_json::from_value(Value::Object(said)).map_err(|error| format!("config: {error}"))?;
    header.tags = words(config.get("tags"));
    let meta = config.get("meta").and_then(Value::as_object);
    let meta = meta.or_else(|| node.and_then(|node| node.meta.as_ref()));
    let owner = meta.and_then(|meta| meta.get("owner")).and_then(Value::as_str);
    header.owner = owner.map(str::to_owned);
    header.is_of_dbt = true;
    if !is_incremental {
        // dbt makes such a table anew with the columns that its model has.
        header.on_schema_change = OnSchemaChange::SyncAllColumns;
    }
    if let Some(node) = node {
        header.description = described(node.description.as_deref());
        for column in node.columns.iter().flatten() {
            if let Some(description) = described(column.description.as_deref()) {
                let described = ColumnHeader {
                    description: Some(description),
                    role: None,
                };
                header.columns.insert(column.name.clone(), described);
            }
        }
    }
    Ok(header)
}

/// How new rows meet those that are there, in the header's words.
fn incremental(config: &Fields, said: &mut Fields) -> Result<(), String> {
    let has_key = said.contains_key("unique_key");
    let strategy = match config.get("incremental_strategy").and_then(Value::as_str) {
        // As dbt-duckdb does.
        None if has_key => "delete+insert",
        None => "append",
        Some(known @ ("append" | "delete+insert" | "merge" | "insert_overwrite")) => known,
        Some(other) => {
            let known = ["append", "delete+insert", "merge", "insert_overwrite"];
            return Err(format!(
                "incremental_strategy {other} is not known here: write one of {}",
                list(known.into_iter())
            ));
        }
    };
    if matches!(strategy, "append" | "insert_overwrite") {
        said.remove("unique_key");
    }
    said.insert("strategy".to_owned(), Value::from(strategy));
    match config.get("on_schema_change").and_then(Value::as_str) {
        None => {}
        Some(known @ ("append_new_columns" | "fail" | "sync_all_columns")) => {
            said.insert("on_schema_change".to_owned(), Value::from(known));
        }
        Some(other) => {
            return Err(format!(
                "on_schema_change {other} is not known here: write append_new_columns, fail or sync_all_columns"
            ));
        }
    }
    Ok(())
}

/// A description as text for people; what asks for a block of documentation says nothing by itself.
fn described(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty() && !text.contains("{{")).then(|| text.to_owned())
}

/// Whether a configuration says nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
