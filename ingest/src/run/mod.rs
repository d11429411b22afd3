//! The verb `run`: sources, silver, gold, checks, publish.
//!
//! Invariant: what fails is named and keeps out what depends on it, nothing else; only tables that passed all
//! their checks are published, all of them in one snapshot.
//!
//! Entry point: [`run`].

mod assess;
mod build;
mod checks;
mod model;
mod report;
mod step;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use catalog::{Catalog, TableManifest};

use crate::cli::ProjectArgs;
use crate::engine::{Engine, Resources};
use crate::progress::Progress;
use crate::project::{Layer, Project};
use crate::publish::{KEEP_SNAPSHOTS, ReadError, publish, read_catalog, read_manifest};
use crate::scratch::Scratch;
use crate::source::{self, SourceError};
use crate::target::Target;

use build::{Build, Inputs, LocatedSource};
use report::Ending;

/// Runs the models, checks the results, publishes the gold tables.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    resources: Resources,
}

/// Runs the project. Fails at once where the project or the target is unusable; a source, model or check that
/// fails is reported at the end, and the exit code says so.
pub async fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let project = Project::load(&args.project.project)?;
    let target = Target::open(&project, args.project.target.as_deref())?;
    let published = read_catalog(&target).await?.map(|(catalog, _)| catalog);
    let previous = previous_manifests(&target, published.as_ref()).await?;
    let mut models = project.models(Layer::Silver)?;
    models.extend(project.models(Layer::Gold)?);
    if models.is_empty() {
        anyhow::bail!(
            "the project in {} has no models: write a SELECT to models/gold/NAME.sql, it becomes the table NAME",
            project.root.display()
        );
    }
    let checks = project.check_files()?;
    let scratch = Scratch::begin()?;
    let progress = Progress::start();
    let inputs = Inputs {
        sources: locate(&project, scratch.path(), &progress).await,
        models,
        checks,
        previous,
    };
    let engine = Engine::open(scratch.path(), &args.resources).context("cannot open DuckDB")?;
    let folder = scratch.path().join("gold");
    let build_progress = progress.clone();
    let mut built =
        tokio::task::spawn_blocking(move || Build::run(&engine, inputs, &folder, &build_progress)).await?;
    for table in &mut built.tables {
        let base = published
            .as_ref()
            .and_then(|catalog| catalog.table(&table.manifest.table));
        table.base = base.cloned();
    }
    let ending = if built.tables.is_empty() {
        Ending::Nothing
    } else {
        let publication = publish(&target, &project.name, built.tables, KEEP_SNAPSHOTS, &progress);
        Ending::Published(publication.await?)
    };
    progress.finish();
    report::print(&target, &built.steps, &ending, started.elapsed());
    let failed = built.steps.iter().any(|step| !step.outcome.is_done());
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

async fn locate(project: &Project, scratch: &Path, progress: &Progress) -> Vec<LocatedSource> {
    let mut located = Vec::new();
    for (name, config) in project.sources() {
        progress.say(format!("finding source.{name}"));
        let files = match config {
            Ok(config) => {
                let stage = scratch.join("sources").join(name);
                source::locate(project, &config, &stage)
                    .await
                    .map(|files| (config, files))
            }
            Err(error) => Err(SourceError::one(error)),
        };
        located.push(LocatedSource {
            name: name.to_owned(),
            files,
        });
    }
    located
}

/// What readers see now: columns keep their field ids from one version of a table to the next.
async fn previous_manifests(
    target: &Target,
    published: Option<&Catalog>,
) -> anyhow::Result<BTreeMap<String, TableManifest>> {
    let mut manifests = BTreeMap::new();
    if let Some(catalog) = published {
        for entry in &catalog.tables {
            match read_manifest(target, entry).await {
                Ok(manifest) => {
                    manifests.insert(entry.name.clone(), manifest);
                }
                // This run is the remedy.
                Err(ReadError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(manifests)
}
