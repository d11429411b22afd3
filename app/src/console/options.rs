//! What callers pass in.

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Array, Function, Reflect};
use protocol::{CacheKind, Failure, FailureKind};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, File, FileList};

use crate::engine::Source;
use crate::state::{MAX_WORKERS, names};

/// The second argument of `query` and `arrow`.
pub(super) struct QueryOptions {
    pub(super) abort: Abort,
    pub(super) max_rows: Option<u64>,
    pub(super) max_bytes: Option<u64>,
    /// Called with each intermediate answer.
    pub(super) on_partial: Option<Function>,
    pub(super) with_plan: bool,
}

impl QueryOptions {
    pub(super) fn read(options: &JsValue) -> Result<Self, Failure> {
        Ok(Self {
            abort: Abort::read(options)?,
            max_rows: whole_number(options, "maxRows")?,
            max_bytes: whole_number(options, "maxBytes")?,
            on_partial: function(options, "onPartial")?,
            with_plan: flag(options, "plan")?,
        })
    }
}

/// The second argument of `pin`.
pub(super) struct PinOptions {
    pub(super) abort: Abort,
    pub(super) columns: Option<Vec<String>>,
    pub(super) on_progress: Option<Function>,
}

impl PinOptions {
    pub(super) fn read(options: &JsValue) -> Result<Self, Failure> {
        let columns = match field(options, "columns") {
            None => None,
            Some(value) if Array::is_array(&value) => Some(
                Array::from(&value)
                    .iter()
                    .map(|name| text(&name, "Each of columns"))
                    .collect::<Result<Vec<_>, _>>()?,
            ),
            Some(_) => return Err(misuse("columns has to be an array of column names.")),
        };
        if columns.as_ref().is_some_and(Vec::is_empty) {
            return Err(misuse("columns is empty: leave it out to keep all of them."));
        }
        Ok(Self {
            abort: Abort::read(options)?,
            columns,
            on_progress: function(options, "onProgress")?,
        })
    }
}

/// The option `maxRows` of `estimate`.
pub(super) fn max_rows(options: &JsValue) -> Result<Option<u64>, Failure> {
    whole_number(options, "maxRows")
}

/// The argument of `workers`: how many, or none to ask only.
pub(super) fn workers(argument: &JsValue) -> Result<Option<u32>, Failure> {
    if argument.is_undefined() || argument.is_null() {
        return Ok(None);
    }
    let count = argument.as_f64().and_then(workers_of);
    count.map(Some).ok_or_else(|| {
        misuse(&format!(
            "workers takes a whole number from 1 to {MAX_WORKERS}, or nothing to ask how many there are."
        ))
    })
}

fn workers_of(number: f64) -> Option<u32> {
    (1..=MAX_WORKERS).find(|count| f64::from(*count) == number)
}

/// The argument of `clear`.
pub(super) fn cache(argument: &JsValue) -> Result<CacheKind, Failure> {
    serde_wasm_bindgen::from_value(argument.clone())
        .map_err(|_| misuse("clear takes 'footers', 'memory', 'disk', 'columns' or 'results'."))
}

/// The signal by which a caller gives up.
pub(super) struct Abort(Option<AbortSignal>);

impl Abort {
    fn read(options: &JsValue) -> Result<Self, Failure> {
        let signal = field(options, "signal")
            .map(|value| {
                let signal = value.dyn_into::<AbortSignal>();
                signal.map_err(|_| misuse("signal has to be an AbortSignal."))
            })
            .transpose()?;
        Ok(Self(signal))
    }

    /// The outcome of the work, or `Cancelled` as soon as the signal says so; the work is then dropped.
    pub(super) async fn until_aborted<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Some(signal) = &self.0 else {
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

fn function(options: &JsValue, name: &str) -> Result<Option<Function>, Failure> {
    let Some(value) = field(options, name) else {
        return Ok(None);
    };
    let function = value.dyn_into::<Function>();
    function
        .map(Some)
        .map_err(|_| misuse(&format!("{name} has to be a function.")))
}

fn flag(options: &JsValue, name: &str) -> Result<bool, Failure> {
    let Some(value) = field(options, name) else {
        return Ok(false);
    };
    value
        .as_bool()
        .ok_or_else(|| misuse(&format!("{name} has to be true or false.")))
}

fn whole_number(options: &JsValue, name: &str) -> Result<Option<u64>, Failure> {
    let Some(value) = field(options, name) else {
        return Ok(None);
    };
    let number = value
        .as_f64()
        .filter(|number| *number >= 0.0 && number.fract() == 0.0);
    let number = number.ok_or_else(|| misuse(&format!("{name} has to be a whole number, 0 or more.")))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and not negative"
    )]
    Ok(Some(number as u64))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_has_a_whole_number_of_workers_within_its_bounds() {
        assert_eq!([1.0, 32.0].map(workers_of), [Some(1), Some(32)]);
        for number in [0.0, -1.0, 1.5, 33.0, f64::NAN, f64::INFINITY] {
            assert_eq!(workers_of(number), None, "{number}");
        }
    }
}
