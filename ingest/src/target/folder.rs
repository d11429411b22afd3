//! A gold root in a local folder.
//!
//! `object_store`'s local store has no conditional update, so the compare-and-swap is made here: an exclusive
//! lock on a file in the same folder, compare, write a temporary file, rename. The lock file stays: removing
//! it would let two writers lock two different files.
//!
//! Invariant: a name appears only when the content behind it is on the disk, so that a machine that stops leaves no
//! catalog that names what it lost.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use md5::{Digest, Md5};
use object_store::local::LocalFileSystem;
use tempfile::NamedTempFile;

use super::immutable::Content;
use super::{TargetError, cause};

/// One lock for what is replaced in a folder: the catalog, and next to it the lease of `gc`.
const LOCK: &str = "catalog.json.lock";
/// What the names of files begin with that are not yet what they are to become.
pub(super) const TEMPORARY: &str = ".tmp";

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

fn version_of_file(mut file: &File) -> io::Result<String> {
    let mut digest = Md5::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(format!("\"{}\"", hex::encode(digest.finalize()))),
            read => digest.update(&buffer[..read]),
        }
    }
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
    let folder = parent(file);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))?;
    lock.lock()?;
    let present = match std::fs::read(file) {
        Ok(bytes) => Some(version_of(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    if present.as_deref() != seen {
        return Err(ReplaceError::Lost);
    }
    let mut temporary = temporary_in(folder)?;
    temporary.write_all(content)?;
    settle(temporary, file)?;
    Ok(())
}

/// A file that has the content wanted.
#[derive(Debug)]
pub(super) struct Placed {
    /// The ETag that S3 would give it.
    pub etag: String,
    /// When it was written, if it was there before.
    pub found_modified: Option<SystemTime>,
}

/// Makes the file have the content. One that has it is left alone; one that is damaged is replaced.
pub(super) fn place(file: &Path, content: &Content) -> io::Result<Placed> {
    let etag = match content {
        Content::Bytes(content) => version_of(content),
        Content::File { path, .. } => version_of_file(&File::open(path)?)?,
    };
    if let Some(present) = present(file, content.len(), &etag)? {
        return Ok(Placed {
            etag,
            found_modified: Some(present),
        });
    }
    std::fs::create_dir_all(parent(file))?;
    let mut temporary = match content {
        Content::Bytes(content) => {
            let mut temporary = temporary_in(parent(file))?;
            temporary.write_all(content)?;
            temporary
        }
        Content::File { path, .. } => {
            // Its age counts from now.
            touch(path)?;
            let mut source = File::open(path)?;
            source.sync_all()?;
            if std::fs::hard_link(path, file).is_ok() {
                sync_folder(parent(file))?;
                return Ok(Placed {
                    etag,
                    found_modified: None,
                });
            }
            // Another file system, or a file in the way.
            let mut temporary = temporary_in(parent(file))?;
            io::copy(&mut source, temporary.as_file_mut())?;
            temporary
        }
    };
    temporary.flush()?;
    settle(temporary, file)?;
    Ok(Placed {
        etag,
        found_modified: None,
    })
}

/// When the file was written, if it has this size and content.
fn present(file: &Path, bytes: u64, etag: &str) -> io::Result<Option<SystemTime>> {
    let present = match File::open(file) {
        Ok(present) => present,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = present.metadata()?;
    if metadata.len() != bytes || version_of_file(&present)? != etag {
        return Ok(None);
    }
    metadata.modified().map(Some)
}

/// Gives a file the present as its time; whether it is there.
pub(super) fn touch(file: &Path) -> io::Result<bool> {
    match File::options().append(true).open(file) {
        Ok(file) => file.set_modified(SystemTime::now()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn parent(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new("."))
}

fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Less the umask: what serves the folder may run as somebody else.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn settle(temporary: NamedTempFile, file: &Path) -> io::Result<()> {
    temporary.as_file().sync_all()?;
    temporary.persist(file).map_err(|error| error.error)?;
    sync_folder(parent(file))
}

/// Puts names on the disk. Systems on which a folder cannot be opened do so by themselves.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
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

    #[test]
    fn a_file_that_is_whole_is_left_alone_and_a_damaged_one_is_replaced() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let source = folder.path().join("source");
        std::fs::write(&source, "content").expect("source");
        let contents = [
            Content::Bytes("content".into()),
            Content::File {
                path: source,
                bytes: 7,
            },
        ];
        for (number, content) in contents.iter().enumerate() {
            let file = folder.path().join(format!("tables/{number}/a.parquet"));
            let first = place(&file, content).expect("written");
            assert_eq!(first.found_modified, None);
            assert_eq!(first.etag, version_of(b"content"));
            let again = place(&file, content).expect("found");
            assert_eq!(
                again.found_modified,
                file.metadata().expect("there").modified().ok()
            );
            for damaged in ["conte", "c0ntent"] {
                // A new file: the old one may be a link to the source.
                std::fs::remove_file(&file).expect("removed");
                std::fs::write(&file, damaged).expect("damaged");
                assert_eq!(place(&file, content).expect("replaced").found_modified, None);
                assert_eq!(std::fs::read(&file).expect("whole"), b"content");
            }
            let left: Vec<_> = std::fs::read_dir(parent(&file)).expect("folder").collect();
            assert_eq!(left.len(), 1, "{left:?}");
        }
    }
}
