//! Raw files that DuckDB has no reader for, as Parquet files in the scratch folder.
//!
//! Invariant: the Parquet file has the rows of its raw file in their order; a raw file of which not every row can be had
//! is rejected. What is read as another type than the file says is told.
//!
//! Entry point: [`to_parquet`].

mod arrow;
mod excel;
mod guard;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::guard::guarded;
use super::{KnownTypes, Readers, Rejected, SourceError, SourceFile, Stage};
use crate::project::{SourceConfig, SourceFormat};

/// Options of the reader of Parquet files that any source may have.
const OF_PARQUET: [&str; 4] = [
    "union_by_name",
    "hive_partitioning",
    "hive_types",
    "hive_types_autocast",
];
/// Files that are converted at the same time, at most: a row group of each is in memory.
const LARGEST_CREW: usize = 4;

/// What is to be converted, and how.
pub(super) struct Conversion<'a> {
    /// The source's name.
    pub name: &'a str,
    pub config: &'a SourceConfig,
    pub foreign: Foreign,
    /// DuckDB's types of columns, as rows of them were read before.
    pub known_types: &'a KnownTypes,
    pub readers: Readers,
    /// Where the Parquet files go.
    pub stage: &'a Stage,
    /// Threads that may be used.
    pub threads: usize,
}

/// What became of the raw files.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// Those that DuckDB can read, called as the raw ones.
    pub files: Vec<SourceFile>,
    /// Raw files that cannot be read.
    pub rejected: Vec<Rejected>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What is worth telling of a file that was converted.
type Notes = Vec<String>;

/// A converted file, or why it cannot be read.
type Outcome = Result<(SourceFile, Notes), String>;

/// Formats that are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    Arrow,
    Excel,
}

impl Foreign {
    /// The format, if DuckDB has no reader for it.
    pub fn of(format: SourceFormat) -> Option<Self> {
        match format {
            SourceFormat::Csv | SourceFormat::Parquet | SourceFormat::Json => None,
            SourceFormat::Arrow => Some(Self::Arrow),
            SourceFormat::Excel => Some(Self::Excel),
        }
    }

    /// Options that decide about the conversion.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Self::Arrow => &[],
            Self::Excel => &["sheet", "header_row", "all_varchar", "ignore_errors"],
        }
    }
}

/// Converts the files. Fails where none can be read, or where the machine is at fault.
pub(super) fn to_parquet(job: &Conversion<'_>, files: &[SourceFile]) -> Result<Ready, SourceError> {
    job.check_options()?;
    let outcomes = match job.foreign {
        Foreign::Arrow => job.each(files, |_, file| {
            job.one(file, |path| arrow::convert(&file.path, path, job.readers))
        }),
        Foreign::Excel => excel::convert_all(job, files)?,
    };
    let mut here = Vec::new();
    let mut rejected = Vec::new();
    let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (file, outcome) in files.iter().zip(outcomes) {
        match outcome {
            Ok((converted, notes)) => {
                here.push(converted);
                for note in notes {
                    told.entry(note).or_default().push(&file.origin);
                }
            }
            Err(reason) => rejected.push(Rejected::of(job.name, file, reason)),
        }
    }
    if here.is_empty() || rejected.iter().any(Rejected::is_of_machine) {
        return Err(SourceError::of_files(rejected));
    }
    let warnings = told
        .iter()
        .map(|(note, files)| match files.as_slice() {
            [file] => format!("{file}: {note}"),
            [file, others @ ..] => format!("{file} and {} more: {note}", others.len()),
            [] => note.clone(),
        })
        .collect();
    Ok(Ready {
        files: here,
        rejected,
        warnings,
    })
}

impl Conversion<'_> {
    fn check_options(&self) -> Result<(), SourceError> {
        let known: Vec<&str> = self
            .foreign
            .options()
            .iter()
            .chain(&OF_PARQUET)
            .copied()
            .collect();
        match self
            .config
            .options
            .keys()
            .find(|option| !known.contains(&option.as_str()))
        {
            None => Ok(()),
            Some(option) => Err(SourceError::one(format!(
                "[sources.{}] has the option {option}, which files of this format do not have: there is {}",
                self.name,
                known.join(", ")
            ))),
        }
    }

    /// Does something with each file, several at the same time.
    fn each<T: Send>(&self, files: &[SourceFile], act: impl Fn(usize, &SourceFile) -> T + Sync) -> Vec<T> {
        each(self.threads, files, act)
    }

    /// Converts one file: `convert` is told the path of the Parquet file to be.
    fn one<T>(
        &self,
        file: &SourceFile,
        convert: impl FnOnce(&Path) -> Result<T, String>,
    ) -> Result<(SourceFile, T), String> {
        let path = self
            .stage
            .place(&file.origin, "parquet")
            .map_err(|error| format!("cannot write to the temporary folder: {error}"))?;
        let made = guarded(|| convert(&path))?;
        let converted = SourceFile { path, ..file.clone() };
        Ok((converted, made))
    }
}

/// Does something with each file, several at the same time. The results are in the files' order.
pub(super) fn each<T: Send>(
    threads: usize,
    files: &[SourceFile],
    act: impl Fn(usize, &SourceFile) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let act_on_some = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(index) else {
                return done;
            };
            done.push((index, act(index, file)));
        }
    };
    let threads = threads.clamp(1, LARGEST_CREW).min(files.len());
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(act_on_some)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
