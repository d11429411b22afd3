//! The page's side of the conversation: gives each call an id, and each message to the call that it is for.
//!
//! Invariant: every call ends exactly once, also when its engine is lost or never answers again; dropping a
//! call that has not ended cancels it. The client takes a send closure, so that tests need no browser.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::channel::mpsc;
use futures::{Stream, StreamExt};

use crate::{
    Call, CallId, Event, Failure, FailureKind, FromEngine, FromEngineHead, PROTOCOL_VERSION, Piece, Progress,
    Reply, Seen, ToEngine, ToEngineHead,
};

/// A connection to one engine. Clones share it.
pub struct Client<F> {
    shared: Rc<Shared<F>>,
}

impl<F> Clone for Client<F> {
    fn clone(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
        }
    }
}

struct Shared<F> {
    send: Box<dyn Fn(ToEngine<F>)>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    last_id: CallId,
    calls: HashMap<CallId, mpsc::UnboundedSender<Incoming>>,
    /// Cancelled calls whose end the engine has yet to confirm.
    stopping: HashSet<CallId>,
    /// Why no further call can succeed.
    broken: Option<Failure>,
}

enum Incoming {
    Progress(Progress),
    Batch(Vec<u8>),
    Partial(Seen, Vec<u8>),
    Piece(Piece, Vec<u8>),
    Done(Box<Result<Reply, Failure>>),
}

impl<F: 'static> Client<F> {
    /// A client that sends by this closure. Calls may be made at once: the channel keeps them until the engine is up.
    pub fn new(send: impl Fn(ToEngine<F>) + 'static) -> Self {
        Self {
            shared: Rc::new(Shared {
                send: Box::new(send),
                state: RefCell::default(),
            }),
        }
    }

    /// Makes a call; the future resolves to its reply. Dropping the future cancels the call.
    pub fn call<C: Call>(&self, call: C) -> PendingReply<C, F> {
        self.stream(call).into_reply()
    }

    /// Makes a call of which more than the end is wanted: the stream yields batches and progress, then its end.
    /// Dropping it cancels the call.
    pub fn stream<C: Call>(&self, call: C) -> CallStream<C, F> {
        self.stream_with_files(call, Vec::new())
    }

    /// Makes a call that refers to local files.
    pub fn stream_with_files<C: Call>(&self, call: C, files: Vec<F>) -> CallStream<C, F> {
        CallStream {
            open: self.begin(call, files),
            call: PhantomData,
        }
    }

    /// Takes a message of the engine. Messages of calls that have ended are ignored.
    pub fn receive(&self, message: FromEngine) {
        match message.head {
            FromEngineHead::Ready { protocol_version } if protocol_version == PROTOCOL_VERSION => {}
            FromEngineHead::Ready { protocol_version } => self.break_off(
                &Failure::new(
                    FailureKind::ProtocolMismatch,
                    format!(
                        "The page speaks version {PROTOCOL_VERSION}, the engine version {protocol_version}."
                    ),
                )
                .with_hint("Reload the page to get matching versions."),
            ),
            FromEngineHead::Event { id, event } => {
                let incoming = match (event, message.payload) {
                    (Event::Progress(progress), _) => Incoming::Progress(progress),
                    (Event::Batch { .. }, Some(payload)) => Incoming::Batch(payload),
                    (Event::Partial(seen), Some(payload)) => Incoming::Partial(seen, payload),
                    (Event::Piece(piece), Some(payload)) => Incoming::Piece(piece, payload),
                    (_, None) => {
                        let failure = Failure::new(FailureKind::Internal, "A batch came without its bytes.");
                        self.end(id, Err(failure));
                        return;
                    }
                };
                if let Some(call) = self.shared.state.borrow().calls.get(&id) {
                    // The receiver is dropped together with the entry: a failed send means that the call has ended.
                    let _ = call.unbounded_send(incoming);
                }
            }
            // Who owns the engine replaces it, and reads for it.
            FromEngineHead::Grown { .. }
            | FromEngineHead::Read { .. }
            | FromEngineHead::ReadNoMore { .. } => {}
            FromEngineHead::Done { id, outcome } => self.end(id, outcome),
        }
    }

    /// Fails every pending and every later call: the engine is gone.
    pub fn lost(&self, reason: &str) {
        self.break_off(&Failure::worker_lost(reason));
    }

    /// How many calls have not ended.
    pub fn pending(&self) -> usize {
        self.shared.state.borrow().calls.len()
    }

    /// Whether a call was cancelled and the engine has not confirmed its end. An engine for which this stays true is
    /// stuck in a computation: replace it.
    pub fn is_stopping(&self, id: CallId) -> bool {
        self.shared.state.borrow().stopping.contains(&id)
    }

    fn begin<C: Call>(&self, call: C, files: Vec<F>) -> OpenCall<F> {
        let (sender, receiver) = mpsc::unbounded();
        let (id, broken) = {
            let mut state = self.shared.state.borrow_mut();
            state.last_id += 1;
            let id = state.last_id;
            state.calls.insert(id, sender);
            (id, state.broken.clone())
        };
        match broken {
            Some(failure) => self.end(id, Err(failure)),
            None => {
                let request = call.into_request();
                (self.shared.send)(ToEngine {
                    head: ToEngineHead::Call { id, request },
                    files,
                });
            }
        }
        OpenCall {
            id,
            receiver,
            ended: false,
            shared: Rc::clone(&self.shared),
        }
    }

    fn end(&self, id: CallId, outcome: Result<Reply, Failure>) {
        let call = {
            let mut state = self.shared.state.borrow_mut();
            state.stopping.remove(&id);
            state.calls.remove(&id)
        };
        if let Some(call) = call {
            let _ = call.unbounded_send(Incoming::Done(Box::new(outcome)));
        }
    }

    fn break_off(&self, failure: &Failure) {
        let calls = {
            let mut state = self.shared.state.borrow_mut();
            state.broken.get_or_insert_with(|| failure.clone());
            state.stopping.clear();
            std::mem::take(&mut state.calls)
        };
        for call in calls.into_values() {
            let _ = call.unbounded_send(Incoming::Done(Box::new(Err(failure.clone()))));
        }
    }
}

