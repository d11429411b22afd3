//! Whether there is a network, and when it came back: what failed without one is asked again then.

use leptos::prelude::*;
use protocol::{Failure, FailureKind};

use crate::browser;

/// The network as the browser reports it. A handle; copies share it.
#[derive(Clone, Copy)]
pub struct Network {
    is_gone: RwSignal<bool>,
    /// How often the network has come back.
    returns: RwSignal<u32>,
}

impl Network {
    /// As the browser says now.
    pub fn new() -> Self {
        Self {
            is_gone: RwSignal::new(!browser::is_online()),
            returns: RwSignal::new(0),
        }
    }

    /// Takes the browser's news.
    pub fn set_online(self, is_online: bool) {
        self.is_gone.set(!is_online);
        if is_online {
            self.returns.update(|count| *count += 1);
        }
    }

    /// Whether the browser knows that there is no network.
    pub fn is_gone(self) -> bool {
        self.is_gone.get()
    }

    /// How often the network has come back, without following changes.
    pub fn returns(self) -> u32 {
        self.returns.get_untracked()
    }

    /// Calls back each time the network comes back, as long as the current owner lives.
    pub fn on_return(self, act: impl Fn() + 'static) {
        Effect::new(move |before: Option<u32>| {
            let count = self.returns.get();
            if before.is_some_and(|before| before != count) {
                untrack(&act);
            }
            count
        });
    }
}

/// Whether a network that comes back may mend this.
pub fn is_offline(failure: Option<&Failure>) -> bool {
    failure.is_some_and(|failure| failure.kind == FailureKind::Offline)
}
