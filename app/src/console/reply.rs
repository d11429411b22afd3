//! What callers get.

use catalog::TableManifest;
use futures::future::try_join_all;
use js_sys::{Array, Object, Reflect, Uint8Array};
use protocol::{Failure, FailureKind, ResultColumn};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::engine::Answer;
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

/// `{columns, rows, stats}`.
pub(super) fn of_answer(answer: &Answer) -> Result<JsValue, Failure> {
    let reply = Object::new();
    set(&reply, "columns", &plain(&answer.summary.columns)?);
    set(&reply, "rows", &js::rows(&answer.table));
    set(&reply, "stats", &plain(&answer.summary.stats)?);
    Ok(reply.into())
}

/// The rows as one Arrow IPC stream.
pub(super) fn arrow(answer: &Answer) -> Result<JsValue, Failure> {
    let bytes = answer.table.to_ipc().map_err(|error| unwritable(&error))?;
    Ok(Uint8Array::from(bytes.as_slice()).into())
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
