//! Replaces a worker whose memory has grown, which is no misfortune: nothing is lost and nobody is told.
//!
//! Invariant: it happens only while no call is open and nothing is being opened, so that the next worker gets to know
//! all that this one knew.

use futures::FutureExt;

use super::{Connection, Engine};

impl<F: Clone + 'static> Engine<F> {
    /// Replaces the worker if it has asked for that and nobody needs it now.
    pub(super) fn replace_grown(&self) {
        let is_due = {
            let mut state = self.shared.state.borrow_mut();
            let is_opening = self.shared.opening.get() > 0;
            state.connection.as_mut().is_some_and(|current| {
                current.has_grown && !current.is_lost && !is_opening && current.is_idle()
            })
        };
        if is_due {
            self.connect();
        }
    }

    /// Notes that a table is being opened, until what is returned is dropped.
    pub(super) fn opening(&self) -> Opening<F> {
        let opening = &self.shared.opening;
        opening.set(opening.get() + 1);
        Opening(self.clone())
    }
}

impl<F: 'static> Connection<F> {
    /// Whether no call is open that anybody waits for.
    fn is_idle(&mut self) -> bool {
        if self
            .telling
            .as_mut()
            .is_some_and(|telling| telling.now_or_never().is_some())
        {
            self.telling = None;
        }
        let is_reopened = self
            .reopening
            .as_ref()
            .is_none_or(|reopening| reopening.peek().is_some());
        is_reopened && self.client.pending() == usize::from(self.telling.is_some())
    }
}

/// A table that is being opened and not yet among those that the next worker is told of.
pub(super) struct Opening<F: Clone + 'static>(Engine<F>);

impl<F: Clone + 'static> Drop for Opening<F> {
    fn drop(&mut self) {
        let opening = &self.0.shared.opening;
        opening.set(opening.get().saturating_sub(1));
        self.0.replace_grown();
    }
}
