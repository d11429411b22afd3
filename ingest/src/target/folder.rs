//! A gold root in a local folder.
//!
//! `object_store`'s local store has no conditional update, so the compare-and-swap is made here: an exclusive
//! lock on a file next to the object, compare, write a temporary file, rename. The lock file stays: removing
//! it would let two writers lock two different files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use object_store::local::LocalFileSystem;

use super::{TargetError, cause};

/// Opens the folder, making it where it does not exist; returns its absolute path too.
pub(super) fn open(folder: &Path) -> Result<(LocalFileSystem, PathBuf), TargetError> {
    let failed = |cause: String| TargetError::Folder {
        folder: folder.to_owned(),
        cause,
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    let folder = folder.canonicalize().map_err(|error| failed(error.to_string()))?;
    let store =
        LocalFileSystem::new_with_prefix(&folder).map_err(|error| failed(cause::innermost(&error)))?;
    Ok((store, folder))
}

/// The version of an object in a folder: the ETag that S3 would give it.
pub(super) fn version_of(content: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(content)))
}

/// Why nothing was replaced.
#[derive(Debug)]
pub(super) enum ReplaceError {
    /// The file does not have the version seen.
    Lost,
    /// The system failed.
    Io(io::Error),
}

impl From<io::Error> for ReplaceError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Replaces the file if its content still has the version seen.
pub(super) fn replace(file: &Path, content: &[u8], seen: Option<&str>) -> Result<(), ReplaceError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut lock_name = file.file_name().unwrap_or_default().to_owned();
    lock_name.push(".lock");
    let lock = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(lock_name))?;
    lock.lock()?;
    let present = match std::fs::read(file) {
        Ok(bytes) => Some(version_of(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    if present.as_deref() != seen {
        return Err(ReplaceError::Lost);
    }
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_writers_that_saw_the_same_version_one_wins() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("catalog.json");
        replace(&file, b"0", None).expect("first write");
        let seen = version_of(b"0");
        let wins = std::thread::scope(|scope| {
            let writers: Vec<_> = (1..=8)
                .map(|writer: u32| {
                    let (file, seen) = (&file, &seen);
                    scope.spawn(move || replace(file, writer.to_string().as_bytes(), Some(seen)).is_ok())
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().expect("writer"))
                .filter(|won| *won)
                .count()
        });
        assert_eq!(wins, 1);
        assert!(matches!(replace(&file, b"9", None), Err(ReplaceError::Lost)));
    }

    #[test]
    fn versions_are_the_etags_of_s3() {
        assert_eq!(version_of(b""), "\"d41d8cd98f00b204e9800998ecf8427e\"");
    }
}
