//! Whether raw files are what they were: when they were listed, and when they were taken in.
//!
//! Invariant: a file that is recorded as taken in was read as it was listed.
//!
//! Entry points: [`recorded`], [`same_content`].

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use twox_hash::XxHash64;

use super::{Place, RawFile, SourceError, Stage, version_of};
use crate::state::InputFile;

/// Files are hashed up to so many bytes together: 440 MB that the system has in memory take 0.13 s of a processor, and
/// far more time where they have to be fetched again. Beyond, a file whose time of change differs counts as changed.
const HASHED_BYTES: u64 = 1 << 30;
/// Bytes that are read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Fails where a file of a folder has changed since it was listed, so that nobody knows which rows of it were read. An
/// object of a bucket was fetched in the version that was listed.
pub fn verify_unchanged(files: &[RawFile]) -> Result<(), SourceError> {
    let complaints: Vec<String> = files.iter().filter_map(complaint).collect();
    if complaints.is_empty() {
        return Ok(());
    }
    Err(SourceError::several(complaints))
}

fn complaint(file: &RawFile) -> Option<String> {
    let Place::Folder(path) = &file.place else {
        return None;
    };
    let is_as_listed = std::fs::metadata(path).is_ok_and(|found| {
        found.len() == file.input.bytes && version_of(&found).to_string() == file.input.version
    });
    (!is_as_listed).then(|| {
        format!(
            "{}: it was changed while it was read: run again, to take it in as it is now",
            file.input.path
        )
    })
}

/// The files as they are to be recorded, with hashes of their contents as far as these are cheap. To be called when all
/// rows were read; fails like [`verify_unchanged`].
pub fn recorded(files: &[RawFile], stage: &Stage) -> Result<Vec<InputFile>, SourceError> {
    let mut room = HASHED_BYTES;
    let hashed: Vec<Option<PathBuf>> = files
        .iter()
        .map(|file| {
            let path = match &file.place {
                Place::Folder(path) => Some(path.clone()),
                Place::Bucket { .. } | Place::Web(_) => stage.fetched(file),
                _ => None,
            };
            let path = path.filter(|_| file.input.bytes <= room)?;
            room -= file.input.bytes;
            Some(path)
        })
        .collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let hash_some = || {
        let mut hashes = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match hashed.get(index) {
                Some(Some(path)) => hashes.push((index, hash_of(path).ok())),
                Some(None) => {}
                None => return hashes,
            }
        }
    };
    let mut inputs: Vec<InputFile> = files
        .iter()
        .map(|file| match &file.place {
            Place::Growing { source, from } => source.recorded(&file.input, from.as_ref()),
            _ => file.input.clone(),
        })
        .collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(files.len()))
            .map(|_| scope.spawn(hash_some))
            .collect();
        for worker in workers {
            for (index, hash) in worker.join().unwrap_or_default() {
                inputs[index].hash = hash;
            }
        }
    });
    verify_unchanged(files)?;
    Ok(inputs)
}

/// Whether a file is what was recorded: the same version, or, of a file that was only touched or checked out anew, the same
/// content. Reads the file only where its size is the same and its time is not.
pub fn same_content(file: &RawFile, recorded: &InputFile) -> bool {
    if let Place::Growing { source, .. } = &file.place {
        return source.is_same(recorded);
    }
    if file.input == *recorded {
        return true;
    }
    let Some(hash) = &recorded.hash else {
        return false;
    };
    file.input.path == recorded.path
        && file.input.bytes == recorded.bytes
        && match (&file.input.hash, &file.place) {
            (Some(found), _) => found == hash,
            (None, Place::Folder(path)) => hash_of(path).is_ok_and(|found| found == *hash),
            _ => false,
        }
}

/// A hash that tells changes, not attacks.
pub(super) fn hash_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = XxHash64::with_seed(0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(format!("xxh64:{:016x}", hash.finish())),
            read => hash.write(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::raw_file;

    fn listed(path: &Path) -> RawFile {
        let metadata = std::fs::metadata(path).expect("a file");
        raw_file("a.csv", path.to_owned(), &metadata)
    }

    fn stage() -> Stage {
        Stage::new(PathBuf::from("stage"))
    }

    fn touch(path: &Path, seconds: u64) {
        let file = File::options().append(true).open(path).expect("a file");
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.set_modified(time).expect("touched");
    }

    #[test]
    fn a_file_that_changes_between_listing_and_recording_is_refused() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "n\n1\n").expect("written");
        let files = [listed(&path)];
        assert_eq!(verify_unchanged(&files), Ok(()));
        let hash = recorded(&files, &stage()).expect("recorded").remove(0).hash;
        assert!(hash.is_some_and(|hash| hash.starts_with("xxh64:")));
        let is_refused = || {
            let error = recorded(&files, &stage()).expect_err("refused").to_string();
            error.starts_with("a.csv: it was changed while it was read: run again")
        };
        touch(&path, 1_000_000_000);
        assert!(is_refused(), "the time differs");
        std::fs::write(&path, "n\n1\n2\n").expect("written");
        assert!(is_refused(), "the size differs");
        std::fs::remove_file(&path).expect("removed");
        assert!(is_refused(), "it is gone");
    }

    #[test]
    fn a_file_that_was_only_touched_has_the_same_content() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "n\n1\n").expect("written");
        let before = recorded(&[listed(&path)], &stage()).expect("recorded").remove(0);
        assert!(same_content(&listed(&path), &before));
        touch(&path, 1_000_000_000);
        let touched = listed(&path);
        assert_ne!(touched.input, before);
        assert!(same_content(&touched, &before));
        let unhashed = InputFile {
            hash: None,
            ..before.clone()
        };
        assert!(!same_content(&touched, &unhashed), "it is not known");
        std::fs::write(&path, "n\n2\n").expect("written");
        touch(&path, 1_000_000_000);
        assert!(
            !same_content(&listed(&path), &before),
            "of the same size, but other"
        );
    }
}
