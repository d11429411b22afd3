//! One peer: a dedicated worker that the lead starts, with the module that the lead has compiled.

use std::rc::{Rc, Weak};

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use protocol::{FromEngine, FromEngineHead, ToEngineHead};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{Peers, reads};
use crate::edge::scope;

/// By this name the boot script knows that it starts a peer.
const NAME: &str = "peer";

/// The worker, and what it says.
pub(super) struct Link {
    worker: Worker,
    pub(super) reads: reads::Reads,
    on_event: Closure<dyn FnMut(Event)>,
}

impl Link {
    pub(super) fn start(peers: &Rc<Peers>, peer: u32, generation: u32) -> Result<Rc<Self>, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(NAME);
        let worker = Worker::new_with_options(&scope().location().href(), &options)?;
        let link = Rc::new_cyclic(|link: &Weak<Self>| {
            let on_event = Closure::<dyn FnMut(Event)>::new({
                let (link, peers) = (Weak::clone(link), Rc::downgrade(peers));
                move |event: Event| {
                    if let (Some(link), Some(peers)) = (link.upgrade(), peers.upgrade()) {
                        link.hear(&peers, peer, generation, &event);
                    }
                }
            });
            Self {
                worker,
                reads: reads::Reads::default(),
                on_event,
            }
        });
        let listener = link.on_event.as_ref().unchecked_ref();
        link.worker.set_onmessage(Some(listener));
        link.worker.set_onerror(Some(listener));
        link.worker.set_onmessageerror(Some(listener));
        let first = Object::new();
        let (workers, _) = peers.engine.crew().size();
        Reflect::set(&first, &"module".into(), &wasm_bindgen::module())?;
        Reflect::set(&first, &"workers".into(), &workers.into())?;
        link.worker.post_message(&first)?;
        Ok(link)
    }

    /// Ends the worker, whoever still waits for it.
    pub(super) fn stop(&self) {
        self.worker.terminate();
    }

    /// Sends a message; buffers beside it are transferred.
    pub(super) fn post(&self, head: &ToEngineHead, values: &[JsValue]) {
        let envelope = Object::new();
        let (files, transfer) = (Array::new(), Array::new());
        for value in values {
            files.push(value);
            if value.is_instance_of::<ArrayBuffer>() {
                transfer.push(value);
            }
        }
        // Plain data with string keys always serialises; setting a field of a plain object cannot fail.
        let head = serde_json::to_string(head).unwrap_or_default();
        let _ = Reflect::set(&envelope, &"head".into(), &head.into());
        let _ = Reflect::set(&envelope, &"files".into(), &files);
        // A peer that cannot be reached has died, which is reported by itself.
        let _ = self.worker.post_message_with_transfer(&envelope, &transfer);
    }

    fn hear(self: &Rc<Self>, peers: &Rc<Peers>, peer: u32, generation: u32, event: &Event) {
        let Some(message) = event
            .dyn_ref::<MessageEvent>()
            .filter(|event| event.type_() == "message")
        else {
            let reason = match event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message) {
                Some(message) if !message.is_empty() => message,
                _ => "its program could not be loaded or failed".to_owned(),
            };
            // The page's own engine goes on.
            event.prevent_default();
            peers.died(peer, generation, &reason);
            return;
        };
        let Some(message) = read(&message.data()) else {
            peers.died(peer, generation, "it sent a message that cannot be read");
            return;
        };
        match message.head {
            FromEngineHead::Read { id, read } => self.reads.begin(self, peers, peer, id, read),
            FromEngineHead::ReadNoMore { id } => self.reads.give_up(id),
            ref head => {
                let is_ready = matches!(head, FromEngineHead::Ready { .. });
                if let Some(client) = peers.with(peer, generation, |member| member.client.clone()) {
                    client.receive(message);
                }
                if is_ready {
                    peers.joined(peer, generation);
                }
            }
        }
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
