//! The verb `gc`: removes what no snapshot needs any more.
//!
//! Invariant: an object that the catalog or its history names is never removed, whatever else goes on. That rests on
//! these:
//!
//! 1. Objects are listed first and the catalog is read after that, with everything that it and its history name. If
//!    something of that cannot be read, nothing is removed.
//! 2. What was put since the listing is not in the list. What a run has put and not yet published is young: younger than
//!    the grace period, which has to be longer than a run takes from its first upload to its end.
//! 3. A run that finds an object there already, which is old and which nothing names, makes it young before it counts on
//!    it. Each object is looked at again right before it is removed, under the lease of [`crate::target::lease`], so
//!    that either its new age is seen here, or the run sees the lease, waits, and writes the object again.
//! 4. `rollback` names only what the history named before: that is not removed either.
//! 5. What an export in the target reads counts as named, by [`crate::export::hold`].
//!
//! Ages are told by the clock of the store, which dates the lease as well as the objects.
//!
//! Parts of uploads that a killed run left in a bucket are no objects: a lifecycle rule of the bucket
//! (`AbortIncompleteMultipartUpload`) clears them.
//!
//! Entry point: [`gc`].

use std::time::{Duration, SystemTime};

use anyhow::Context;
use serde::Serialize;

use super::garbage::{Census, Kind, Removed, remove};
use crate::cli::ProjectArgs;
use crate::print;
use crate::progress::Progress;
use crate::target::Target;

/// Removes objects that neither the catalog nor its history names.
#[derive(Debug, clap::Args)]
pub struct GcArgs {
    /// Grace period: what is younger stays. It must be longer than a run takes that goes on at the same time [default: the
    /// setting gc_grace].
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    older_than: Option<Duration>,
    /// Show what would be removed, and remove nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Serialize)]
struct Figures<'a> {
    dry_run: bool,
    older_than_seconds: u64,
    kinds: &'a [Kind],
    removed_bytes: u64,
    removed: &'a [String],
}

/// Removes garbage and tells what it was.
pub async fn gc(args: &GcArgs) -> anyhow::Result<()> {
    let project = args.project.load()?;
    let settings = project.settings();
    let target = Target::open(&project).await?;
    let progress = Progress::start(settings);
    progress.say("looking for what nothing names");
    let grace = args.older_than.unwrap_or(settings.gc_grace);
    let before = SystemTime::now()
        .checked_sub(grace)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let census = Census::take(&target, before)
        .await
        .context("nothing was removed, because what is in use is not known")?;
    let mut removed = Removed::default();
    if !args.dry_run {
        progress.say("removing it");
        removed = remove(&target, &census, grace).await?;
    }
    progress.finish();
    if args.json {
        let figures = Figures {
            dry_run: args.dry_run,
            older_than_seconds: grace.as_secs(),
            kinds: &census.kinds,
            removed_bytes: removed.bytes,
            removed: &removed.names,
        };
        print::out(serde_json::to_string_pretty(&figures)?);
    } else {
        tell(args, grace, &target, &census.kinds, &removed);
    }
    Ok(())
}

fn tell(args: &GcArgs, grace: Duration, target: &Target, kinds: &[Kind], removed: &Removed) {
    let mut table = print::table(&["objects", "there", "in use", "young", "garbage", "size of it"]);
    let count = |count: usize| print::number(print::thousands(count as u64));
    for kind in kinds {
        table.add_row(vec![
            kind.kind.into(),
            count(kind.objects),
            count(kind.in_use),
            count(kind.young),
            count(kind.garbage),
            print::number(print::bytes(kind.garbage_bytes)),
        ]);
    }
    print::out(table);
    let place = format!("{} ({})", target.name, target.address);
    if args.dry_run {
        print::out(format!("nothing was removed from {place}: this was a dry run"));
        return;
    }
    print::out(format!(
        "removed {} of {} from {place}; what is younger than {} stays",
        print::counted(removed.names.len() as u64, "object"),
        print::bytes(removed.bytes),
        humantime::format_duration(grace),
    ));
    if removed.left > 0 {
        print::out(format!(
            "{} stayed: put again or removed meanwhile, or time ran out; the next `ingest gc` looks at them again",
            print::counted(removed.left as u64, "object")
        ));
    }
}
