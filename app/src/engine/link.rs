//! The browser's edge of the engine: a dedicated module worker and `postMessage`.

use js_sys::{Array, ArrayBuffer, Function, Object, Reflect, Uint8Array};
use protocol::{FromEngine, ToEngine, ToEngineHead};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, File, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{Inbox, Sender};
use crate::browser;

/// The boot script, next to the page.
const SCRIPT: &str = "worker.js";

/// How long a worker may take to confirm a cancellation.
const GRACE_MS: i32 = 3_000;

/// Starts a worker that reports to the inbox; the first is the one that `public/prewarm.js` has started.
pub fn spawn(inbox: Inbox<File>) -> Sender<File> {
    match prewarmed().map_or_else(start, Ok) {
        Ok((worker, early)) => {
            let link = Link::listen(worker, &inbox);
            // The inbox belongs to a connection that its caller is still making.
            leptos::task::spawn_local(async move {
                for event in early {
                    hear(&inbox, &event);
                }
            });
            Box::new(move |message| link.post(&message))
        }
        Err(error) => {
            let reason = format!("{error:?}");
            leptos::task::spawn_local(async move { inbox.died(&reason) });
            Box::new(|_| {})
        }
    }
}

fn start() -> Result<(Worker, Vec<Event>), JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Ok((Worker::new_with_options(SCRIPT, &options)?, Vec::new()))
}

/// The worker that was started before the page's program was here, and what it has said since.
fn prewarmed() -> Option<(Worker, Vec<Event>)> {
    let window = leptos::prelude::window();
    let take: Function = Reflect::get(&window, &"goldpanPrewarmed".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let taken = take.call0(&window).ok()?;
    let worker = Reflect::get(&taken, &"worker".into()).ok()?.dyn_into().ok()?;
    let early: Array = Reflect::get(&taken, &"early".into()).ok()?.dyn_into().ok()?;
    Some((
        worker,
        early.iter().filter_map(|event| event.dyn_into().ok()).collect(),
    ))
}

/// Takes an event of a worker: a message, or its death.
fn hear(inbox: &Inbox<File>, event: &Event) {
    if let Some(event) = event.dyn_ref::<MessageEvent>()
        && event.type_() == "message"
    {
        match read(&event.data()) {
            Some(message) => inbox.receive(message),
            None => inbox.died("it sent a message that the page cannot read"),
        }
        return;
    }
    let reason = match event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message) {
        Some(message) if !message.is_empty() => message,
        _ => "its program could not be loaded or failed".to_owned(),
    };
    inbox.died(&reason);
}

struct Link {
    worker: Worker,
    inbox: Inbox<File>,
    _on_event: Closure<dyn FnMut(Event)>,
}

impl Link {
    fn listen(worker: Worker, inbox: &Inbox<File>) -> Self {
        let on_event = Closure::<dyn FnMut(Event)>::new({
            let inbox = inbox.clone();
            move |event: Event| hear(&inbox, &event)
        });
        let listener = on_event.as_ref().unchecked_ref();
        worker.set_onmessage(Some(listener));
        worker.set_onerror(Some(listener));
        worker.set_onmessageerror(Some(listener));
        Self {
            worker,
            inbox: inbox.clone(),
            _on_event: on_event,
        }
    }

    fn post(&self, message: &ToEngine<File>) {
        let envelope = Object::new();
        // Plain data with string keys always serialises; setting a field of a plain object cannot fail.
        let head = serde_json::to_string(&message.head).unwrap_or_default();
        let files: Array = message.files.iter().collect();
        let _ = Reflect::set(&envelope, &"head".into(), &head.into());
        let _ = Reflect::set(&envelope, &"files".into(), &files);
        if let Err(error) = self.worker.post_message(&envelope) {
            web_sys::console::error_2(&"The engine cannot be reached:".into(), &error);
        }
        if let ToEngineHead::Cancel { id } = message.head {
            let inbox = self.inbox.clone();
            leptos::task::spawn_local(async move {
                browser::sleep_ms(GRACE_MS).await;
                inbox.expect_stopped(id);
            });
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn read(envelope: &JsValue) -> Option<FromEngine> {
    let field = |name: &str| Reflect::get(envelope, &name.into()).ok();
    let head = serde_json::from_str(&field("head")?.as_string()?).ok()?;
    let payload = field("payload")
        .and_then(|payload| payload.dyn_into::<ArrayBuffer>().ok())
        .map(|buffer| Uint8Array::new(&buffer).to_vec());
    Some(FromEngine { head, payload })
}
