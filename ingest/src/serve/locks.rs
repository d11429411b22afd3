//! One writer per object key.
//!
//! Invariant: while a guard of a key lives, no other guard of that key exists.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Keys that are in use are kept; the others are swept once there are this many.
const SWEEP_AT: usize = 256;

type Lock = AsyncMutex<()>;

/// Locks by `bucket/key`.
#[derive(Debug, Default)]
pub(super) struct KeyLocks {
    locks: Mutex<HashMap<String, Weak<Lock>>>,
}

impl KeyLocks {
    /// Waits for the key to be free.
    pub(super) async fn lock(&self, bucket: &str, key: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            if locks.len() >= SWEEP_AT {
                locks.retain(|_, lock| lock.strong_count() > 0);
            }
            let entry = locks.entry(format!("{bucket}/{key}")).or_default();
            entry.upgrade().unwrap_or_else(|| {
                let lock = Arc::default();
                *entry = Arc::downgrade(&lock);
                lock
            })
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_has_one_guard_at_a_time_and_keys_do_not_wait_for_each_other() {
        let locks = KeyLocks::default();
        let first = locks.lock("b", "k").await;
        let _other_key = locks.lock("b", "l").await;
        let _other_bucket = locks.lock("c", "k").await;
        let mut second = Box::pin(locks.lock("b", "k"));
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn free_keys_are_swept_and_held_ones_kept() {
        let locks = KeyLocks::default();
        let held = locks.lock("b", "held").await;
        for key in 0..3 * SWEEP_AT {
            locks.lock("b", &key.to_string()).await;
        }
        assert!(locks.locks.lock().expect("not poisoned").len() <= SWEEP_AT);
        assert!(futures::poll!(Box::pin(locks.lock("b", "held"))).is_pending());
        drop(held);
    }
}
