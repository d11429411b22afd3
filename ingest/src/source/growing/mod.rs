//! Sources that are asked for what is beyond the largest value of a column that was read.
//!
//! A position is that value and hashes of the rows that have it. Rows from the value on are asked for, and those that the
//! position knows are left out: rows that came later with the same value are not lost, and none comes twice.
//!
//! Invariant: a position is recorded with the rows that it belongs to, and nowhere else.
//!
//! Entry points: [`Growing::window`], [`look`].

mod alike;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};

use super::database::{Postgres, Sqlite};
use super::web::Api;
use super::{Place, RawFile, SourceError, new_file};
use crate::once::OnceEach;
use crate::state::{InputFile, Position, hash_of};

/// Positions that are asked from at the same time.
const ASKED: usize = 4;

pub(super) use alike::{Alike, hash_text};

/// Where rows come from.
#[derive(Debug)]
pub(super) enum Origin {
    Postgres(Box<Postgres>),
    Sqlite(Arc<Sqlite>),
    Api(Box<Api>),
}

/// What an origin is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The column.
    pub cursor: &'a str,
    /// Where rows that are known end; none where none is.
    pub from: Option<&'a Position>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Rows that were not known.
    pub rows: u64,
    /// Their size.
    pub bytes: u64,
    /// Where they end; none where there was never a row.
    pub position: Option<Position>,
}

/// A source that is read from a position on.
#[derive(Debug)]
pub(super) struct Growing {
    origin: Origin,
    /// The column.
    cursor: String,
    folder: PathBuf,
    windows: OnceEach<Window>,
}

/// What was read from a position on, and the file that the rows are in.
#[derive(Debug, Clone)]
struct Window {
    path: PathBuf,
    answer: Answer,
}

impl Growing {
    pub fn new(origin: Origin, cursor: &str, folder: &Path) -> Self {
        Self {
            origin,
            cursor: cursor.to_owned(),
            folder: folder.to_owned(),
            windows: OnceEach::default(),
        }
    }

    /// The raw file that all rows are.
    pub fn into_file(self, label: String) -> RawFile {
        RawFile {
            input: InputFile {
                path: label,
                bytes: 0,
                version: version_of(None),
                hash: None,
                position: None,
            },
            // No time tells which rows changed since.
            modified: jiff::Timestamp::UNIX_EPOCH,
            place: Place::Growing {
                source: Arc::new(self),
                from: None,
            },
        }
    }

    /// The rows from a position on, which are asked for once.
    pub async fn window(&self, from: Option<&Position>) -> Result<PathBuf, String> {
        let asked = Asked {
            cursor: &self.cursor,
            from,
        };
        let read = |_| async {
            let name = match &self.origin {
                Origin::Postgres(_) | Origin::Sqlite(_) => "rows.parquet",
                Origin::Api(_) => "records.ndjson",
            };
            let path = new_file(&self.folder, name)?;
            let answer = match &self.origin {
                Origin::Postgres(origin) => origin.window(asked, &path).await?,
                Origin::Sqlite(origin) => origin.window(asked, &path).await?,
                Origin::Api(origin) => origin.window(asked, &path).await?,
            };
            Ok(Window { path, answer })
        };
        let window = self.windows.get(&version_of(from), read).await;
        window.map(|window| window.path)
    }

    /// The rows from a position on, where they were asked for.
    fn known(&self, from: Option<&Position>) -> Option<Answer> {
        let window = self.windows.known(&version_of(from))?;
        Some(window.answer)
    }

    /// What is to be noted of rows that were read.
    pub fn recorded(&self, file: &InputFile, from: Option<&Position>) -> InputFile {
        let answer = self.known(from).unwrap_or_default();
        let position = answer.position;
        InputFile {
            version: version_of(position.as_ref()),
            bytes: answer.bytes,
            position,
            ..file.clone()
        }
    }

    /// Whether nothing came since this was recorded, as far as that was asked for.
    pub fn is_same(&self, recorded: &InputFile) -> bool {
        let answer = self.known(recorded.position.as_ref());
        answer.is_some_and(|answer| answer.rows == 0)
    }
}

fn version_of(position: Option<&Position>) -> String {
    match position {
        Some(position) => format!("{} {}", position.value, hash_of(&position.rows)),
        None => "all".to_owned(),
    }
}

impl RawFile {
    /// The rows of this source beyond those that were recorded; itself where it is none that is read in parts.
    pub fn beyond(&self, recorded: Option<&InputFile>) -> Self {
        let position = recorded.and_then(|recorded| recorded.position.as_ref());
        match (&self.place, position) {
            (Place::Growing { source, .. }, Some(position)) => Self {
                input: InputFile {
                    version: version_of(Some(position)),
                    bytes: source.known(Some(position)).map_or(0, |answer| answer.bytes),
                    ..self.input.clone()
                },
                modified: self.modified,
                place: Place::Growing {
                    source: source.clone(),
                    from: Some(position.clone()),
                },
            },
            _ => self.clone(),
        }
    }

    /// Whether it is read in parts, from a value on.
    pub fn is_growing(&self) -> bool {
        matches!(self.place, Place::Growing { .. })
    }

    /// In words, what it was asked for since that was recorded, and what came.
    pub fn asked(&self, recorded: Option<&InputFile>) -> Option<String> {
        let Place::Growing { source, .. } = &self.place else {
            return None;
        };
        let path = &self.input.path;
        let Some(position) = recorded.and_then(|recorded| recorded.position.as_ref()) else {
            return Some(format!("{path} is asked for all rows"));
        };
        let came = match source.known(Some(position)) {
            Some(answer) if answer.rows == 0 => "none is new".to_owned(),
            Some(answer) => format!(
                "{} {} new",
                crate::print::thousands(answer.rows),
                if answer.rows == 1 { "is" } else { "are" }
            ),
            None => "not asked yet".to_owned(),
        };
        Some(format!(
            "{path} is asked for rows whose {} is {} or more: {came}",
            source.cursor, position.value
        ))
    }
}

/// Asks for what came since these were recorded, of files that are read in parts: their versions tell it then.
pub(super) async fn look(files: &mut [RawFile], recorded: &[&InputFile]) -> Result<(), SourceError> {
    for file in files {
        let Place::Growing { source, .. } = &file.place else {
            continue;
        };
        let of_file = recorded
            .iter()
            .filter(|recorded| recorded.path == file.input.path);
        let positions: Vec<Option<&Position>> = of_file.map(|recorded| recorded.position.as_ref()).collect();
        let asking = positions
            .iter()
            .map(|position| async move { source.window(*position).await.map(drop) });
        let asked: Result<(), String> = stream::iter(asking).buffer_unordered(ASKED).try_collect().await;
        asked.map_err(|problem| SourceError::one(format!("{}: {problem}", file.input.path)))?;
        let ends = positions
            .iter()
            .filter_map(|position| Some(version_of(source.known(*position)?.position.as_ref())));
        if let Some(newest) = ends.max() {
            file.input.version = newest;
        }
    }
    Ok(())
}
