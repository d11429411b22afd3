//! The published tables that a statement names.
//!
//! Invariant: a statement that names files and objects alone needs no project, and no catalog is read for it.
//!
//! Entry point: [`Lake::open`].

use std::collections::BTreeSet;
use std::path::Path;

use catalog::Catalog;

use super::hollow::{Hollows, Object};
use super::make_view;
use super::objects::is_address;
use crate::cli::ProjectArgs;
use crate::data_files::{self, DataFiles};
use crate::engine::{Engine, Reference, Statement, UnusableSql};
use crate::project::{Project, ProjectError};
use crate::publish::{read_manifest, read_published};
use crate::target::{Location, Target};

/// A statement as DuckDB's parser takes it; none where none was given.
type Parsed<'a> = Option<&'a Result<Statement, UnusableSql>>;

/// A target and its catalog.
#[derive(Debug)]
pub(super) struct Lake {
    pub target: Target,
    pub catalog: Catalog,
}

/// The project; where the folder is none, its settings all the same, and what is to be said if a project is needed.
pub(super) fn project(args: &ProjectArgs) -> Result<(Project, Option<ProjectError>), ProjectError> {
    match args.load() {
        Ok(project) => Ok((project, None)),
        Err(absent @ ProjectError::NoProject { .. }) => Ok((
            Project::without_file(&args.project, None, &args.flags)?,
            Some(absent),
        )),
        Err(error) => Err(error),
    }
}

/// Whether the statement cannot do without a catalog: it names a table, or nobody can tell.
pub(super) fn is_needed(parsed: Parsed<'_>) -> bool {
    match parsed {
        Some(Ok(statement)) => statement.references.iter().any(|reference| !is_file(reference)),
        Some(Err(UnusableSql::NotOneSelect(_))) | None => true,
        Some(Err(_)) => false,
    }
}

/// A table's name has neither a dot nor a slash, a file's has.
fn is_file(reference: &Reference) -> bool {
    is_address(&reference.table) || reference.table.contains(['.', '/', '\\'])
}

impl Lake {
    /// The catalog of the project's target; none where the statement names files alone.
    pub async fn open(project: &Project, parsed: Parsed<'_>) -> anyhow::Result<Option<Self>> {
        let names_files_only = matches!(parsed, Some(Ok(statement))
            if !statement.references.is_empty() && statement.references.iter().all(is_file));
        if names_files_only {
            return Ok(None);
        }
        let target = Target::open(project).await?;
        let (catalog, _) = read_published(&target).await?;
        Ok(Some(Self { target, catalog }))
    }

    /// Makes a view for each table that the statement names. Files in a bucket are read by ranges where it is known what the
    /// statement reads, and else fetched whole.
    pub async fn view<'a>(
        &'a self,
        engine: &Engine,
        parsed: &Result<Statement, UnusableSql>,
        scratch: &Path,
        hollows: &mut Hollows<'a>,
    ) -> anyhow::Result<()> {
        let files = DataFiles::new(&self.target, scratch);
        let by_ranges = parsed.is_ok() && matches!(self.target.location, Location::S3 { .. });
        for table in self.named(parsed) {
            let Some(entry) = self.catalog.table(&table) else {
                continue;
            };
            let manifest = read_manifest(&self.target, entry).await?;
            if by_ranges {
                let objects = manifest
                    .files
                    .iter()
                    .map(|file| Object::published(&self.target, &table, file))
                    .collect::<Result<_, _>>()?;
                hollows
                    .add(engine, &table, Some(&manifest), objects, &self.target.traffic)
                    .await?;
            } else {
                let paths = files.local(&manifest.table, &manifest.files).await?;
                make_view(
                    engine,
                    &table,
                    &data_files::select_published(&manifest.columns, &manifest.files, &paths),
                )?;
            }
        }
        Ok(())
    }

    /// The tables that the SQL reads; all where it names none, as SHOW TABLES, or only DuckDB can tell, as for PIVOT.
    fn named(&self, parsed: &Result<Statement, UnusableSql>) -> BTreeSet<String> {
        match parsed {
            Ok(statement) if !statement.references.is_empty() => statement
                .references
                .iter()
                .map(|reference| reference.table.clone())
                .collect(),
            Err(UnusableSql::Syntax { .. }) => BTreeSet::new(),
            _ => self
                .catalog
                .tables
                .iter()
                .map(|table| table.name.clone())
                .collect(),
        }
    }
}
