//! The lease under which garbage is removed.
//!
//! Whether an object is garbage is decided by its age, and no store removes an object only if it is still old. So who
//! removes and who is about to use an old object again must not miss each other. Who removes writes the lease first and
//! looks at the object's age after that; who uses makes the object young first and looks for the lease after that.
//! Both kinds of store are strongly consistent, so at least one of the two sees the other: either the object is
//! spared, or its user waits until the lease has gone and then writes the object again if it is missing.
//!
//! Invariant: nothing is removed but while a lease is held, and for no longer than [`USABLE`]. A lease that was left
//! behind is recognised without a clock that others share: it does not change for [`LAPSES_AFTER`].
//!
//! Entry points: [`Lease::take`], [`wait_until_free`].

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use object_store::ObjectStoreExt;

use super::{Conflict, Target, TargetError};

/// Beside the catalog, only while garbage is removed.
const KEY: &str = "gc.lease";
/// How long its holder may remove objects.
const USABLE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 60 });
/// How long others respect it: what was asked of the store within [`USABLE`] is answered or lost by then.
const LAPSES_AFTER: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 120 });
/// How often others look whether it has gone.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A lease that is held.
#[derive(Debug)]
pub(crate) struct Lease<'a> {
    target: &'a Target,
    until: Instant,
    /// When it was taken, by the clock that dates objects.
    pub taken_at: SystemTime,
}

impl<'a> Lease<'a> {
    /// Waits until nobody has the lease, and takes it.
    pub async fn take(target: &'a Target) -> Result<Self, TargetError> {
        loop {
            wait_until_free(target).await?;
            let until = Instant::now() + USABLE;
            let ours = nonce();
            if let Err(conflict) = target.replace(KEY, ours.clone(), None).await {
                // The answer may have got lost, and not the request.
                let is_ours = matches!(target.read(KEY).await?, Some((content, _)) if content == ours);
                match conflict {
                    _ if is_ours => {}
                    Conflict::Lost => continue,
                    Conflict::Failed(error) => return Err(error),
                }
            }
            if let Some(meta) = target.look(KEY).await? {
                return Ok(Self {
                    target,
                    until,
                    taken_at: meta.last_modified.into(),
                });
            }
        }
    }

    /// How long it may still be used.
    pub fn remaining(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Gives it back. One that has run out is left to lapse: it may be another's by now.
    pub async fn release(self) -> Result<(), TargetError> {
        if self.remaining().is_zero() {
            return Ok(());
        }
        remove(self.target).await
    }
}

/// Returns when nobody who had the lease before removes anything any more.
pub(crate) async fn wait_until_free(target: &Target) -> Result<(), TargetError> {
    let mut seen: Option<(Bytes, Instant)> = None;
    loop {
        let Some((content, _)) = target.read(KEY).await? else {
            return Ok(());
        };
        match &seen {
            Some((before, since)) if *before == content => {
                if since.elapsed() >= LAPSES_AFTER {
                    return remove(target).await;
                }
            }
            _ => seen = Some((content, Instant::now())),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn remove(target: &Target) -> Result<(), TargetError> {
    match target.store.delete(&target.path(KEY)?).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(target.failed("remove", KEY, &error)),
    }
}

/// No two leases are alike.
fn nonce() -> Bytes {
    let random = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
    format!("{random:016x} {}\n", jiff::Timestamp::now()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_those_that_want_the_lease_one_has_it_at_a_time() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let target = Target::at(folder.path()).expect("target");
        let first = Lease::take(&target).await.expect("free");
        let mut second = Box::pin(Lease::take(&target));
        assert!(
            tokio::time::timeout(LOOK_EVERY * 3, &mut second).await.is_err(),
            "the first one has it"
        );
        first.release().await.expect("released");
        let second = second.await.expect("free again");
        second.release().await.expect("released");
        assert!(!folder.path().join(KEY).exists());
    }

    #[tokio::test]
    async fn a_lease_that_was_left_behind_lapses_and_is_useless_before() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let target = Target::at(folder.path()).expect("target");
        let left = Lease::take(&target).await.expect("free");
        wait_until_free(&target).await.expect("lapsed");
        assert!(left.remaining().is_zero());
        let next = Lease::take(&target).await.expect("free");
        left.release().await.expect("nothing to release");
        assert!(folder.path().join(KEY).exists(), "it is the next one's");
        next.release().await.expect("released");
    }
}
