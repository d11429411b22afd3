//! How fast the link is, as measured: what a round trip is worth in bytes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Timing;

/// Before anything was measured: a home network.
const FIRST_ROUND_TRIP_MS: f64 = 40.0;
const FIRST_BYTES_PER_MS: f64 = 6_250.0;
/// Weight of a new measurement.
const NEWEST: f64 = 0.3;
/// Answers below this size tell of latency only.
const SMALLEST_MEASURED_BYTES: u64 = 64 * 1024;
/// Requests that a browser has under way to one host over HTTP/1.1.
const PARALLEL_REQUESTS: f64 = 6.0;
/// What a round trip may be worth, whatever was measured.
const ROUND_TRIP_BYTES: std::ops::RangeInclusive<f64> = 65_536.0..=2_097_152.0;

/// The link of this engine.
#[derive(Debug)]
pub struct Link {
    measured: Mutex<Measured>,
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    round_trip_ms: f64,
    bytes_per_ms: f64,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            measured: Mutex::new(Measured {
                round_trip_ms: FIRST_ROUND_TRIP_MS,
                bytes_per_ms: FIRST_BYTES_PER_MS,
            }),
        }
    }
}

impl Link {
    /// Learns from an answer that `parallel` requests, itself included, shared the link with.
    pub fn observe(&self, timing: Timing, bytes: u64, parallel: usize) {
        let mut measured = self.lock();
        let first_byte_ms = timing.first_byte_ms.max(0.1);
        // Queues and slow servers only add to it: less is the better measurement.
        measured.round_trip_ms = first_byte_ms.min(blend(measured.round_trip_ms, first_byte_ms));
        if bytes >= SMALLEST_MEASURED_BYTES {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let bytes_per_ms = bytes as f64 * parallel.max(1) as f64 / timing.body_ms.max(0.1);
            measured.bytes_per_ms = blend(measured.bytes_per_ms, bytes_per_ms);
        }
    }

    /// Bytes that arrive in the time of a round trip.
    pub fn round_trip_bytes(&self) -> u64 {
        let measured = *self.lock();
        let bytes = measured.round_trip_ms * measured.bytes_per_ms;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a positive range"
        )]
        let bytes = bytes.clamp(*ROUND_TRIP_BYTES.start(), *ROUND_TRIP_BYTES.end()) as u64;
        bytes
    }

    /// Largest gap that costs less to fetch than another request: requests run side by side, so that one more costs
    /// its share of a round trip.
    pub fn max_gap_bytes(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "positive and small"
        )]
        let gap = (self.round_trip_bytes() as f64 / PARALLEL_REQUESTS) as u64;
        gap
    }

    /// The numbers stay usable even if a holder panicked.
    fn lock(&self) -> MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn blend(known: f64, new: f64) -> f64 {
    known + NEWEST * (new - known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_link_makes_gaps_dear_and_a_long_one_makes_them_cheap() {
        let first = Link::default().max_gap_bytes();
        let observed = |first_byte_ms, body_ms| {
            let link = Link::default();
            for _ in 0..20 {
                let timing = Timing {
                    first_byte_ms,
                    body_ms,
                };
                link.observe(timing, 1_000_000, 1);
            }
            link.max_gap_bytes()
        };
        assert!(observed(40.0, 1_000.0) < first, "1 MB/s");
        assert!(observed(160.0, 160.0) > first, "160 ms away");
    }

    #[test]
    fn small_answers_tell_nothing_of_the_bandwidth() {
        let link = Link::default();
        let timing = Timing {
            first_byte_ms: FIRST_ROUND_TRIP_MS,
            body_ms: 1_000.0,
        };
        link.observe(timing, 100, 1);
        assert_eq!(link.round_trip_bytes(), Link::default().round_trip_bytes());
    }
}
