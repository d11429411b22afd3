//! Parquet in a bucket, read by ranges: the columns that a statement looks at, and where a LIMIT lets the first rows do, their
//! row groups. DuckDB, which has no S3 client of its own here, reads files of this machine that have holes elsewhere.
//!
//! Invariant: an object is read in the version that was listed or published, or the statement fails.
//!
//! Entry points: [`Hollows::add`], then [`Hollows::fill`].

mod demand;
mod file;

use std::path::{Path, PathBuf};

use catalog::TableManifest;
use futures::{StreamExt, TryStreamExt, stream};

use super::make_view;
use crate::data_files;
use crate::engine::{Engine, sql};
use crate::target::Traffic;
pub(crate) use demand::Demand;
use file::Hollow;
pub(super) use file::Object;

/// Footers that are read at the same time.
const FOOTERS: usize = 16;
/// Requests for rows that are under way at once, of all files together.
const AT_ONCE: usize = 8;

/// The files with holes, by the relation that they are of.
#[derive(Debug)]
pub(super) struct Hollows<'a> {
    relations: Vec<Vec<Hollow<'a>>>,
    folder: PathBuf,
}

impl<'a> Hollows<'a> {
    /// None yet; they will be in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            relations: Vec::new(),
            folder,
        }
    }

    /// Makes a view of the objects, of which nothing but the schema is there then: of that version of a table, or with all
    /// columns, among them those of folders that are called `key=value`, as DuckDB finds them.
    pub async fn add(
        &mut self,
        engine: &Engine,
        name: &str,
        version: Option<&TableManifest>,
        objects: Vec<Object<'a>>,
        traffic: &Traffic,
    ) -> anyhow::Result<()> {
        let number = self.relations.len();
        let folder = &self.folder;
        let files = stream::iter(objects.into_iter().enumerate())
            .map(|(index, object)| {
                let own = folder.join(format!("{number:03}-{index:06}"));
                let path = own.join(object.below());
                Hollow::open(object, path, traffic)
            })
            .buffered(FOOTERS)
            .try_collect::<Vec<_>>()
            .await?;
        let paths: Vec<&Path> = files.iter().map(Hollow::path).collect();
        let select = match version {
            Some(version) => data_files::select_published(&version.columns, &version.files, &paths),
            None => format!(
                "SELECT * FROM read_parquet({}, union_by_name = true)",
                sql::paths(&paths)
            ),
        };
        make_view(engine, name, &select)?;
        self.relations.push(files);
        Ok(())
    }

    /// Fetches what the statement reads, if its first `limit` rows are wanted, or all.
    pub async fn fill(
        &self,
        engine: &Engine,
        statement: &str,
        limit: Option<u64>,
        traffic: &Traffic,
    ) -> anyhow::Result<()> {
        if self.relations.is_empty() {
            return Ok(());
        }
        let demand = Demand::of(engine, statement, limit)?;
        let mut requests = Vec::new();
        for files in &self.relations {
            let mut missing = demand.rows;
            for file in files {
                let (rows, ranges) = file.wanted(&demand, missing)?;
                missing = missing.map(|missing| missing.saturating_sub(rows));
                requests.extend(ranges.into_iter().map(|range| (file, range)));
            }
        }
        stream::iter(requests.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |(file, range)| file.fetch(range, traffic))
            .await
    }
}
