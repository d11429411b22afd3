//! What is left of a scan, from one portion to the next.

use std::sync::{Mutex, MutexGuard, PoisonError};

use datafusion::common::{Result, internal_err};

use super::run::Work;

/// Shared by the executions of one scan.
#[derive(Debug, Default)]
pub(super) struct Left(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Untouched,
    UnderWay,
    Rest(Box<Work>),
    Exhausted,
}

impl Left {
    /// What is to be done: the whole work, at first. None when nothing is left.
    pub(super) fn take(&self, whole: impl FnOnce() -> Work) -> Result<Option<Work>> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::UnderWay) {
            State::Untouched => Ok(Some(whole())),
            State::Rest(work) => Ok(Some(*work)),
            State::Exhausted => {
                *state = State::Exhausted;
                Ok(None)
            }
            State::UnderWay => {
                internal_err!("a portion of a scan was begun before the one before it had ended")
            }
        }
    }

    /// What a portion did not come to.
    pub(super) fn put(&self, rest: Option<Work>) {
        *self.lock() = match rest {
            Some(work) => State::Rest(Box::new(work)),
            None => State::Exhausted,
        };
    }

    pub(super) fn is_exhausted(&self) -> bool {
        matches!(*self.lock(), State::Exhausted)
    }

    /// Every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
