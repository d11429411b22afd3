//! The largest memory of the process while a step runs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use memory_stats::memory_stats;

const EVERY: Duration = Duration::from_millis(20);

/// Looks at the process's memory from time to time, for all steps that run.
pub(super) struct MemoryWatch {
    steps: Arc<Mutex<Vec<Weak<AtomicU64>>>>,
    is_over: Arc<AtomicBool>,
}

/// The peak of one step.
pub(super) struct Peak(Arc<AtomicU64>);

impl MemoryWatch {
    /// Begins to look.
    pub fn begin() -> Self {
        let steps: Arc<Mutex<Vec<Weak<AtomicU64>>>> = Arc::default();
        let is_over = Arc::new(AtomicBool::new(false));
        let (watched, over) = (steps.clone(), is_over.clone());
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                look(&watched);
                std::thread::sleep(EVERY);
            }
        });
        Self { steps, is_over }
    }

    /// A step begins.
    pub fn step(&self) -> Peak {
        let peak = Arc::new(AtomicU64::new(0));
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.retain(|step| step.strong_count() > 0);
        steps.push(Arc::downgrade(&peak));
        drop(steps);
        look(&self.steps);
        Peak(peak)
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl Peak {
    /// The largest resident memory seen so far, in bytes; none where the system does not tell.
    pub fn bytes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }
}

fn look(steps: &Mutex<Vec<Weak<AtomicU64>>>) {
    let Some(memory) = memory_stats() else { return };
    for step in steps.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        if let Some(peak) = step.upgrade() {
            peak.fetch_max(memory.physical_mem as u64, Ordering::Relaxed);
        }
    }
}
