//! Raw files of a bucket on this machine, each fetched once for all models that read it.

use std::path::PathBuf;

use futures::{StreamExt, stream};

use super::{Place, RawFile, SourceError, SourceFile, bucket};
use crate::once::OnceEach;

/// Objects that are fetched at the same time.
const FETCHES: usize = 8;

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
                }),
                Err(error) => complaints.push(format!("{}: {error}", file.input.path)),
            }
        }
        if complaints.is_empty() {
            return Ok(here);
        }
        Err(SourceError { complaints })
    }

    async fn bring_one(&self, file: &RawFile) -> Result<PathBuf, String> {
        let (store, key) = match &file.place {
            Place::Folder(path) => return Ok(path.clone()),
            Place::Bucket(store, key) => (store, key),
        };
        let fetch = |index| async move {
            // The index keeps apart objects of one name in different folders.
            let name = format!("{index:06}-{}", key.filename().unwrap_or("object"));
            let path = self.folder.join(name);
            tokio::fs::create_dir_all(&self.folder)
                .await
                .map_err(|error| format!("cannot write to {}: {error}", self.folder.display()))?;
            bucket::fetch(store, key, &file.input, &path).await?;
            Ok(path)
        };
        self.fetched.get(&file.input.path, fetch).await
    }
}