/// A call that has been sent. Dropping it before its end cancels it.
struct OpenCall<F> {
    id: CallId,
    receiver: mpsc::UnboundedReceiver<Incoming>,
    ended: bool,
    shared: Rc<Shared<F>>,
}

impl<F> OpenCall<F> {
    fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        self.receiver.poll_next_unpin(context).map(|incoming| {
            // The sender lives in the client's table until a Done has been put in.
            let incoming = incoming.unwrap_or_else(|| {
                Incoming::Done(Box::new(Err(Failure::new(
                    FailureKind::Internal,
                    "The call was polled after its end.",
                ))))
            });
            self.ended |= matches!(incoming, Incoming::Done(_));
            incoming
        })
    }

    fn allow_another(&self) {
        self.tell(ToEngineHead::Credit {
            id: self.id,
            batches: 1,
        });
    }

    fn tell(&self, head: ToEngineHead) {
        (self.shared.send)(ToEngine {
            head,
            files: Vec::new(),
        });
    }
}

impl<F> Drop for OpenCall<F> {
    fn drop(&mut self) {
        // Also the entry of a call whose end has arrived but was not polled is gone by now: nothing to cancel then.
        let pending = self.shared.state.borrow_mut().calls.remove(&self.id).is_some();
        if !self.ended && pending {
            self.shared.state.borrow_mut().stopping.insert(self.id);
            self.tell(ToEngineHead::Cancel { id: self.id });
        }
    }
}

fn accept<C: Call>(outcome: Result<Reply, Failure>) -> Result<C::Reply, Failure> {
    C::accept(outcome?).ok_or_else(|| {
        Failure::new(
            FailureKind::Internal,
            "The engine gave another call's kind of reply.",
        )
    })
}

/// The reply to come of a call.
pub struct PendingReply<C, F> {
    open: OpenCall<F>,
    call: PhantomData<fn() -> C>,
}

impl<C: Call, F> Future for PendingReply<C, F> {
    type Output = Result<C::Reply, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match self.open.poll_incoming(context) {
                Poll::Ready(Incoming::Done(outcome)) => return Poll::Ready(accept::<C>(*outcome)),
                Poll::Ready(_) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// What a call yields. [`CallItem::Done`] is the last.
#[derive(Debug)]
pub enum CallItem<R> {
    /// How far it is.
    Progress(Progress),
    /// An Arrow IPC stream with one batch.
    Batch(Vec<u8>),
    /// An Arrow IPC stream with an intermediate answer, in the place of the one before.
    Partial(Seen, Vec<u8>),
    /// An Arrow IPC stream with one batch of a stage.
    Piece(Piece, Vec<u8>),
    /// Its end.
    Done(Result<R, Failure>),
}

/// Progress, batches and the end of a call. Taking a batch allows the engine to send another.
pub struct CallStream<C, F> {
    open: OpenCall<F>,
    call: PhantomData<fn() -> C>,
}

impl<C, F> CallStream<C, F> {
    /// Only the end, for callers who want nothing else. Batches that come nevertheless are dropped.
    pub fn into_reply(self) -> PendingReply<C, F> {
        PendingReply {
            open: self.open,
            call: PhantomData,
        }
    }
}

impl<C: Call, F> Stream for CallStream<C, F> {
    type Item = CallItem<C::Reply>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.open.ended {
            return Poll::Ready(None);
        }
        self.open.poll_incoming(context).map(|incoming| {
            Some(match incoming {
                Incoming::Progress(progress) => CallItem::Progress(progress),
                Incoming::Batch(payload) => {
                    self.open.allow_another();
                    CallItem::Batch(payload)
                }
                Incoming::Partial(seen, payload) => CallItem::Partial(seen, payload),
                Incoming::Piece(piece, payload) => {
                    self.open.allow_another();
                    CallItem::Piece(piece, payload)
                }
                Incoming::Done(outcome) => CallItem::Done(accept::<C>(*outcome)),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DescribeTable;

    #[test]
    fn a_cancelled_call_is_stopping_until_the_engine_confirms_its_end() {
        let client = Client::<()>::new(|_| {});
        let call = client.call(DescribeTable {
            table: "flights".to_owned(),
        });
        assert!(!client.is_stopping(1));
        drop(call);
        assert!(client.is_stopping(1));
        client.receive(FromEngine {
            head: FromEngineHead::Done {
                id: 1,
                outcome: Err(Failure::cancelled()),
            },
            payload: None,
        });
        assert!(!client.is_stopping(1));
    }
}
