//! What makes the page itself start without a network: a service worker, and storage that the browser does not clear.

use futures::future::{Either, select};
use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::prelude::*;

/// The service worker, next to the page.
const SCRIPT: &str = "offline.js";
/// What its installation may take: it fetches the whole site.
const INSTALL_MS: i32 = 60_000;

#[wasm_bindgen]
extern "C" {
    type ServiceWorkers;

    #[wasm_bindgen(method, catch)]
    async fn register(this: &ServiceWorkers, script: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn ready(this: &ServiceWorkers) -> js_sys::Promise;

    type StorageKeeper;

    #[wasm_bindgen(method, catch)]
    async fn persist(this: &StorageKeeper) -> Result<JsValue, JsValue>;
}

/// Lets the page start without a network from now on. An error says why it will not, for people.
pub async fn keep_page() -> Result<(), String> {
    if !window().is_secure_context() {
        return Err(
            "The page itself cannot be kept: browsers allow that only over https:// and on localhost. What is kept here \
             can be used offline only as long as this tab stays open."
                .to_owned(),
        );
    }
    let Some(workers) = of_navigator("serviceWorker") else {
        return Err(
            "The page itself cannot be kept: this browser, or a private window of it, has no service workers.".to_owned(),
        );
    };
    let workers: ServiceWorkers = workers.unchecked_into();
    workers.register(SCRIPT).await.map_err(|error| {
        let reason = Reflect::get(&error, &"message".into()).ok();
        let reason = reason.and_then(|reason| reason.as_string()).unwrap_or_default();
        format!("The page itself cannot be kept, so it will not start without a network. {reason}")
    })?;
    // It is there for good only when it has all files of the site; one that cannot get them is never ready.
    let ready = wasm_bindgen_futures::JsFuture::from(workers.ready());
    let too_long = Box::pin(super::sleep_ms(INSTALL_MS));
    if let Either::Right(_) = select(ready, too_long).await {
        return Err(
            "The page itself is not kept yet: its files did not all arrive. Open this again later to see to it.".to_owned(),
        );
    }
    if let Some(keeper) = of_navigator("storage") {
        let keeper: StorageKeeper = keeper.unchecked_into();
        // A browser that refuses may clear what is kept when the disk fills; it says so to nobody.
        let _ = keeper.persist().await;
    }
    Ok(())
}

fn of_navigator(name: &str) -> Option<JsValue> {
    let found = Reflect::get(&window().navigator(), &name.into()).ok()?;
    found.is_object().then_some(found)
}
