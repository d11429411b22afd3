//! What callers get.

use catalog::TableManifest;
use futures::future::try_join_all;
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use protocol::{Estimate, Failure, FailureKind, Progress, ResultColumn, Storage, Workers};
use serde::Serialize;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::engine::{Answer, Partial};
use crate::result::js;
use crate::state::Session;

/// A table as `tables()` lists it.
#[derive(Serialize)]
struct TableReply {
    name: String,
    rows: u64,
    bytes: u64,
    columns: Vec<ResultColumn>,
}

impl From<&TableManifest> for TableReply {
    fn from(manifest: &TableManifest) -> Self {
        let column = |column: &catalog::Column| ResultColumn {
            name: column.name.clone(),
            column_type: column.column_type.to_string(),
        };
        Self {
            name: manifest.table.clone(),
            rows: manifest.rows,
            bytes: manifest.bytes,
            columns: manifest.columns.iter().map(column).collect(),
        }
    }
}

/// All open tables with their columns.
pub(super) async fn tables(session: Session) -> Result<JsValue, Failure> {
    session.lake_opened().await?;
    let names = session.table_names_untracked();
    let manifests = try_join_all(names.iter().map(|name| session.manifest(name))).await?;
    let tables: Vec<TableReply> = manifests
        .iter()
        .map(|manifest| TableReply::from(&**manifest))
        .collect();
    plain(&tables)
}

/// `{columns, rows, stats}`, and `plan` where it was asked for.
pub(super) fn of_answer(answer: &Answer) -> Result<JsValue, Failure> {
    let reply = Object::new();
    set(&reply, "columns", &plain(&answer.summary.columns)?);
    set(&reply, "rows", &js::rows(&answer.table));
    set(&reply, "stats", &plain(&answer.summary.stats)?);
    if let Some(plan) = &answer.summary.plan {
        set(&reply, "plan", &camel(plan)?);
    }
    Ok(reply.into())
}

/// The rows as one Arrow IPC stream.
pub(super) fn arrow(answer: &Answer) -> Result<JsValue, Failure> {
    let bytes = answer.table.to_ipc().map_err(|error| unwritable(&error))?;
    Ok(Uint8Array::from(bytes.as_slice()).into())
}

/// What a statement would fetch.
pub(super) fn of_estimate(estimate: &Estimate) -> Result<JsValue, Failure> {
    camel(estimate)
}

/// What is kept.
pub(super) fn of_storage(storage: &Storage) -> Result<JsValue, Failure> {
    camel(storage)
}

/// How far a download is.
pub(super) fn of_progress(progress: &Progress) -> Result<JsValue, Failure> {
    camel(progress)
}

/// How many workers compute.
pub(super) fn of_workers(workers: &Workers) -> Result<JsValue, Failure> {
    camel(workers)
}

/// Calls back with the rows of an intermediate answer and how much of the data they are of. An error of the caller's
/// own function is the caller's: it does not end the query.
pub(super) fn tell_partial(on_partial: &Function, partial: &Partial) {
    if let Ok(seen) = camel(&partial.seen) {
        let _ = on_partial.call2(&JsValue::NULL, &js::rows(&partial.table), &seen);
    }
}

/// `{table}`.
pub(super) fn opened(table: &str) -> JsValue {
    let reply = Object::new();
    set(&reply, "table", &table.into());
    reply.into()
}

/// An `Error` with the failure's fields.
pub(super) fn error(failure: &Failure) -> JsValue {
    let error = js_sys::Error::new(&failure.message);
    error.set_name("GoldpanError");
    let causes: Array = failure.causes.iter().map(JsValue::from).collect();
    set(&error, "kind", &format!("{:?}", failure.kind).into());
    set(
        &error,
        "hint",
        &failure.hint.as_ref().map_or(JsValue::NULL, JsValue::from),
    );
    set(&error, "causes", &causes);
    error.into()
}

/// With names as JavaScript writes them.
fn camel(value: &impl Serialize) -> Result<JsValue, Failure> {
    let value = serde_json::to_value(value).map_err(|error| unwritable(&error))?;
    with_camel_names(value)
        .serialize(&Serializer::json_compatible())
        .map_err(|error| unwritable(&error))
}

fn with_camel_names(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (camel_name(&name), with_camel_names(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(with_camel_names).collect(),
        other => other,
    }
}

fn camel_name(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        name + &head.to_uppercase() + tail
    })
}

fn plain(value: &impl Serialize) -> Result<JsValue, Failure> {
    serde_wasm_bindgen::to_value(value).map_err(|error| unwritable(&error))
}

fn unwritable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(FailureKind::Internal, "The answer cannot be handed over.").with_cause(error)
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a plain object cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}

#[cfg(test)]
mod tests {
    use protocol::{CacheKind, CacheUse, Pin};

    use super::*;

    #[test]
    fn a_report_is_written_with_names_of_javascript_and_values_as_they_are() {
        let storage = Storage {
            caches: vec![CacheUse {
                cache: CacheKind::Footers,
                bytes: 1,
                budget_bytes: 2,
                entries: 3,
                hits: 4,
                misses: 5,
                evictions: 6,
            }],
            pins: vec![Pin {
                table: "my_table".to_owned(),
                columns: Some(vec!["a_b".to_owned()]),
                bytes: 7,
                is_current: true,
            }],
            disk_problem: None,
        };
        let written = with_camel_names(serde_json::to_value(&storage).expect("serialises"));
        let expected = serde_json::json!({
            "caches": [{
                "cache": "footers", "bytes": 1, "budgetBytes": 2, "entries": 3, "hits": 4, "misses": 5, "evictions": 6,
            }],
            "pins": [{ "table": "my_table", "columns": ["a_b"], "bytes": 7, "isCurrent": true }],
        });
        assert_eq!(written, expected);
        assert_eq!(camel_name("row_groups_total"), "rowGroupsTotal");
    }
}
