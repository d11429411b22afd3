//! What callers pass in.

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Array, Reflect};
use protocol::{Failure, FailureKind};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, File, FileList};

use crate::engine::Source;
use crate::state::names;

/// The second argument of `query`.
pub(super) struct QueryOptions {
    signal: Option<AbortSignal>,
    pub(super) max_rows: Option<u64>,
}

impl QueryOptions {
    pub(super) fn read(options: &JsValue) -> Result<Self, Failure> {
        let max_rows = match field(options, "maxRows") {
            None => None,
            Some(value) => {
                let rows = value.as_f64().filter(|rows| *rows >= 0.0 && rows.fract() == 0.0);
                let rows = rows.ok_or_else(|| misuse("maxRows has to be a whole number, 0 or more."))?;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole and not negative"
                )]
                Some(rows as u64)
            }
        };
        let signal = match field(options, "signal") {
            None => None,
            Some(value) => Some(
                value
                    .dyn_into()
                    .map_err(|_| misuse("signal has to be an AbortSignal."))?,
            ),
        };
        Ok(Self { signal, max_rows })
    }

    /// The outcome of the work, or `Cancelled` as soon as the signal says so; the work is then dropped.
    pub(super) async fn until_aborted<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Some(signal) = &self.signal else {
            return work.await;
        };
        if signal.aborted() {
            return Err(Failure::cancelled());
        }
        let (sender, aborted) = oneshot::channel::<()>();
        let on_abort = Closure::once(move || {
            // The work has ended already when nobody listens.
            let _ = sender.send(());
        });
        let listener = on_abort.as_ref().unchecked_ref();
        let listening = signal.add_event_listener_with_callback("abort", listener);
        let outcome = match (listening, select(std::pin::pin!(work), aborted).await) {
            (_, Either::Left((outcome, _))) => outcome,
            (_, Either::Right(_)) => Err(Failure::cancelled()),
        };
        let _ = signal.remove_event_listener_with_callback("abort", listener);
        outcome
    }
}

/// The argument of `open`: what to call the table, and what it is made of.
pub(super) fn sources(argument: &JsValue) -> Result<(String, Vec<Source<File>>), Failure> {
    let items: Vec<JsValue> = if let Some(files) = argument.dyn_ref::<FileList>() {
        (0..files.length())
            .filter_map(|index| files.item(index))
            .map(JsValue::from)
            .collect()
    } else if Array::is_array(argument) {
        Array::from(argument).iter().collect()
    } else {
        vec![argument.clone()]
    };
    let mut name = None;
    let mut sources = Vec::with_capacity(items.len());
    for item in &items {
        let (item_name, source) = source(item)?;
        name.get_or_insert(item_name);
        sources.push(source);
    }
    let name = name.ok_or_else(|| misuse("Nothing to open: the list is empty."))?;
    Ok((name, sources))
}

fn source(item: &JsValue) -> Result<(String, Source<File>), Failure> {
    if let Some(file) = item.dyn_ref::<File>() {
        let name = file.name();
        return Ok((
            names::of_file(&name),
            Source::Local {
                name,
                file: file.clone(),
            },
        ));
    }
    // An object with `url`, or an instance of URL.
    let of_object = || field(item, "url").or_else(|| field(item, "href"))?.as_string();
    let url = item.as_string().or_else(of_object);
    let url = url.ok_or_else(|| misuse("open takes a File, a list of Files, an address, or {name, url}."))?;
    let name = field(item, "name").and_then(|name| name.as_string());
    Ok((name.unwrap_or_else(|| names::of_file(&url)), Source::Url(url)))
}

pub(super) fn text(value: &JsValue, what: &str) -> Result<String, Failure> {
    value
        .as_string()
        .ok_or_else(|| misuse(&format!("{what} has to be a string.")))
}

/// A property that is there and not null.
fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    if !object.is_object() {
        return None;
    }
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn misuse(message: &str) -> Failure {
    Failure::new(FailureKind::InvalidQuery, message).with_hint("See the console API in the README.")
}
