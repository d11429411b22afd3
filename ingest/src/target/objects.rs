//! What lies below a gold root: looked at, listed, removed.
//!
//! Entry points: [`Target::look`], [`Target::list`], [`Target::remove`].

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::{Location, Target, TargetError, folder};

/// A file of a folder target that a writer left behind when it was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Where it is.
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// When it was written to.
    pub modified: SystemTime,
}

impl Target {
    /// What is known of an object: size, ETag, when it was written; none where there is no such object.
    pub async fn look(&self, key: &str) -> Result<Option<ObjectMeta>, TargetError> {
        self.look_at(&self.path(key)?).await
    }

    pub(crate) async fn look_at(&self, path: &Path) -> Result<Option<ObjectMeta>, TargetError> {
        match self.store.head(path).await {
            Ok(meta) => Ok(Some(meta)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look at", path.as_ref(), &error)),
        }
    }

    /// All objects below a folder of the gold root, such as `tables`; files that are being written are none.
    pub async fn list(&self, folder: &str) -> Result<Vec<ObjectMeta>, TargetError> {
        let listed: Vec<ObjectMeta> = self
            .store
            .list(Some(&self.path(folder)?))
            .try_collect()
            .await
            .map_err(|error| self.failed("list", folder, &error))?;
        let is_object = |meta: &ObjectMeta| !meta.location.filename().is_some_and(is_temporary);
        Ok(listed.into_iter().filter(is_object).collect())
    }

    /// Removes objects; one that is gone already is no error.
    pub async fn remove(&self, paths: Vec<Path>) -> Result<(), TargetError> {
        let Some(first) = paths.first().cloned() else {
            return Ok(());
        };
        let paths = futures::stream::iter(paths.into_iter().map(Ok)).boxed();
        let mut removed = self.store.delete_stream(paths);
        while let Some(result) = removed.next().await {
            match result {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(self.failed("remove", first.as_ref(), &error)),
            }
        }
        Ok(())
    }

    /// Files of a folder target that are not yet what they were to become; a bucket has none that can be seen.
    pub async fn leftovers(&self) -> Result<Vec<Leftover>, TargetError> {
        let Location::Folder(root) = &self.location else {
            return Ok(Vec::new());
        };
        let root = root.clone();
        tokio::task::spawn_blocking(move || leftovers(root))
            .await
            .map_err(|error| self.failed("list", "temporary files", &error))?
            .map_err(|error| self.failed("list", "temporary files", &error))
    }

    /// The file of a folder target that holds the object.
    pub(crate) fn file(&self, key: &str) -> Result<PathBuf, TargetError> {
        let path = self.path(key)?;
        Ok(match &self.location {
            Location::Folder(root) => root.join(path.as_ref()),
            Location::S3 { .. } => PathBuf::from(key),
        })
    }
}

fn leftovers(root: PathBuf) -> io::Result<Vec<Leftover>> {
    let mut waiting = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() && is_temporary(&entry.file_name().to_string_lossy()) {
                let Ok(metadata) = entry.metadata() else {
                    continue; // Its writer has finished.
                };
                found.push(Leftover {
                    path: entry.path(),
                    bytes: metadata.len(),
                    modified: metadata.modified()?,
                });
            }
        }
    }
    Ok(found)
}

/// Whether a file's name is that of one that is being written: ours, or `name#1` of `object_store`.
fn is_temporary(name: &str) -> bool {
    let is_staged = name
        .rsplit_once('#')
        .is_some_and(|(_, attempt)| !attempt.is_empty() && attempt.bytes().all(|byte| byte.is_ascii_digit()));
    is_staged || name.starts_with(folder::TEMPORARY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_being_written_are_known_by_their_names() {
        for name in [".tmpA1b2C3", "0123.parquet#1"] {
            assert!(is_temporary(name), "{name}");
        }
        for name in [
            "0123.parquet",
            "catalog.json",
            "catalog.json.lock",
            "a#b",
            ".hidden",
        ] {
            assert!(!is_temporary(name), "{name}");
        }
    }
}
