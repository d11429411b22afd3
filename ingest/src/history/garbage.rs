//! What lies below a gold root and is needed by nobody.
//!
//! Entry points: [`Census::take`] counts, [`remove`] removes.

use std::time::{Duration, SystemTime};

use catalog::Catalog;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use object_store::path::Path;
use serde::Serialize;

use crate::publish::references::{References, all_entries};
use crate::publish::{ReadError, read_published};
use crate::target::lease::Lease;
use crate::target::{Leftover, Target, TargetError};

/// Reports of runs, and lists of what they rejected, that stay however old they are.
const KEEP_REPORTS: usize = 100;
/// Objects that are removed under one lease.
const BATCH: usize = 500;
/// Objects that are looked at at once.
const AT_ONCE: usize = 16;

/// Objects of one kind.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub(super) struct Kind {
    /// What they are.
    pub kind: &'static str,
    /// How many there are.
    pub objects: usize,
    /// Their size.
    pub bytes: u64,
    /// How many stay because the catalog or its history names them, or because they are among the newest reports.
    pub in_use: usize,
    /// How many stay because they are younger than the grace period.
    pub young: usize,
    /// How many nobody needs.
    pub garbage: usize,
    /// Their size.
    pub garbage_bytes: u64,
}

/// What there is, and which of it is garbage.
#[derive(Debug)]
pub(super) struct Census {
    /// Figures.
    pub kinds: Vec<Kind>,
    garbage: Vec<ObjectMeta>,
    leftovers: Vec<Leftover>,
}

/// What was removed.
#[derive(Debug, Default)]
pub(super) struct Removed {
    /// Keys with the bucket's prefix; paths of temporary files.
    pub names: Vec<String>,
    /// Size of it all.
    pub bytes: u64,
    /// How much of the garbage stayed.
    pub left: usize,
}

impl Census {
    /// Lists everything, and reads the catalog after that, with all manifests and states that it and its history name.
    pub async fn take(target: &Target, before: SystemTime) -> Result<Self, ReadError> {
        let mut listed = Vec::new();
        for (kind, folder) in [
            ("data files", "tables"),
            ("manifests", "manifests"),
            ("states", "state"),
        ] {
            listed.push((kind, target.list(folder).await?));
        }
        let reports = [
            ("run reports", target.list("runs").await?),
            ("lists of rejected files", target.list("rejected").await?),
        ];
        let leftovers = target.leftovers().await?;
        let references = references(target).await?;
        let mut census = Self {
            kinds: Vec::new(),
            garbage: Vec::new(),
            leftovers: Vec::new(),
        };
        for (kind, objects) in listed {
            census.sort(kind, objects, before, |object, _| {
                references.contains(&object.location)
            });
        }
        for (kind, objects) in reports {
            census.sort(kind, newest_first(objects), before, |_, position| {
                position < KEEP_REPORTS
            });
        }
        census.sort_leftovers(leftovers, before);
        Ok(census)
    }

    fn sort(
        &mut self,
        kind: &'static str,
        objects: Vec<ObjectMeta>,
        before: SystemTime,
        is_in_use: impl Fn(&ObjectMeta, usize) -> bool,
    ) {
        let mut counts = Kind {
            kind,
            ..Kind::default()
        };
        for (position, object) in objects.into_iter().enumerate() {
            counts.objects += 1;
            counts.bytes += object.size;
            if is_in_use(&object, position) {
                counts.in_use += 1;
            } else if SystemTime::from(object.last_modified) > before {
                counts.young += 1;
            } else {
                counts.garbage += 1;
                counts.garbage_bytes += object.size;
                self.garbage.push(object);
            }
        }
        self.kinds.push(counts);
    }

    fn sort_leftovers(&mut self, leftovers: Vec<Leftover>, before: SystemTime) {
        let mut counts = Kind {
            kind: "temporary files",
            ..Kind::default()
        };
        for leftover in leftovers {
            counts.objects += 1;
            counts.bytes += leftover.bytes;
            if leftover.modified > before {
                counts.young += 1;
            } else {
                counts.garbage += 1;
                counts.garbage_bytes += leftover.bytes;
                self.leftovers.push(leftover);
            }
        }
        self.kinds.push(counts);
    }
}

fn newest_first(mut reports: Vec<ObjectMeta>) -> Vec<ObjectMeta> {
    reports.sort_by_key(|report| std::cmp::Reverse(report.last_modified));
    reports
}

/// What the catalog names now. While it is being read another one may be published: that one's references count too.
async fn references(target: &Target) -> Result<References, ReadError> {
    let mut references = References::default();
    let mut read: Option<Catalog> = None;
    loop {
        let (catalog, _) = read_published(target).await?;
        if read.as_ref() == Some(&catalog) {
            // Exports are read after the catalog: one that begins now finds its snapshot there.
            references.extend(References::of_exports(target).await?);
            return Ok(references);
        }
        references.extend(References::of(target, all_entries(&catalog)).await?);
        read = Some(catalog);
    }
}

/// Removes what is still as old as it was when it was counted.
pub(super) async fn remove(
    target: &Target,
    census: &Census,
    older_than: Duration,
) -> Result<Removed, TargetError> {
    let mut removed = Removed::default();
    for batch in census.garbage.chunks(BATCH) {
        let lease = Lease::take(target).await?;
        // Beyond the lease's time nothing is removed; what is left waits for the next `gc`.
        let work = async {
            let old = still_old(target, batch, &lease, older_than).await?;
            let paths: Vec<Path> = old.iter().map(|object| object.location.clone()).collect();
            target.remove(paths).await?;
            Ok::<_, TargetError>(old)
        };
        let done = tokio::time::timeout(lease.remaining(), work).await;
        lease.release().await?;
        let Ok(done) = done else {
            break;
        };
        for object in done? {
            removed.bytes += object.size;
            removed.names.push(object.location.to_string());
        }
    }
    removed.left = census.garbage.len() - removed.names.len();
    for leftover in &census.leftovers {
        remove_file(target, leftover)?;
        removed.bytes += leftover.bytes;
        removed.names.push(leftover.path.display().to_string());
    }
    Ok(removed)
}

async fn still_old(
    target: &Target,
    objects: &[ObjectMeta],
    lease: &Lease<'_>,
    older_than: Duration,
) -> Result<Vec<ObjectMeta>, TargetError> {
    let before = lease
        .taken_at
        .checked_sub(older_than)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let is_old = |meta: &ObjectMeta| SystemTime::from(meta.last_modified) <= before;
    futures::stream::iter(objects)
        .map(|object| async { Ok(target.look_at(&object.location).await?.filter(is_old)) })
        .buffered(AT_ONCE)
        .try_filter_map(|meta| async move { Ok(meta) })
        .try_collect()
        .await
}

fn remove_file(target: &Target, leftover: &Leftover) -> Result<(), TargetError> {
    match std::fs::remove_file(&leftover.path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(target.failed("remove", &leftover.path.display().to_string(), &error))
        }
        _ => Ok(()),
    }
}
