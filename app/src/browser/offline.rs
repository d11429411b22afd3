//! What makes the page itself start without a network: a service worker, and storage that the browser does not clear.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::prelude::*;

/// The service worker, next to the page.
const SCRIPT: &str = "offline.js";

#[wasm_bindgen]
extern "C" {
    type ServiceWorkers;

    #[wasm_bindgen(method, catch)]
    async fn register(this: &ServiceWorkers, script: &str) -> Result<JsValue, JsValue>;

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
