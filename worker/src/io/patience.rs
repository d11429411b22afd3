//! How often a request is tried again, and after which pause.
//!
//! Pauses grow exponentially with full jitter (a pause is drawn from zero up to its bound), so that readers that were
//! turned away together do not come back together. What counts against the budget is time without progress: pauses,
//! and waiting for an answer that never came. A long download that breaks may be tried again at once.

use std::time::Duration;

/// Tries of a request at most.
pub const MAX_TRIES: u32 = 5;

/// Time without progress that a request may cost.
const BUDGET_MS: f64 = 20_000.0;
/// Bound of the first pause; each further one is twice as long.
const FIRST_PAUSE_MS: f64 = 400.0;
/// A server may ask for a longer pause than ours, but not for more than this.
const LONGEST_PAUSE_MS: f64 = 10_000.0;

/// What is left of the budget of one request.
#[derive(Debug)]
pub struct Patience {
    tries: u32,
    left_ms: f64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 0,
            left_ms: BUDGET_MS,
        }
    }
}

impl Patience {
    /// Notes a try.
    pub fn begin_try(&mut self) {
        self.tries += 1;
    }

    /// Tries so far.
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// The pause before the next try, after one that failed and cost `lost_ms` without progress; none when it is time to
    /// give up. `retry_after_ms` is what the server asks for, `random` is drawn from 0 to 1.
    pub fn pause(&mut self, lost_ms: f64, retry_after_ms: Option<f64>, random: f64) -> Option<Duration> {
        if self.tries >= MAX_TRIES {
            return None;
        }
        self.left_ms -= lost_ms.max(0.0);
        let doublings = i32::try_from(self.tries.saturating_sub(1)).unwrap_or(0);
        let bound_ms = FIRST_PAUSE_MS * 2_f64.powi(doublings);
        let asked_ms = retry_after_ms.unwrap_or(0.0).max(0.0);
        let pause_ms = (bound_ms * random).max(asked_ms).min(LONGEST_PAUSE_MS);
        if pause_ms > self.left_ms {
            return None;
        }
        self.left_ms -= pause_ms;
        Some(Duration::from_secs_f64(pause_ms / 1_000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pauses of a request that always fails in the same way.
    fn pauses_ms(lost_ms: f64, retry_after_ms: Option<f64>, random: f64) -> Vec<u128> {
        let mut patience = Patience::default();
        let mut pauses = Vec::new();
        loop {
            patience.begin_try();
            match patience.pause(lost_ms, retry_after_ms, random) {
                Some(pause) => pauses.push(pause.as_millis()),
                None => return pauses,
            }
        }
    }

    #[test]
    fn pauses_double_up_to_the_last_try() {
        assert_eq!(pauses_ms(0.0, None, 1.0), [400, 800, 1_600, 3_200]);
        assert_eq!(pauses_ms(0.0, None, 0.5), [200, 400, 800, 1_600]);
        assert_eq!(
            pauses_ms(0.0, None, 0.0),
            [0, 0, 0, 0],
            "full jitter begins at zero"
        );
    }

    #[test]
    fn a_server_may_ask_for_more_within_limits() {
        assert_eq!(pauses_ms(0.0, Some(2_000.0), 1.0), [2_000, 2_000, 2_000, 3_200]);
        assert_eq!(
            pauses_ms(0.0, Some(3_600_000.0), 0.0),
            [10_000, 10_000],
            "an hour is not waited"
        );
        assert_eq!(pauses_ms(0.0, Some(-5.0), 0.0), [0, 0, 0, 0]);
    }

    #[test]
    fn answers_that_never_come_use_up_the_budget_sooner() {
        assert_eq!(pauses_ms(15_000.0, None, 0.5), [200]);
        assert_eq!(pauses_ms(30_000.0, None, 0.0), [0; 0]);
    }
}
