//! One direction of the channel, and a task that runs when it is woken.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use protocol::{CallId, Event, FromEngineHead};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Messages in order: those under way, and a record of all.
pub struct Wire<H> {
    under_way: RefCell<VecDeque<(String, Option<Vec<u8>>)>>,
    record: RefCell<Vec<H>>,
}

impl<H> Default for Wire<H> {
    fn default() -> Self {
        Self {
            under_way: RefCell::default(),
            record: RefCell::default(),
        }
    }
}

impl<H: Serialize + DeserializeOwned + Clone> Wire<H> {
    pub fn send(&self, head: &H, payload: Option<Vec<u8>>) {
        let json = serde_json::to_string(head).expect("serialises");
        self.under_way.borrow_mut().push_back((json, payload));
        self.record.borrow_mut().push(head.clone());
    }

    pub fn deliver(&self) -> Option<(H, Option<Vec<u8>>)> {
        let (json, payload) = self.under_way.borrow_mut().pop_front()?;
        Some((serde_json::from_str(&json).expect("parses"), payload))
    }

    pub fn count(&self) -> usize {
        self.record.borrow().len()
    }

    pub fn last_since(&self, count: usize) -> Option<H> {
        self.record.borrow().get(count..)?.last().cloned()
    }

    pub fn count_where(&self, filter: impl Fn(&H) -> bool) -> usize {
        self.record.borrow().iter().filter(|head| filter(head)).count()
    }

    pub fn sent(&self, mut filter: impl FnMut(&H) -> bool) -> Vec<H> {
        self.record
            .borrow()
            .iter()
            .filter(|head| filter(head))
            .cloned()
            .collect()
    }
}

pub fn is_batch_of(call: CallId, head: &FromEngineHead) -> bool {
    matches!(head, FromEngineHead::Event { id, event: Event::Batch { .. } } if *id == call)
}

/// Remembers that its task was woken.
pub struct Flag(AtomicBool);

impl Flag {
    pub fn raised() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }

    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.raise();
    }
}

/// A future that is polled only when it was woken.
pub struct Task {
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    flag: Arc<Flag>,
}

impl Task {
    pub fn new(future: impl Future<Output = ()> + 'static) -> Self {
        Self {
            future: Some(Box::pin(future)),
            flag: Flag::raised(),
        }
    }

    /// Polls once if it was woken; gives whether it was.
    pub fn run(&mut self) -> bool {
        let Some(future) = &mut self.future else {
            return false;
        };
        if !self.flag.take() {
            return false;
        }
        let waker = Waker::from(Arc::clone(&self.flag));
        if let Poll::Ready(()) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.future = None;
        }
        true
    }
}
