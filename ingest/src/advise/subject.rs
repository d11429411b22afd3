//! The table that is measured: its rows, or a sample of them, in DuckDB.
//!
//! Invariant: the sample is bounded, the same each time, and in the order of the table's files.
//!
//! Entry point: [`Subject::open`].

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use catalog::{Column, ColumnType, DataFile, TableManifest};

use super::candidate::Candidate;
use crate::data_files::{self, DataFiles};
use crate::engine::{Engine, sql};
use crate::gold;
use crate::project::{Layer, Model, Project};
use crate::publish::{read_manifest, read_published};
use crate::snapshot;
use crate::target::Target;

/// Published bytes that are read for a sample.
const FILES_BYTES: u64 = 1 << 30;
/// Published bytes that the sampled rows may have had: each layout is held in memory, file by file, and on disk as a whole.
const SAMPLE_BYTES: u64 = 256 << 20;
/// The rows, beside the view of that name in `gold`.
pub(super) const SAMPLE: &str = "staged.sample";

/// A table, and the layout that it has.
pub(super) struct Subject {
    pub engine: Engine,
    pub table: String,
    pub columns: Vec<Column>,
    /// Their types in DuckDB.
    pub duck_types: Vec<String>,
    /// Its model, where the project has one.
    pub model: Option<Model>,
    pub base: Candidate,
    /// Whether rows keep their order where no keys are declared.
    pub is_ordered: bool,
    /// Rows that are measured.
    pub rows: u64,
    /// Rows and bytes that are published.
    pub published: (u64, u64),
    /// Where layouts are written.
    pub folder: PathBuf,
}

impl Subject {
    /// Reads the table, or some of its rows, into DuckDB.
    pub async fn open(project: &Project, name: &str, most_rows: u64, scratch: &Path) -> anyhow::Result<Self> {
        let target = Target::open(project).await?;
        let (catalog, _) = read_published(&target).await?;
        let entry = snapshot::find(&target, &catalog, "current")?.table(&target, name)?;
        let manifest = read_manifest(&target, entry).await?;
        if manifest.rows == 0 {
            bail!(
                "{} has no rows, so no layout reads less than another",
                manifest.table
            );
        }
        let model = model(project, &manifest.table)?;
        let engine = Engine::open(scratch, &project.settings().resources()).context("cannot open DuckDB")?;
        let files = some(&manifest.files);
        let paths = DataFiles::new(&target, scratch)
            .local(&manifest.table, &files)
            .await?;
        let read_rows: u64 = files.iter().map(|file| file.rows).sum();
        let wanted = most_rows.min(rows_of(&manifest, SAMPLE_BYTES)).max(1);
        let part = read_rows.div_ceil(wanted);
        let select = data_files::select_published(&manifest.columns, &files, &paths);
        tokio::task::block_in_place(|| -> anyhow::Result<Self> {
            let described = engine.describe(&select)?;
            let written = gold::columns_of(&described)?;
            take(&engine, &manifest.table, &select, &written, part)?;
            let is_ordered = match &model {
                Some(model) => engine.parse(&model.sql)?.is_ordered,
                None => true,
            };
            let base = match &model {
                Some(model) => Candidate::of(&model.header),
                None => Candidate {
                    sort_keys: manifest.sort_keys.clone(),
                    partition_by: manifest.partition_by.clone(),
                    ..Candidate::of(&Default::default())
                },
            };
            Ok(Self {
                rows: engine.count(&format!("SELECT count(*) FROM {SAMPLE}"))?,
                duck_types: engine
                    .describe(&format!("SELECT * FROM {SAMPLE}"))?
                    .into_iter()
                    .map(|(_, kind)| kind)
                    .collect(),
                table: manifest.table.clone(),
                published: (manifest.rows, manifest.bytes),
                folder: scratch.join("layouts"),
                engine,
                columns: columns(&manifest, &written),
                model,
                base,
                is_ordered,
            })
        })
    }
}

/// The model of that name; none where the table comes from elsewhere.
fn model(project: &Project, table: &str) -> anyhow::Result<Option<Model>> {
    for model in project.models(Layer::Gold)? {
        match model {
            Ok(model) if model.name == table => return Ok(Some(model)),
            Err(error) if error.name == format!("gold.{table}") => return Err(error.into()),
            _ => {}
        }
    }
    Ok(None)
}

/// Files from all over the table, of so many bytes as may be read, at least one.
fn some(files: &[DataFile]) -> Vec<DataFile> {
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let step = usize::try_from(bytes.div_ceil(FILES_BYTES))
        .unwrap_or(usize::MAX)
        .max(1);
    files.iter().step_by(step).cloned().collect()
}

/// How many rows have so many bytes.
fn rows_of(manifest: &TableManifest, bytes: u64) -> u64 {
    let rows = u128::from(bytes) * u128::from(manifest.rows) / u128::from(manifest.bytes.max(1));
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// The columns as they are written: some types of foreign files become others.
fn columns(manifest: &TableManifest, written: &[gold::GoldColumn]) -> Vec<Column> {
    let columns = manifest.columns.iter().zip(written);
    columns
        .map(|(column, written)| Column {
            column_type: match &written.column_type {
                ColumnType::Other(_) => column.column_type.clone(),
                known => known.clone(),
            },
            ..column.clone()
        })
        .collect()
}

/// Makes the table's view, and its rows, or one in so many of them, a table. Which rows is decided by a hash of their
/// place, so that what comes again and again in the table is not always hit, or missed.
fn take(
    engine: &Engine,
    table: &str,
    select: &str,
    written: &[gold::GoldColumn],
    part: u64,
) -> anyhow::Result<()> {
    let columns: Vec<&str> = written.iter().map(|column| column.expression.as_str()).collect();
    let columns = columns.join(", ");
    let rows = if part > 1 {
        format!(
            "SELECT {columns} FROM (SELECT *, row_number() OVER () AS \"place of the row\" FROM ({select})) \
             WHERE hash(\"place of the row\") % {part} = 0"
        )
    } else {
        format!("SELECT {columns} FROM ({select})")
    };
    engine.execute(&format!(
        "CREATE VIEW gold.{} AS {select}; CREATE TABLE {SAMPLE} AS {rows}",
        sql::identifier(table)
    ))?;
    Ok(())
}
