//! What is known of an origin: how many requests it takes at once, and whether its answers can be read.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use web_sys::{Performance, PerformanceResourceTiming};

use crate::io::Slots;

/// Browsers open so many connections to a host over HTTP/1.1; more requests would only queue where they cannot be put
/// in order.
const SLOTS_OF_CONNECTIONS: usize = 6;
/// HTTP/2 and HTTP/3 carry many requests over one connection.
const SLOTS_OF_STREAMS: usize = 24;

/// The requests to one origin.
pub(super) struct Lane {
    /// Places for them.
    pub(super) slots: Slots,
    /// Whether an answer was ever readable: then a request without one is no matter of CORS rules.
    pub(super) is_readable: Cell<bool>,
    is_protocol_known: Cell<bool>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            slots: Slots::new(SLOTS_OF_CONNECTIONS),
            is_readable: Cell::new(false),
            is_protocol_known: Cell::new(false),
        }
    }
}

impl Lane {
    /// Learns the protocol from the browser's record of a request that has ended. It stays unknown for another origin
    /// that sends no `Timing-Allow-Origin`.
    pub(super) fn note_protocol(&self, clock: &Performance, url: &str) {
        if self.is_protocol_known.get() {
            return;
        }
        let entries = clock.get_entries_by_name_with_entry_type(url, "resource");
        let Ok(entry) = entries
            .get(entries.length().saturating_sub(1))
            .dyn_into::<PerformanceResourceTiming>()
        else {
            return;
        };
        self.is_protocol_known.set(true);
        if has_streams(&entry.next_hop_protocol()) {
            self.slots.set_limit(SLOTS_OF_STREAMS);
        }
    }
}

fn has_streams(protocol: &str) -> bool {
    protocol == "h2" || protocol.starts_with("h3")
}
