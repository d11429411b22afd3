//! One table as one CSV file: a header, commas, quotes as RFC 4180 has them, NULL as an empty field.
//!
//! Entry point: [`write`].

use std::path::Path;

use anyhow::Context;
use catalog::TableManifest;

use crate::data_files::{self, DataFiles};
use crate::engine::{Engine, sql};
use crate::project::Project;
use crate::scratch::Scratch;
use crate::target::Target;

/// Writes the rows, in the order of the table's files.
pub(super) async fn write(
    project: &Project,
    target: &Target,
    manifest: &TableManifest,
    scratch: &Scratch,
    file: &Path,
) -> anyhow::Result<()> {
    let engine =
        Engine::open(scratch.path(), &project.settings().resources()).context("cannot open DuckDB")?;
    let files = DataFiles::new(target, scratch.path());
    let paths = files.local(&manifest.table, &manifest.files).await?;
    let select = data_files::select_published(&manifest.columns, &manifest.files, &paths);
    let to = sql::text(&file.to_string_lossy());
    tokio::task::block_in_place(|| engine.execute(&format!("COPY ({select}) TO {to} (FORMAT csv, HEADER)")))?;
    Ok(())
}
