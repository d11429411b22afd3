//! Raw files of a bucket or at a URL on this machine, each fetched once for all models that read it.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{StreamExt, stream};

use super::{Place, RawFile, SourceError, SourceFile, below, bucket};
use crate::once::OnceEach;

/// Objects that are fetched at the same time.
pub(super) const FETCHES: usize = 8;
/// Bytes of a name that file systems take.
const LONGEST_PART: usize = 200;
/// Characters of an object's name that its file here keeps.
const LONGEST_NAME: usize = 100;

/// A folder of fetched files.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    fetched: OnceEach<PathBuf>,
    /// Files that were given a place.
    places: AtomicUsize,
}

impl Stage {
    /// A stage in the folder, which is made when it is needed.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            fetched: OnceEach::default(),
            places: AtomicUsize::new(0),
        }
    }

    /// A path that no other file has, for a file that is made of a raw one, in folders that are called alike.
    pub(super) fn place(&self, origin: &str, extension: &str) -> io::Result<PathBuf> {
        let index = self.places.fetch_add(1, Ordering::Relaxed);
        let below = self.folder.join(format!("made-{index:06}"));
        let mut path = below.join(mirrored(origin)).into_os_string();
        path.push(format!(".{extension}"));
        let path = PathBuf::from(path);
        std::fs::create_dir_all(path.parent().unwrap_or(&below))?;
        Ok(path)
    }

    /// The files on this machine, in their order; every one that cannot be had is named.
    pub async fn bring(&self, files: &[RawFile]) -> Result<Vec<SourceFile>, SourceError> {
        let brought: Vec<_> = stream::iter(files.iter().map(|file| self.bring_one(file)))
            .buffered(FETCHES)
            .collect()
            .await;
        let mut here = Vec::with_capacity(files.len());
        let mut complaints = Vec::new();
        for (file, brought) in files.iter().zip(brought) {
            match brought {
                Ok(path) => here.push(SourceFile {
                    origin: file.input.path.clone(),
                    path,
                    input: file.input.clone(),
                }),
                Err(error) => complaints.push(format!("{}: {error}", file.input.path)),
            }
        }
        if complaints.is_empty() {
            return Ok(here);
        }
        Err(SourceError::several(complaints))
    }

    async fn bring_one(&self, file: &RawFile) -> Result<PathBuf, String> {
        match &file.place {
            Place::Folder(path) | Place::Listed(path) => return Ok(path.clone()),
            Place::Growing { source, from } => return source.window(from.as_ref()).await,
            _ => {}
        }
        let fetch = |index| async move {
            // The index keeps apart the same name in several stores.
            let below = self.folder.join(format!("{index:06}"));
            let path = below.join(below_in(&file.place, &file.input.path));
            tokio::fs::create_dir_all(path.parent().unwrap_or(&below))
                .await
                .map_err(|error| format!("cannot write to {}: {error}", self.folder.display()))?;
            match &file.place {
                Place::Bucket { store, key, .. } => bucket::fetch(store, key, &file.input, &path).await?,
                Place::Web(address) => address.fetch(&file.input, &path).await?,
                Place::Database(address) => {
                    let here = Box::pin(self.bring_one(&address.file)).await?;
                    address.stage(here, &path).await?;
                }
                Place::Folder(_) | Place::Listed(_) | Place::Growing { .. } => {}
            }
            Ok(path)
        };
        self.fetched.get(&key(file), fetch).await
    }

    /// Where a file is that was fetched.
    pub(super) fn fetched(&self, file: &RawFile) -> Option<PathBuf> {
        self.fetched.known(&key(file))
    }
}

fn key(file: &RawFile) -> String {
    let input = &file.input;
    format!("{}\n{}\n{}", identity(&file.place), input.path, input.version)
}

/// What tells two places apart whose files are called alike: two stores may each have a bucket of that name, and a URL may
/// have a query that is not shown. May hold secrets.
fn identity(place: &Place) -> String {
    match place {
        Place::Folder(_) | Place::Listed(_) | Place::Growing { .. } => String::new(),
        Place::Bucket { endpoint, .. } => endpoint.clone(),
        Place::Web(address) => address.identity().to_owned(),
        Place::Database(address) => format!("{}\n{}", identity(&address.file.place), address.identity()),
    }
}

/// The name of the file itself.
fn name_in(place: &Place) -> Option<&str> {
    match place {
        Place::Folder(_) | Place::Listed(_) | Place::Growing { .. } => None,
        Place::Bucket { key, .. } => key.filename(),
        Place::Web(address) => Some(address.name()),
        Place::Database(_) => Some("rows.parquet"),
    }
}

/// The file's path below a folder of its own.
pub(super) fn below_in(place: &Place, origin: &str) -> PathBuf {
    match place {
        Place::Bucket { .. } => mirrored(origin),
        _ => name_of(name_in(place)).into(),
    }
}

/// An object's path, as far as any file system takes it: folders may stand for columns.
pub(crate) fn mirrored(origin: &str) -> PathBuf {
    let is_usual = |part: &str| {
        part.len() <= LONGEST_PART && part != ".." && !part.contains(|c: char| c.is_control() || c == '\\')
    };
    below::segments(origin)
        .map(|part| match is_usual(part) {
            true => part.to_owned(),
            false => name_of(Some(part)),
        })
        .collect()
}

/// The end of an object's name, by which DuckDB knows how it is compressed, as any file system takes it.
pub(super) fn name_of(object: Option<&str>) -> String {
    let characters: Vec<char> = object.unwrap_or("object").chars().collect();
    let end = &characters[characters.len().saturating_sub(LONGEST_NAME)..];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    end.iter().map(|c| if is_plain(*c) { *c } else { '_' }).collect()
}
