//! What there is before a run: models, raw files, the published lake; and what follows from it.
//!
//! Invariant: taking a survey changes nothing, and reads no data, except where nothing else tells a version. What sources
//! hold is looked at after the catalog was read, so that the published state is never newer than the listing.
//!
//! Entry point: [`Survey::take`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use catalog::{Catalog, TableEntry};
use futures::{StreamExt, TryStreamExt, stream};

use crate::engine::Engine;
use crate::plan::{Decision, Graph, Listed, Name, Names, Options, Published, Selection, Situation, decide};
use crate::project::{Layer, Project};
use crate::publish::{ReadError, read_catalog, read_manifest};
use crate::source::{self, SourceError};
use crate::state::{self, InputFile, TableState};
use crate::target::Target;

/// Documents that are read at the same time.
const READS: usize = 16;
/// Where files are that had to be fetched before it was known whether they are needed.
const LISTED: &str = "listed";

/// What there is, and what a run would do.
#[derive(Debug)]
pub struct Survey {
    /// Models and checks.
    pub graph: Graph,
    /// Sources by name with their files.
    pub sources: BTreeMap<String, Listed>,
    /// The catalog; none where nothing was published yet.
    pub catalog: Option<Catalog>,
    /// Published versions of the project's gold tables by name.
    pub published: BTreeMap<String, Published>,
    /// What happens to each selected gold table.
    pub decisions: Vec<Decision>,
    /// Models that are wanted.
    pub selected: BTreeSet<Name>,
    /// Whether no model is left out.
    pub is_all: bool,
}

impl Survey {
    /// Looks at the project and the target.
    pub async fn take(
        project: &Project,
        target: &Target,
        engine: &Engine,
        selection: &Selection,
        options: &Options,
        scratch: &Path,
    ) -> anyhow::Result<Self> {
        let mut models = project.models(Layer::Silver)?;
        models.extend(project.models(Layer::Gold)?);
        if models.is_empty() {
            anyhow::bail!(
                "the project in {} has no models: write a SELECT to models/gold/NAME.sql, it becomes the table NAME",
                project.root.display()
            );
        }
        let checks = project.check_files()?;
        let source_names: BTreeSet<String> = project.sources().map(|(name, _)| name.to_owned()).collect();
        let names = Names::new(&source_names, &models);
        let graph = tokio::task::block_in_place(|| Graph::of(engine, names, models, checks));
        let selected = selection.of(&graph).map_err(anyhow::Error::msg)?;
        // Listed after the catalog was read: files that another run has taken in by then are in the listing, and what
        // comes later makes this run's base an overtaken one. The other way round they would seem to be gone.
        let catalog = read_catalog(target).await?.map(|(catalog, _)| catalog);
        let (sources, published) = futures::join!(
            list(project, &graph, &selected, selection.is_all(), scratch),
            read_tables(target, &graph, catalog.as_ref())
        );
        let (mut sources, published) = (sources, published?);
        // What is made anew is asked for all rows.
        if !options.full_refresh {
            look(&mut sources, &published, &scratch.join(LISTED)).await;
        }
        let decisions = decide(&Situation {
            graph: &graph,
            sources: &sources,
            published: &published,
            options,
            selected: &selected,
        });
        Ok(Self {
            graph,
            sources,
            catalog,
            published,
            decisions,
            selected,
            is_all: selection.is_all(),
        })
    }
}

/// Finds the files of the sources that are wanted: of all where no model is left out.
async fn list(
    project: &Project,
    graph: &Graph,
    selected: &BTreeSet<Name>,
    is_all: bool,
    scratch: &Path,
) -> BTreeMap<String, Listed> {
    let folder = &scratch.join(LISTED);
    let needed = everything_read(graph, selected);
    let wanted = project
        .sources()
        .filter(|(name, _)| is_all || needed.contains(&Name::of_source(name)));
    let listings = wanted.map(|(name, config)| async move {
        let listed = match config {
            Ok(config) => source::list(project, &config, folder)
                .await
                .map(|files| (config, files)),
            Err(error) => Err(SourceError::one(error)),
        };
        (name.to_owned(), listed)
    });
    stream::iter(listings).buffer_unordered(READS).collect().await
}

/// Looks closer at what came since versions of tables were made.
async fn look(
    sources: &mut BTreeMap<String, Listed>,
    published: &BTreeMap<String, Published>,
    folder: &Path,
) {
    let states: Vec<&TableState> = published
        .values()
        .filter_map(|table| table.state.as_ref())
        .collect();
    let asking = sources.iter_mut().map(|(name, listed)| {
        let recorded = states.iter().filter_map(|state| state.inputs.get(name)).flatten();
        let recorded: Vec<&InputFile> = recorded.collect();
        async move {
            if let Ok((_, files)) = listed
                && let Err(error) = source::look(files, &recorded, folder).await
            {
                *listed = Err(error);
            }
        }
    });
    stream::iter(asking).buffer_unordered(READS).collect::<()>().await;
}

/// All that making and checking these tables reads: tables, what checks compare with, what check files read.
fn everything_read(graph: &Graph, selected: &BTreeSet<Name>) -> BTreeSet<Name> {
    let mut needed = graph.ancestors(selected);
    loop {
        let compared = needed
            .iter()
            .filter_map(|name| graph.model(name))
            .flat_map(|model| &model.compares);
        let checked = graph
            .checks
            .iter()
            .filter(|check| !graph.guarded_by(check).is_disjoint(selected))
            .flat_map(|check| &check.reads);
        let more = graph.ancestors(compared.chain(checked));
        let before = needed.len();
        needed.extend(more);
        if needed.len() == before {
            return needed;
        }
    }
}

async fn read_tables(
    target: &Target,
    graph: &Graph,
    catalog: Option<&Catalog>,
) -> anyhow::Result<BTreeMap<String, Published>> {
    let entries = catalog.map_or(&[][..], |catalog| &catalog.tables);
    let is_ours = |entry: &&TableEntry| graph.gold().any(|model| model.model.name == entry.name);
    let reads = entries.iter().filter(is_ours).map(|entry| async move {
        let (manifest, state) = futures::join!(read_manifest(target, entry), state::read(target, entry));
        let manifest = match manifest {
            Ok(manifest) => Some(manifest),
            // A run is the remedy.
            Err(ReadError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        let published = Published {
            entry: entry.clone(),
            manifest,
            state: state?,
        };
        Ok((entry.name.clone(), published))
    });
    stream::iter(reads)
        .buffer_unordered(READS)
        .try_collect()
        .await
        .with_context(|| format!("cannot tell what is published at target {}", target.name))
}
