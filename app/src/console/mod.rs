//! The public console API, `window.goldpan`: what scripts, notebooks, tests and benches drive.
//!
//! Purpose: `ready`, `tables()`, `query(sql, {signal, maxRows, maxBytes, onPartial, plan})`, `arrow(sql)`,
//! `estimate(sql)`, `open(...)`, `storage()`, `clear(cache)`, `pin(table)`, `unpin(table)` and `workers(n)`, as the README
//! documents them. It shares the engine and the open tables with the page.
//!
//! Invariant: a promise rejects with a `GoldpanError`, which has `kind`, `message`, `hint` and `causes`.
//!
//! Entry point: [`install`].

mod kept;
mod options;
mod reply;

use js_sys::{Object, Promise, Reflect};
use protocol::{EstimateQuery, Failure, Query};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use web_sys::{CustomEvent, CustomEventInit};

use crate::engine::answer::PARTIALS_MS;
use crate::engine::{Answer, News};
use crate::state::Session;
use options::{QueryOptions, sources};

/// What `public/console.js` waits for.
const START: &str = "goldpan-start";

/// Puts the API behind `window.goldpan`, for the life of the page.
pub fn install(session: Session) {
    let api = Object::new();
    let set = |name: &str, value: &JsValue| {
        // Setting a property of a plain object cannot fail.
        let _ = Reflect::set(&api, &name.into(), value);
    };
    let ready = promise(async move { session.lake_opened().await.map(|()| JsValue::UNDEFINED) });
    set("ready", &ready);
    set(
        "tables",
        &method(move |_, _| promise(async move { reply::tables(session).await })),
    );
    set(
        "query",
        &method(move |sql, options| {
            promise(async move {
                let answer = run(session, &sql, QueryOptions::read(&options)?).await?;
                reply::of_answer(&answer)
            })
        }),
    );
    set(
        "arrow",
        &method(move |sql, options| {
            promise(async move {
                let answer = run(session, &sql, QueryOptions::read(&options)?).await?;
                reply::arrow(&answer)
            })
        }),
    );
    set(
        "estimate",
        &method(move |sql, options| {
            promise(async move {
                let call = EstimateQuery {
                    sql: options::text(&sql, "The SQL")?,
                    max_rows: options::max_rows(&options)?,
                };
                // Files can be asked about also when the lake cannot be opened.
                let _ = session.lake_opened().await;
                reply::of_estimate(&session.engine().ask(call).end().await?)
            })
        }),
    );
    set(
        "open",
        &method(move |source, _| {
            promise(async move {
                let (name, sources) = sources(&source)?;
                let manifest = session.open_files(name, sources).await?;
                Ok(reply::opened(&manifest.table))
            })
        }),
    );
    set(
        "storage",
        &method(move |_, _| promise(async move { kept::report(session).await })),
    );
    set(
        "clear",
        &method(move |cache, _| promise(async move { kept::clear(session, &cache).await })),
    );
    set(
        "pin",
        &method(move |table, options| promise(async move { kept::pin(session, &table, &options).await })),
    );
    set(
        "unpin",
        &method(move |table, _| promise(async move { kept::unpin(session, &table).await })),
    );
    set(
        "workers",
        &method(move |count, _| {
            promise(async move {
                let count = options::workers(&count)?;
                reply::of_workers(&session.pool.resize(&session.engine(), count).await?)
            })
        }),
    );
    announce(&api);
}

/// Hands the API to `public/console.js`, which has kept the calls that came before.
fn announce(api: &Object) {
    let init = CustomEventInit::new();
    init.set_detail(api);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(START, &init) {
        // Only an event that was not initialised is refused.
        let _ = leptos::prelude::window().dispatch_event(&event);
    }
}

async fn run(session: Session, sql: &JsValue, options: QueryOptions) -> Result<Answer, Failure> {
    let query = Query {
        sql: options::text(sql, "The SQL")?,
        max_rows: options.max_rows,
        max_bytes: options.max_bytes,
        partials_ms: options.on_partial.is_some().then_some(PARTIALS_MS),
        with_plan: options.with_plan,
    };
    let on_partial = options.on_partial;
    let on_news = move |news| {
        if let (News::Partial(partial), Some(on_partial)) = (news, &on_partial) {
            reply::tell_partial(on_partial, &partial);
        }
    };
    let answer = async move {
        // Files can be queried also when the lake cannot be opened.
        let _ = session.lake_opened().await;
        session.ask(query, on_news).await
    };
    options.abort.until_aborted(answer).await
}

/// A function of up to two arguments that lives as long as the page.
fn method(act: impl FnMut(JsValue, JsValue) -> Promise + 'static) -> JsValue {
    let closure = Closure::<dyn FnMut(JsValue, JsValue) -> Promise>::new(act);
    let function = closure.as_ref().clone();
    closure.forget();
    function.unchecked_into()
}

fn promise(outcome: impl Future<Output = Result<JsValue, Failure>> + 'static) -> Promise {
    future_to_promise(async move { outcome.await.map_err(|failure| reply::error(&failure)) })
}
