//! Raw files of a bucket on this machine, each fetched once for all models that read it.

use std::path::PathBuf;

use futures::{StreamExt, stream};

use super::{Place, RawFile, SourceError, SourceFile, bucket};
use crate::once::OnceEach;

/// Objects that are fetched at the same time.
const FETCHES: usize = 8;
/// Characters of an object's name that its file here keeps.
const LONGEST_NAME: usize = 100;

/// A folder of fetched files.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    fetched: OnceEach<PathBuf>,
}

impl Stage {
    /// A stage in the folder, which is made when it is needed.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            fetched: OnceEach::default(),
        }
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
        let (store, endpoint, key) = match &file.place {
            Place::Folder(path) => return Ok(path.clone()),
            Place::Bucket { store, endpoint, key } => (store, endpoint, key),
        };
        let fetch = |index| async move {
            // The index keeps apart objects of one name in different folders.
            let path = self
                .folder
                .join(format!("{index:06}-{}", name_of(key.filename())));
            tokio::fs::create_dir_all(&self.folder)
                .await
                .map_err(|error| format!("cannot write to {}: {error}", self.folder.display()))?;
            bucket::fetch(store, key, &file.input, &path).await?;
            Ok(path)
        };
        // Two stores may each have a bucket of that name.
        let object = format!("{endpoint}\n{}\n{}", file.input.path, file.input.version);
        self.fetched.get(&object, fetch).await
    }
}

/// The end of an object's name, by which DuckDB knows how it is compressed, as any file system takes it.
fn name_of(object: Option<&str>) -> String {
    let characters: Vec<char> = object.unwrap_or("object").chars().collect();
    let end = &characters[characters.len().saturating_sub(LONGEST_NAME)..];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    end.iter().map(|c| if is_plain(*c) { *c } else { '_' }).collect()
}
