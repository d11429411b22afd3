//! The last step: the catalog is replaced by compare-and-swap.
//!
//! Invariant: an answer that got lost is no failure. Whenever a replacement seems to have failed the catalog is read
//! again, and what it says decides: the client repeats requests by itself, so even "somebody else was first" may be
//! said of our own.
//!
//! Entry point: [`commit`].

use std::time::Duration;

use bytes::Bytes;
use catalog::{Catalog, TableEntry, keys};
use jiff::Timestamp;

use super::merge::{Merged, is_same_version, merge};
use super::{PublishError, Published, Wanted, read_catalog};
use crate::target::{Conflict, Target, TargetError, Version};

/// Lost races after which a run gives up.
const ATTEMPTS: u32 = 30;
/// Failures of the store after which a run gives up, beside those that the client survives by itself.
const FAILURES: u32 = 3;
const SHORTEST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Brings the entries into the catalog.
pub(super) async fn commit(
    target: &Target,
    lake: &str,
    wanted: &[Wanted],
    keep_snapshots: usize,
) -> Result<Published, PublishError> {
    let mut tried = Vec::new();
    let mut failed: Option<TargetError> = None;
    let mut failures = 0;
    for attempt in 0..ATTEMPTS {
        let (current, version) = match (read_catalog(target).await, failed.take()) {
            (Ok(read), Some(error)) if failures >= FAILURES && !is_in(wanted, read.as_ref()) => {
                return Err(error.into());
            }
            (Ok(Some((catalog, version))), _) => (catalog, Some(version)),
            (Ok(None), _) => (Catalog::empty(lake), None),
            (Err(read), Some(replace)) => {
                return Err(PublishError::Unknown {
                    replace: Box::new(replace),
                    read: Box::new(read),
                });
            }
            (Err(error), None) => return Err(error.into()),
        };
        let (next, changed) = match merge(&current, lake, wanted, keep_snapshots) {
            Merged::Overtaken(tables) => return Err(PublishError::Overtaken { tables }),
            Merged::Nothing => {
                return Ok(Published {
                    changed: arrived(tried, wanted, &current),
                    snapshot_id: current.snapshot_id,
                });
            }
            Merged::Next(next, changed) => (next, changed),
        };
        match replace(target, &next, version.as_ref()).await? {
            Ok(()) => {
                return Ok(Published {
                    snapshot_id: next.snapshot_id,
                    changed,
                });
            }
            Err(Conflict::Lost) => {}
            Err(Conflict::Failed(error)) => {
                failures += 1;
                failed = Some(error);
            }
        }
        tried = changed;
        tokio::time::sleep(pause(attempt)).await;
    }
    Err(PublishError::Crowded {
        attempts: ATTEMPTS,
        target: target.name.clone(),
    })
}

/// One attempt to replace the catalog. What seems to have failed may have taken effect.
pub(crate) async fn replace(
    target: &Target,
    next: &Catalog,
    seen: Option<&Version>,
) -> Result<Result<(), Conflict>, PublishError> {
    let json = serde_json::to_vec_pretty(next).map_err(|error| PublishError::Json {
        document: keys::CATALOG.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(target.replace(keys::CATALOG, Bytes::from(json), seen).await)
}

fn is_in(wanted: &[Wanted], read: Option<&(Catalog, Version)>) -> bool {
    let Some((catalog, _)) = read else {
        return false;
    };
    let is_same = |entry: &TableEntry| {
        let current = catalog.table(&entry.name);
        current.is_some_and(|current| is_same_version(current, entry))
    };
    wanted.iter().all(|wanted| is_same(&wanted.entry))
}

/// Those of the tables that we tried to change whose entry is the one that we wrote, by its time too.
fn arrived(tried: Vec<String>, wanted: &[Wanted], current: &Catalog) -> Vec<String> {
    let is_ours = |name: &String| {
        let entry = current.table(name);
        wanted.iter().any(|wanted| entry == Some(&wanted.entry))
    };
    tried.into_iter().filter(is_ours).collect()
}

/// Longer after each lost race, and not the same for two processes.
fn pause(attempt: u32) -> Duration {
    let longest = SHORTEST_PAUSE
        .saturating_mul(1 << attempt.min(10))
        .min(LONGEST_PAUSE);
    let share = getrandom::u32().unwrap_or_else(|_| std::process::id());
    longest.mul_f64(f64::from(share) / f64::from(u32::MAX))
}

/// The present as catalogs write it.
pub(crate) fn now() -> String {
    Timestamp::now()
        .round(jiff::Unit::Second)
        .unwrap_or_else(|_| Timestamp::now())
        .to_string()
}
