//! What is known of objects without reading them again.
//!
//! Invariant: a remembered head is answered only for the file that it was made of: same path, size and
//! modification time.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use s3s::dto::HeadObjectOutput;

/// Two writes within one tick of the file system's clock leave the same time stamp, so a younger file is
/// looked at again.
const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// Heads by path.
#[derive(Debug, Default)]
pub(super) struct Heads {
    known: Mutex<HashMap<PathBuf, Known>>,
}

#[derive(Debug)]
struct Known {
    len: u64,
    modified: SystemTime,
    head: HeadObjectOutput,
}

impl Heads {
    pub(super) fn get(&self, path: &Path, metadata: &Metadata) -> Option<HeadObjectOutput> {
        let modified = metadata.modified().ok()?;
        let heads = self.lock();
        let known = heads.get(path)?;
        (known.len == metadata.len() && known.modified == modified).then(|| known.head.clone())
    }

    pub(super) fn remember(&self, path: &Path, metadata: &Metadata, head: &HeadObjectOutput) {
        let Ok(modified) = metadata.modified() else { return };
        if modified.elapsed().is_ok_and(|age| age >= SETTLED_AFTER) {
            let known = Known {
                len: metadata.len(),
                modified,
                head: head.clone(),
            };
            self.lock().insert(path.to_owned(), known);
        }
    }

    pub(super) fn forget(&self, path: &Path) {
        self.lock().remove(path);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, FileTimes};

    fn file_aged(seconds: u64) -> (tempfile::NamedTempFile, Metadata) {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        age(file.as_file(), seconds);
        let metadata = file.as_file().metadata().expect("metadata");
        (file, metadata)
    }

    fn age(file: &File, seconds: u64) {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        file.set_times(FileTimes::new().set_modified(then))
            .expect("sets the time");
    }

    #[test]
    fn a_head_is_answered_until_the_file_changes() {
        let heads = Heads::default();
        let (file, metadata) = file_aged(60);
        heads.remember(file.path(), &metadata, &HeadObjectOutput::default());
        assert!(heads.get(file.path(), &metadata).is_some());
        age(file.as_file(), 30);
        let touched = file.as_file().metadata().expect("metadata");
        assert!(heads.get(file.path(), &touched).is_none());
        heads.forget(file.path());
        assert!(heads.get(file.path(), &metadata).is_none());
    }

    #[test]
    fn a_file_written_just_now_is_not_remembered() {
        let heads = Heads::default();
        let (file, metadata) = file_aged(0);
        heads.remember(file.path(), &metadata, &HeadObjectOutput::default());
        assert!(heads.get(file.path(), &metadata).is_none());
    }
}
