//! Whether a table may be made without raw files that cannot be read.
//!
//! Invariant: rows that are published do not go because their file cannot be read any more, and files that are mended
//! later come into the table as if they had been read at once.
//!
//! Entry point: [`check`].

use super::build::Site;
use crate::engine::Context;
use crate::plan::{Decision, Increment, PlannedModel};
use crate::project::Strategy;

/// Fails where the table is not to be made without the files that were left out in the context.
pub(super) fn check(
    site: &Site<'_>,
    planned: &PlannedModel,
    decision: &Decision,
    context: &Context,
    increment: Option<&Increment>,
) -> Result<(), String> {
    let tables = site.tables;
    let published = tables.published.get(&decision.table.table);
    let incremental = planned.model.header.incremental();
    for name in tables.graph.made_of(planned) {
        if name.schema != "source" {
            continue;
        }
        let rejected = tables.rejected(context, &name.table);
        let Some(first) = rejected.first() else {
            continue;
        };
        let says = |why: &str| Err(format!("{first} of {name} cannot be read, and {why}"));
        if let Some(incremental) = &incremental {
            if incremental.input.as_deref() != Some(name.table.as_str()) {
                return says(
                    "a table that grows would not be corrected when the file is mended: mend it, or move it away",
                );
            }
            if matches!(
                incremental.strategy,
                Strategy::PartitionOverwrite | Strategy::DeleteInsert
            ) {
                return says(
                    "with this strategy a file that comes later replaces rows of those that came before: mend the file, \
                     or move it away",
                );
            }
        }
        if increment.is_some() || site.full_refresh {
            continue;
        }
        let Some(published) = published else {
            continue;
        };
        let lost = published.state.as_ref().map_or(Some(first), |state| {
            let before = state.inputs.get(&name.table)?;
            rejected
                .iter()
                .find(|path| before.iter().any(|file| file.path == **path))
        });
        if let Some(lost) = lost {
            return Err(format!(
                "{lost} of {name} cannot be read, and the published version has its rows: they would be lost. Mend the \
                 file, or accept the loss with --full-refresh"
            ));
        }
    }
    Ok(())
}
