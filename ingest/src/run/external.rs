//! Files outside the lake that models ask for beside their tables.
//!
//! Invariant: such a file is made of rows that passed their checks, in the order in which the table has them, and appears whole
//! before the catalog names the table: a run that dies between the two writes it again.
//!
//! Entry points: [`Externals::open`], then [`Externals::write`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::data_files;
use crate::engine::Engine;
use crate::format::Format;
use crate::output::Output;
use crate::progress::Progress;
use crate::project::Project;
use crate::publish::GoldTable;
use crate::settings::ExecutionMode;
use crate::survey::Survey;

/// A file that a model asks for.
struct External {
    /// As the model says it.
    location: String,
    format: Format,
    output: Output,
}

/// Files of tables that are going to be made, by table.
#[derive(Default)]
pub(super) struct Externals(BTreeMap<String, External>);

impl Externals {
    /// The places of all files, checked before work is done for them.
    pub async fn open(project: &Project, survey: &Survey) -> anyhow::Result<Self> {
        let mut opened: BTreeMap<String, External> = BTreeMap::new();
        let mut known: BTreeMap<String, &Path> = BTreeMap::new();
        let work = survey
            .decisions
            .iter()
            .filter(|decision| decision.action.is_work())
            .filter_map(|decision| survey.graph.model(&decision.table));
        for planned in work {
            let model = &planned.model;
            let Some((location, format)) = &model.header.external else {
                continue;
            };
            let place = format!("{}: location", model.file.display());
            let is_file = !location.contains("://");
            if is_file && project.settings().execution_mode == ExecutionMode::Cloud {
                anyhow::bail!(
                    "{place} {location} is a file of this machine, and execution_mode is cloud: write s3://bucket/key"
                );
            }
            let address = if is_file {
                // Without `.` in it, so that a file has one name.
                let path: PathBuf = project.root.join(location).components().collect();
                path.to_string_lossy().into_owned()
            } else {
                location.clone()
            };
            if let Some(twin) = known.insert(address.clone(), &model.file) {
                anyhow::bail!(
                    "{place} {location} is that of {} too: write another one",
                    twin.display()
                );
            }
            let external = External {
                location: location.clone(),
                format: *format,
                output: Output::at(&place, &address, project).await?,
            };
            opened.insert(model.name.clone(), external);
        }
        Ok(Self(opened))
    }

    /// Writes the files of the tables of which rows were made. Returns where they are.
    pub async fn write(
        &self,
        engine: &Engine,
        tables: &[GoldTable],
        scratch: &Path,
        progress: &Progress,
    ) -> anyhow::Result<Vec<&str>> {
        let mut written = Vec::new();
        for table in tables.iter().filter(|table| !table.files.is_empty()) {
            let Some(external) = self.0.get(&table.manifest.table) else {
                continue;
            };
            progress.say(format!("writing {}", external.location));
            let paths: Vec<&Path> = table.files.iter().map(|file| file.path.as_path()).collect();
            let rows = data_files::select(&table.manifest.columns, &paths);
            let file = scratch.join("external");
            tokio::task::block_in_place(|| external.format.write(engine, &rows, &file)).with_context(
                || {
                    format!(
                        "cannot make {} of gold.{}",
                        external.location, table.manifest.table
                    )
                },
            )?;
            external
                .output
                .take(&file)
                .await
                .with_context(|| format!("gold.{} is not published", table.manifest.table))?;
            written.push(external.location.as_str());
        }
        Ok(written)
    }
}
