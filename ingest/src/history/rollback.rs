//! The verb `rollback`: the catalog goes back to an earlier snapshot.
//!
//! Invariant: the catalog only goes back to what is whole: every object of the snapshot was looked at before, and `gc`
//! removes none that the history names. The snapshot that was current goes to the history.
//!
//! Entry point: [`rollback`].

use catalog::{Catalog, TableEntry};
use futures::{StreamExt, TryStreamExt};

use super::restore::Restoration;
use crate::cli::ProjectArgs;
use crate::print;
use crate::publish::references::References;
use crate::publish::{ReadError, read_published, replace, successor};
use crate::target::{Conflict, Target};

/// Objects that are looked at at once.
const AT_ONCE: usize = 16;

/// Goes back to an earlier snapshot; the next run takes in again what came since.
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    /// Tables that go back; all of them where none is named.
    tables: Vec<String>,
    /// The snapshot to go back to [default: the one before].
    #[arg(long, value_name = "SNAPSHOT")]
    to: Option<String>,
    #[command(flatten)]
    project: ProjectArgs,
}

/// Replaces the catalog by one with the tables of an earlier snapshot. Fails, and changes nothing, where there is no such
/// snapshot or table, where an object of it is gone, and where somebody publishes at the same time.
pub async fn rollback(args: &RollbackArgs) -> anyhow::Result<()> {
    let project = args.project.load()?;
    let settings = project.settings();
    let target = Target::open(&project).await?;
    let (current, version) = read_published(&target).await?;
    let restoration = Restoration::of(&current, args.to.as_deref(), &args.tables)?;
    if !restoration.changes.values().any(super::restore::Change::is_any) {
        print::out(format!(
            "nothing to do: these tables are as in snapshot {}",
            restoration.snapshot.snapshot_id
        ));
        return Ok(());
    }
    let entries = restoration
        .changes
        .values()
        .filter_map(|change| change.then.as_ref());
    refuse_if_damaged(&target, &restoration.snapshot.snapshot_id, entries).await?;
    let tables = restoration.tables.clone();
    let next = successor(&current, &current.name, tables, settings.keep_snapshots);
    if let Err(conflict) = replace(&target, &next, Some(&version)).await? {
        settle(&target, &next, conflict).await?;
    }
    tell(&target, &current, &next, &restoration);
    Ok(())
}

async fn refuse_if_damaged(
    target: &Target,
    snapshot: &str,
    entries: impl Iterator<Item = &TableEntry>,
) -> anyhow::Result<()> {
    let references = match References::of(target, entries).await {
        Ok(references) => references,
        Err(ReadError::Missing { key, .. }) => anyhow::bail!(
            "snapshot {snapshot} is not whole any more: {key} is gone from target {}. Nothing was changed",
            target.name
        ),
        Err(error) => return Err(error.into()),
    };
    let damaged: Vec<String> = futures::stream::iter(references.iter())
        .map(|(path, bytes)| async move {
            let found = target.look_at(path).await?;
            let is_whole = found.is_some_and(|meta| bytes.is_none_or(|bytes| bytes == meta.size));
            Ok::<_, anyhow::Error>((!is_whole).then(|| path.to_string()))
        })
        .buffered(AT_ONCE)
        .try_filter_map(|damaged| async move { Ok(damaged) })
        .try_collect()
        .await?;
    if damaged.is_empty() {
        return Ok(());
    }
    anyhow::bail!(
        "snapshot {snapshot} is not whole any more: at target {} gone or of another size: {}. Nothing was changed",
        target.name,
        damaged.join(", ")
    )
}

/// What seems to have failed may have taken effect.
async fn settle(target: &Target, next: &Catalog, conflict: Conflict) -> anyhow::Result<()> {
    let (current, _) = read_published(target).await?;
    if current == *next {
        return Ok(());
    }
    match conflict {
        Conflict::Lost => anyhow::bail!(
            "somebody published to target {} at the same time, so nothing was changed: see `ingest show`, and run again",
            target.name
        ),
        Conflict::Failed(error) => Err(error.into()),
    }
}

fn tell(target: &Target, before: &Catalog, after: &Catalog, restoration: &Restoration) {
    let shown = |entry: &Option<TableEntry>| match entry {
        Some(entry) => format!("{} of {}", print::counted(entry.rows, "row"), entry.updated_at),
        None => String::new(),
    };
    let mut table = print::table(&["table", "before", "now", "change"]);
    for (name, change) in &restoration.changes {
        let what = match (&change.now, &change.then) {
            _ if !change.is_any() => "none",
            (_, None) => "removed",
            (None, _) => "there again",
            _ => "went back",
        };
        table.add_row(vec![
            name.clone(),
            shown(&change.now),
            shown(&change.then),
            what.to_owned(),
        ]);
    }
    print::out(table);
    print::out(format!(
        "{} at {} ({}) is as in snapshot {} of {}{}",
        after.name,
        target.name,
        target.address,
        restoration.snapshot.snapshot_id,
        restoration.snapshot.published_at,
        if after.snapshot_id == restoration.snapshot.snapshot_id {
            String::new()
        } else {
            format!(" for these tables: snapshot {}", after.snapshot_id)
        }
    ));
    print::out(format!(
        "The next `ingest run` takes in again what came since then. `ingest rollback --to {}` undoes this.",
        before.snapshot_id
    ));
}
