//! The engine's side of the conversation: which calls are open, how much each may send, and that each ends once.
//!
//! Invariant: a [`Responder`] sends exactly one terminal message, whatever happens to it; dropping it is an
//! `Internal` failure. After a cancellation the terminal message is `Cancelled`, whatever the work came to.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::{
    CallId, Event, Failure, FailureKind, FromEngine, FromEngineHead, PROTOCOL_VERSION, Piece, Progress,
    Reply, Seen,
};

/// The open calls of an engine. Clones share them.
#[derive(Clone)]
pub struct Calls {
    shared: Rc<Shared>,
}

struct Shared {
    send: Box<dyn Fn(FromEngine)>,
    open: RefCell<HashMap<CallId, OpenCall>>,
}

#[derive(Default)]
struct OpenCall {
    credit: u32,
    cancelled: bool,
    wakers: Vec<Waker>,
}

impl OpenCall {
    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

impl Calls {
    /// Calls that are answered by this closure. Sends [`FromEngineHead::Ready`] first.
    pub fn new(send: impl Fn(FromEngine) + 'static) -> Self {
        send(FromEngine {
            head: FromEngineHead::Ready {
                protocol_version: PROTOCOL_VERSION,
            },
            payload: None,
        });
        Self {
            shared: Rc::new(Shared {
                send: Box::new(send),
                open: RefCell::default(),
            }),
        }
    }

    /// Whether no call is open.
    pub fn is_idle(&self) -> bool {
        self.shared.open.borrow().is_empty()
    }

    /// Tells the caller that the engine had better be replaced.
    pub fn grown(&self, memory_bytes: u64) {
        (self.shared.send)(FromEngine {
            head: FromEngineHead::Grown { memory_bytes },
            payload: None,
        });
    }

    /// Opens a call that may send so many batches at first.
    pub fn open(&self, id: CallId, credit: u32) -> Responder {
        let call = OpenCall {
            credit,
            ..OpenCall::default()
        };
        self.shared.open.borrow_mut().insert(id, call);
        Responder {
            id,
            shared: Rc::clone(&self.shared),
            ended: false,
        }
    }

    /// Notes that the caller gave up. Without effect on a call that has ended.
    pub fn cancel(&self, id: CallId) {
        if let Some(call) = self.shared.open.borrow_mut().get_mut(&id) {
            call.cancelled = true;
            call.wake();
        }
    }

    /// Allows more batches. Without effect on a call that has ended.
    pub fn credit(&self, id: CallId, batches: u32) {
        if let Some(call) = self.shared.open.borrow_mut().get_mut(&id) {
            call.credit = call.credit.saturating_add(batches);
            call.wake();
        }
    }
}

/// The right to answer one call.
pub struct Responder {
    id: CallId,
    shared: Rc<Shared>,
    ended: bool,
}

impl Responder {
    /// Resolves when the caller has given up; never otherwise.
    pub async fn cancelled(&self) {
        self.wait(|call| call.cancelled.then_some(())).await;
    }

    /// Sends a batch as soon as the caller's credit allows. An error is the caller's cancellation.
    pub async fn batch(&self, rows: u64, payload: Vec<u8>) -> Result<(), Failure> {
        self.allowed().await?;
        self.send(Event::Batch { rows }, Some(payload));
        Ok(())
    }

    /// Sends a batch of a stage as soon as the caller's credit allows. An error is the caller's cancellation.
    pub async fn piece(&self, piece: Piece, payload: Vec<u8>) -> Result<(), Failure> {
        self.allowed().await?;
        self.send(Event::Piece(piece), Some(payload));
        Ok(())
    }

    /// Sends an intermediate answer.
    pub fn partial(&self, seen: Seen, payload: Vec<u8>) {
        self.send(Event::Partial(seen), Some(payload));
    }

    /// Takes one of the caller's credits.
    async fn allowed(&self) -> Result<(), Failure> {
        self.wait(|call| {
            if call.cancelled {
                return Some(Err(Failure::cancelled()));
            }
            call.credit = call.credit.checked_sub(1)?;
            Some(Ok(()))
        })
        .await
    }

    /// Reports how far the call is.
    pub fn progress(&self, progress: Progress) {
        self.send(Event::Progress(progress), None);
    }

    /// Ends the call.
    pub fn finish(mut self, outcome: Result<Reply, Failure>) {
        self.end(outcome);
    }

    async fn wait<T>(&self, mut check: impl FnMut(&mut OpenCall) -> Option<T>) -> T {
        poll_fn(|context| {
            let mut open = self.shared.open.borrow_mut();
            // The entry lives as long as the responder.
            let Some(call) = open.get_mut(&self.id) else {
                return Poll::Pending;
            };
            match check(call) {
                Some(value) => Poll::Ready(value),
                None => {
                    if !call.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                        call.wakers.push(context.waker().clone());
                    }
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn send(&self, event: Event, payload: Option<Vec<u8>>) {
        (self.shared.send)(FromEngine {
            head: FromEngineHead::Event { id: self.id, event },
            payload,
        });
    }

    fn end(&mut self, outcome: Result<Reply, Failure>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let call = self.shared.open.borrow_mut().remove(&self.id);
        let outcome = if call.is_some_and(|call| call.cancelled) {
            Err(Failure::cancelled())
        } else {
            outcome
        };
        (self.shared.send)(FromEngine {
            head: FromEngineHead::Done { id: self.id, outcome },
            payload: None,
        });
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let failure = Failure::new(FailureKind::Internal, "The engine dropped the call.");
        self.end(Err(failure));
    }
}
