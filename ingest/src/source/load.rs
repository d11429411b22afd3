//! Makes a source's table of those files that can be read.
//!
//! Entry point: [`load`].

use std::collections::BTreeMap;

use crate::engine::{Engine, EngineError};
use crate::project::SourceConfig;

use super::clash::Clash;
use super::convert::{self, Conversion, Foreign, Ready};
use super::drift::{self, Drifted};
use super::reader::{Function, Reader};
use super::{Rejected, SourceError, SourceFile, Stage, format_of, text};

/// Characters of a line that a complaint quotes.
const LONGEST_LINE: usize = 4000;

/// A source that is a table now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedSource {
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: usize,
    /// Columns in order.
    pub columns: Vec<SourceColumn>,
    /// Files that could not be read and are left out.
    pub rejected: Vec<Rejected>,
    /// What a person should know of how files were read.
    pub warnings: Vec<String>,
    /// What is not as it was.
    pub drifted: Drifted,
}

/// A column of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumn {
    /// In SQL.
    pub name: String,
    /// In the raw file.
    pub original: String,
    /// DuckDB's type.
    pub duck_type: String,
}

/// Who is going to read a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Models. Text is parsed once into a table; Parquet stays where it is, behind a view, so that only the columns
    /// that models use are read.
    Models,
    /// A plan, which wants columns only: nothing is parsed beyond what tells them.
    Plan,
}

/// Makes `source.NAME` of the files, in the engine's present context. Files that cannot be read are left out, if there
/// are others; types are decided over those that stay, by what is known of them and by what the project says of drift.
pub fn load(
    engine: &Engine,
    name: &str,
    config: &SourceConfig,
    files: &[SourceFile],
    known_types: &KnownTypes,
    readers: Readers,
    stage: &Stage,
) -> Result<LoadedSource, SourceError> {
    let format = format_of(config)?;
    let threads = engine.threads().map_err(SourceError::one)?;
    let foreign = Foreign::of(format);
    let ready = match foreign {
        Some(foreign) => {
            let conversion = Conversion {
                name,
                config,
                foreign,
                // What drifts is not to be refused where it is converted.
                known_types: config.drift.map_or(known_types, |_| &NOTHING_KNOWN),
                readers,
                stage,
                threads,
            };
            convert::to_parquet(&conversion, files)?
        }
        None if readers == Readers::Models => text::sound(name, config, format, files, threads)?,
        None => Ready {
            files: files.to_vec(),
            ..Ready::default()
        },
    };
    let mut reader = Reader::new(name, config, format.into(), &ready.files)?;
    let not_its_own = foreign.map_or(&[][..], Foreign::options);
    reader
        .options
        .retain(|option, _| !not_its_own.contains(&option.as_str()));
    match settle(&mut reader, engine, config, &ready.files, known_types, readers) {
        Ok(mut loaded) => {
            loaded.rejected.extend(ready.rejected);
            loaded.warnings.extend(ready.warnings);
            Ok(loaded)
        }
        Err(mut error) => {
            let complaints = ready.rejected.iter().map(Rejected::complaint);
            error.complaints.extend(complaints);
            error.rejected.extend(ready.rejected);
            Err(error)
        }
    }
}

/// DuckDB's types of a source's columns, by their names in raw files, as they were when rows of it were taken in.
pub type KnownTypes = BTreeMap<String, String>;

static NOTHING_KNOWN: KnownTypes = KnownTypes::new();

/// Reads the files as they are, or as it is known that they were.
fn settle(
    reader: &mut Reader<'_>,
    engine: &Engine,
    config: &SourceConfig,
    files: &[SourceFile],
    known_types: &KnownTypes,
    readers: Readers,
) -> Result<LoadedSource, SourceError> {
    let Some(drift) = config.drift else {
        return read(reader, engine, files, known_types, readers);
    };
    reader.match_by_name();
    if known_types.is_empty() {
        return read(reader, engine, files, known_types, readers);
    }
    drift::settle(reader, engine, files, known_types, readers, drift)
}

/// Reads the files that can be read, and finds out about those that cannot.
fn read(
    reader: &mut Reader<'_>,
    engine: &Engine,
    files: &[SourceFile],
    known_types: &KnownTypes,
    readers: Readers,
) -> Result<LoadedSource, SourceError> {
    let mut attempt = reader.make(engine, files, known_types, readers);
    // A view looks at the first file only; the others are looked at here.
    if reader.function != Function::Parquet && attempt.is_ok() {
        return attempt.map_err(|error| SourceError::one(by_origin(&error, files)));
    }
    let mut rejected = unfit(reader, engine, files);
    let mut fit = without(files, &rejected);
    if fit.is_empty() || rejected.iter().any(Rejected::is_of_machine) {
        return Err(SourceError::of_files(rejected));
    }
    if !rejected.is_empty() {
        attempt = reader.make(engine, &fit, known_types, readers);
    }
    let mut warnings = Vec::new();
    if fit.len() > 1 && (reader.function == Function::Parquet || attempt.is_err()) {
        let clash = Clash::of(reader, engine, &fit);
        if !clash.odd.is_empty() || !clash.wider.is_empty() {
            fit = without(&fit, &clash.odd);
            rejected.extend(clash.odd);
            let mut types = known_types.clone();
            if reader.function == Function::Parquet {
                let told = |(name, wide)| {
                    format!("column `{name}` is not of one type in all files: it is read as {wide}")
                };
                warnings.extend(clash.wider.iter().map(told));
                if !clash.wider.is_empty() {
                    reader.match_by_name();
                }
            } else {
                types.extend(clash.wider);
            }
            attempt = reader.make(engine, &fit, &types, readers);
        }
    }
    match attempt {
        Ok(loaded) => Ok(LoadedSource {
            rejected,
            warnings,
            ..loaded
        }),
        // Where each file reads alone they do not fit together, and DuckDB says why.
        Err(error) => {
            let mut failure = SourceError::of_files(rejected);
            failure.complaints.push(by_origin(&error, &fit));
            Err(failure)
        }
    }
}

/// The files without those that are left out.
pub(super) fn without(files: &[SourceFile], rejected: &[Rejected]) -> Vec<SourceFile> {
    let is_left_out = |file: &SourceFile| rejected.iter().any(|rejected| rejected.path == file.origin);
    files.iter().filter(|file| !is_left_out(file)).cloned().collect()
}

/// The files that cannot be read alone, and why.
pub(super) fn unfit(reader: &Reader<'_>, engine: &Engine, files: &[SourceFile]) -> Vec<Rejected> {
    files
        .iter()
        .filter_map(|file| {
            let error = reader.attempt(engine, file).err()?;
            let reason = by_origin(&error, std::slice::from_ref(file));
            Some(Rejected::of(reader.name, file, reason))
        })
        .collect()
}

/// DuckDB's words with files called as the project calls them, without the statement, which nobody wrote.
pub(super) fn by_origin(error: &EngineError, files: &[SourceFile]) -> String {
    let said = error.0.split("\nLINE ").next().unwrap_or_default().trim_end();
    // It quotes lines of the file, which may be long.
    let lines: Vec<String> = said.lines().map(shortened).collect();
    files.iter().fold(lines.join("\n"), |message, file| {
        message.replace(file.path.to_string_lossy().as_ref(), &file.origin)
    })
}

fn shortened(line: &str) -> String {
    let count = line.chars().count();
    if count <= LONGEST_LINE {
        return line.to_owned();
    }
    let begin: String = line.chars().take(LONGEST_LINE / 2).collect();
    format!("{begin}… ({count} characters)")
}
