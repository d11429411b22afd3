//! Runs DataFusion's tasks on the worker's event loop.
//!
//! DataFusion spawns tasks, so it needs a tokio runtime; a browser's worker must return to its event loop, so
//! the runtime is driven in short turns. A turn ends when nothing is left to do or its time is up; whatever comes
//! from outside (an answered fetch, credit, a cancellation) must [`Pump::kick`] it.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use js_sys::global;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, yield_now};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessagePort, Performance};

/// After so long the event loop gets its turn: messages, a cancellation among them, are seen that soon.
const TURN_MS: f64 = 12.0;
/// Polls in a round.
const POLLS_PER_ROUND: u32 = 64;
/// A round that took less found nothing to do. Browsers round their clock to 0.1 ms or more.
const IDLE_ROUND_MS: f64 = 0.2;
/// A safety net for work that was so short that a round did not notice it.
const HEARTBEAT_MS: u32 = 50;

/// The runtime and its turns.
pub(super) struct Pump {
    runtime: Runtime,
    clock: Performance,
    wake_port: MessagePort,
    scheduled: Cell<bool>,
    running: Cell<usize>,
    beating: Cell<bool>,
}

impl Pump {
    pub(super) fn new() -> Result<Rc<Self>, JsValue> {
        let runtime = Builder::new_current_thread()
            // The clock is looked at after each poll of a task, which may take milliseconds.
            .event_interval(1)
            .build()
            .map_err(|error| JsError::new(&error.to_string()))?;
        let clock = global()
            .unchecked_into::<DedicatedWorkerGlobalScope>()
            .performance()
            .ok_or_else(|| JsError::new("this browser has no clock in workers"))?;
        let channel = MessageChannel::new()?;
        let pump = Rc::new(Self {
            runtime,
            clock,
            wake_port: channel.port2(),
            scheduled: Cell::new(false),
            running: Cell::new(0),
            beating: Cell::new(false),
        });
        let on_wake = {
            let pump = Rc::clone(&pump);
            Closure::<dyn FnMut()>::new(move || pump.turn())
        };
        channel
            .port1()
            .set_onmessage(Some(on_wake.as_ref().unchecked_ref()));
        // The worker's one pump lives as long as the worker.
        on_wake.forget();
        Ok(pump)
    }

    /// Starts a task. Dropping what is returned stops it.
    pub(super) fn spawn<T: Send + 'static>(
        self: &Rc<Self>,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Running<T> {
        let handle = self.runtime.spawn(task);
        let abort = handle.abort_handle();
        self.running.set(self.running.get() + 1);
        if !self.beating.replace(true) {
            spawn_local(Rc::clone(self).beat());
        }
        self.kick();
        Running {
            outcome: handle.map(Result::ok).boxed_local(),
            abort,
            pump: Rc::clone(self),
        }
    }

    /// Asks for a turn soon. A message and not a timer, because browsers delay nested timers by 4 ms.
    pub(super) fn kick(&self) {
        if self.running.get() > 0 && !self.scheduled.replace(true) {
            // Posting a null cannot fail.
            let _ = self.wake_port.post_message(&JsValue::NULL);
        }
    }

    fn turn(&self) {
        self.scheduled.set(false);
        let started = self.clock.now();
        let is_busy = self.runtime.block_on(async {
            let mut round = started;
            let mut polls = 0;
            loop {
                yield_now().await;
                let now = self.clock.now();
                if now - started >= TURN_MS {
                    return true;
                }
                polls += 1;
                if polls == POLLS_PER_ROUND {
                    if now - round < IDLE_ROUND_MS {
                        return false;
                    }
                    round = now;
                    polls = 0;
                }
            }
        });
        if is_busy {
            self.kick();
        }
    }

    async fn beat(self: Rc<Self>) {
        while self.running.get() > 0 {
            TimeoutFuture::new(HEARTBEAT_MS).await;
            self.kick();
        }
        self.beating.set(false);
    }
}

/// A task of the pump.
pub(super) struct Running<T> {
    outcome: LocalBoxFuture<'static, Option<T>>,
    abort: AbortHandle,
    pump: Rc<Pump>,
}

impl<T> Running<T> {
    /// Its result; none when the task panicked or was stopped.
    pub(super) async fn join(&mut self) -> Option<T> {
        (&mut self.outcome).await
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.abort.abort();
        // One more turn drops what the task holds, its fetches among them.
        self.pump.kick();
        self.pump.running.set(self.pump.running.get() - 1);
    }
}
