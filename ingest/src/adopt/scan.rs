//! What only rows tell of a table: how many values a column has, which are frequent, how they are spread.
//!
//! Invariant: the statistics are those that a run writes for the same rows.
//!
//! Entry points: [`Scan::begin`], [`Scan::describe`].

use anyhow::Context;
use catalog::TableManifest;

use crate::data_files::{self, DataFiles};
use crate::engine::Engine;
use crate::gold::{Description, TableSketch, complete, describe};
use crate::scratch::Scratch;
use crate::settings::Settings;
use crate::target::Target;

/// Reads files of the target.
pub(super) struct Scan {
    target: Target,
    engine: Engine,
    /// Where files of a bucket are put, table by table.
    scratch: Scratch,
}

impl Scan {
    /// Opens DuckDB in a scratch folder.
    pub fn begin(target: &Target, settings: &Settings) -> anyhow::Result<Self> {
        let scratch = Scratch::begin(settings)?;
        Ok(Self {
            target: target.clone(),
            engine: Engine::open(scratch.path(), &settings.resources()).context("cannot open DuckDB")?,
            scratch,
        })
    }

    /// The same manifest with the statistics of all rows.
    pub async fn describe(&self, manifest: TableManifest) -> anyhow::Result<TableManifest> {
        let folder = self.scratch.path().join("scanned");
        let TableManifest {
            table,
            columns,
            mut files,
            rows,
            partition_by,
            ..
        } = manifest;
        let paths = DataFiles::new(&self.target, &folder)
            .local(&table, &files)
            .await?;
        let sketch = tokio::task::block_in_place(|| {
            for (file, path) in files.iter_mut().zip(&paths) {
                complete(&self.engine, &columns, file, path)?;
            }
            let rows = data_files::select_published(&columns, &files, &paths);
            TableSketch::of_rows(&self.engine, &columns, &format!("({rows})"))
        })
        .context("cannot read its rows")?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        anyhow::ensure!(
            sketch.rows() == rows,
            "its files hold {} rows, and their footers say {rows}: a file was replaced while it was read, run again",
            sketch.rows(),
        );
        let description = Description {
            partition_by,
            ..Description::default()
        };
        Ok(describe(&table, columns, files, &sketch, description))
    }
}

/// Whether the rows of the version were read.
pub(super) fn is_scanned(manifest: &TableManifest) -> bool {
    let mut columns = manifest.columns.iter();
    columns.any(|column| column.statistics.distinct_count.is_some())
}
