//! What a person sees while long steps run.
//!
//! Invariant: each step is announced before it starts and closed with its time, on standard error, so that
//! standard output carries only what the commands themselves print.
//!
//! Entry points: [`step`], [`duration`].

use anyhow::Result;
use std::time::{Duration, Instant};

/// Runs `work` under a heading that says what is done and why.
pub fn step<T>(what: &str, why: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("\n==> {what} ({why})");
    let started = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "failed" };
    eprintln!("    {verdict}: {what}, {}", duration(started.elapsed()));
    result
}

/// A duration as a person says it: `0.4 s`, `12 s`, `3 min 05 s`.
pub fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", elapsed.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_read_well_at_each_scale() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(12)), "12 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
