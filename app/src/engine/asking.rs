//! A call of the page, whichever worker answers it.
//!
//! Invariant: it ends exactly once. When its worker is replaced before any batch of the answer has come, it is sent
//! to the next worker, once: a call that kills its worker cannot kill one after another.
//!
//! Entry point: [`super::Engine::ask`].

use futures::StreamExt;
use protocol::{Call, CallItem, CallStream, Client, Failure, FailureKind};

use super::Engine;

/// Makes the call at a worker.
type Send<C, F> = Box<dyn Fn(&Client<F>) -> CallStream<C, F>>;

/// The call and what has come of it. Dropping it cancels it.
pub struct Asking<C, F> {
    engine: Engine<F>,
    send: Send<C, F>,
    answer: Option<CallStream<C, F>>,
    /// Whether another worker may be asked if this one is replaced.
    may_repeat: bool,
    has_ended: bool,
}

impl<C: Call, F: Clone + 'static> Asking<C, F> {
    pub(super) fn new(engine: Engine<F>, send: impl Fn(&Client<F>) -> CallStream<C, F> + 'static) -> Self {
        Self {
            engine,
            send: Box::new(send),
            answer: None,
            may_repeat: true,
            has_ended: false,
        }
    }

    /// What comes next; nothing follows [`CallItem::Done`]. Progress begins anew at another worker.
    pub async fn next(&mut self) -> CallItem<C::Reply> {
        loop {
            let item = self.next_of_worker().await;
            match &item {
                CallItem::Done(Err(failure)) if self.may_repeat && self.was_replaced(failure) => {
                    self.may_repeat = false;
                    self.answer = None;
                    continue;
                }
                // A batch that has been read cannot be taken back.
                CallItem::Batch(_) => self.may_repeat = false,
                CallItem::Done(_) => self.has_ended = true,
                CallItem::Progress(_) | CallItem::Partial(..) | CallItem::Piece(..) => {}
            }
            return item;
        }
    }

    /// Only the end, for callers who want nothing else.
    pub async fn end(mut self) -> Result<C::Reply, Failure> {
        loop {
            if let CallItem::Done(outcome) = self.next().await {
                return outcome;
            }
        }
    }

    async fn next_of_worker(&mut self) -> CallItem<C::Reply> {
        let answer = match &mut self.answer {
            _ if self.has_ended => None,
            Some(answer) => answer.next().await,
            None => match self.engine.client().await {
                Ok(client) => self.answer.insert((self.send)(&client)).next().await,
                Err(failure) => Some(CallItem::Done(Err(failure))),
            },
        };
        answer.unwrap_or_else(|| {
            let failure = Failure::new(FailureKind::Internal, "A call was asked for more after its end.");
            CallItem::Done(Err(failure))
        })
    }

    /// Whether another worker has taken the place of the one that failed so. One that never spoke is not replaced.
    fn was_replaced(&self, failure: &Failure) -> bool {
        failure.kind == FailureKind::WorkerLost && !self.engine.is_lost()
    }
}
