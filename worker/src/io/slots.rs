//! Places for so many requests at once: what somebody waits for goes before what is only fetched ahead.
//!
//! Invariant: within an urgency, first come, first served. Who stops waiting leaves the queue; who lets go of a place
//! gives it to the next.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::oneshot;

use super::Urgency;

/// Places that are never taken for what is only fetched ahead: a new question finds one free.
const PLACES_FOR_NOW: usize = 2;

/// The places. Clones share them.
#[derive(Debug, Clone)]
pub struct Slots {
    shared: Rc<RefCell<State>>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    now: Line,
    ahead: Line,
}

/// Requests of one urgency.
#[derive(Debug, Default)]
struct Line {
    taken: usize,
    waiting: VecDeque<oneshot::Sender<Slot>>,
}

impl State {
    fn line(&mut self, urgency: Urgency) -> &mut Line {
        match urgency {
            Urgency::Now => &mut self.now,
            Urgency::Ahead => &mut self.ahead,
        }
    }

    /// Takes a place for the first who still waits, if there is one.
    fn next(&mut self) -> Option<(Urgency, oneshot::Sender<Slot>)> {
        if self.now.taken + self.ahead.taken >= self.limit {
            return None;
        }
        let may_fetch_ahead = self.ahead.taken < self.limit.saturating_sub(PLACES_FOR_NOW).max(1);
        [Urgency::Now, Urgency::Ahead].into_iter().find_map(|urgency| {
            if urgency == Urgency::Ahead && !may_fetch_ahead {
                return None;
            }
            let line = self.line(urgency);
            while let Some(asker) = line.waiting.pop_front() {
                if !asker.is_canceled() {
                    line.taken += 1;
                    return Some((urgency, asker));
                }
            }
            None
        })
    }
}

impl Slots {
    /// So many places.
    pub fn new(limit: usize) -> Self {
        Self {
            shared: Rc::new(RefCell::new(State {
                limit,
                now: Line::default(),
                ahead: Line::default(),
            })),
        }
    }

    /// Changes how many places there are. Who has one keeps it.
    pub fn set_limit(&self, limit: usize) {
        self.shared.borrow_mut().limit = limit;
        self.hand_out();
    }

    /// Waits for a place. Dropping the future leaves the queue.
    pub async fn take(&self, urgency: Urgency) -> Slot {
        let (asker, place) = oneshot::channel();
        self.shared.borrow_mut().line(urgency).waiting.push_back(asker);
        self.hand_out();
        match place.await {
            Ok(slot) => slot,
            // The queue lives as long as `self`, and only hands out.
            Err(oneshot::Canceled) => futures::future::pending().await,
        }
    }

    fn hand_out(&self) {
        loop {
            let next = self.shared.borrow_mut().next();
            let Some((urgency, asker)) = next else {
                return;
            };
            let slot = Slot {
                slots: self.clone(),
                urgency,
            };
            // An asker that left at this very moment drops its place, which hands it on.
            let _ = asker.send(slot);
        }
    }
}

/// A place. Dropping it frees it.
#[derive(Debug)]
pub struct Slot {
    slots: Slots,
    urgency: Urgency,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.shared.borrow_mut().line(self.urgency).taken -= 1;
        self.slots.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::LocalBoxFuture;

    use super::*;

    /// Asks and polls once, so that the order of asking is the order of these calls.
    fn ask(slots: &Slots, urgency: Urgency) -> (LocalBoxFuture<'static, Slot>, Option<Slot>) {
        let slots = slots.clone();
        let mut asking = async move { slots.take(urgency).await }.boxed_local();
        let slot = (&mut asking).now_or_never();
        (asking, slot)
    }

    fn taken(slots: &Slots, urgency: Urgency) -> Slot {
        ask(slots, urgency).1.expect("a free place")
    }

    fn waiting(slots: &Slots, urgency: Urgency) -> LocalBoxFuture<'static, Slot> {
        let (asking, slot) = ask(slots, urgency);
        assert!(slot.is_none(), "no free place");
        asking
    }

    fn has_come(asking: &mut LocalBoxFuture<'static, Slot>) -> Option<Slot> {
        asking.now_or_never()
    }

    #[test]
    fn no_more_than_the_limit_and_first_come_first_served() {
        let slots = Slots::new(2);
        let first = taken(&slots, Urgency::Now);
        let _second = taken(&slots, Urgency::Now);
        let mut third = waiting(&slots, Urgency::Now);
        let mut fourth = waiting(&slots, Urgency::Now);
        drop(first);
        assert!(has_come(&mut fourth).is_none());
        let third = has_come(&mut third).expect("it was first");
        assert!(has_come(&mut fourth).is_none());
        drop(third);
        assert!(has_come(&mut fourth).is_some());
    }

    #[test]
    fn what_is_waited_for_goes_first() {
        let slots = Slots::new(1);
        let busy = taken(&slots, Urgency::Now);
        let mut ahead = waiting(&slots, Urgency::Ahead);
        let mut now = waiting(&slots, Urgency::Now);
        drop(busy);
        let now = has_come(&mut now).expect("somebody waits for it");
        assert!(has_come(&mut ahead).is_none());
        drop(now);
        assert!(has_come(&mut ahead).is_some());
    }

    #[test]
    fn fetching_ahead_leaves_places_for_what_is_waited_for() {
        let slots = Slots::new(6);
        let ahead: Vec<Slot> = (0..4).map(|_| taken(&slots, Urgency::Ahead)).collect();
        let mut fifth = waiting(&slots, Urgency::Ahead);
        let now: Vec<Slot> = (0..2).map(|_| taken(&slots, Urgency::Now)).collect();
        drop(now);
        assert!(has_come(&mut fifth).is_none(), "also when nobody else is there");
        drop(ahead);
        assert!(has_come(&mut fifth).is_some());
    }

    #[test]
    fn who_stops_waiting_leaves_the_queue() {
        let slots = Slots::new(1);
        let busy = taken(&slots, Urgency::Now);
        let gone = waiting(&slots, Urgency::Now);
        let mut next = waiting(&slots, Urgency::Now);
        drop(gone);
        drop(busy);
        assert!(has_come(&mut next).is_some());
    }

    #[test]
    fn a_place_that_came_too_late_is_handed_on() {
        let slots = Slots::new(1);
        let busy = taken(&slots, Urgency::Now);
        let unlucky = waiting(&slots, Urgency::Now);
        let mut next = waiting(&slots, Urgency::Now);
        drop(busy);
        // It has been given a place that it never looked at.
        drop(unlucky);
        assert!(has_come(&mut next).is_some());
    }

    #[test]
    fn more_places_are_handed_out_at_once() {
        let slots = Slots::new(1);
        let _busy = taken(&slots, Urgency::Now);
        let mut second = waiting(&slots, Urgency::Now);
        slots.set_limit(24);
        assert!(has_come(&mut second).is_some());
    }
}
