//! Writes files that are not there yet.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use super::NewFile;

/// What became of the files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Paths that were written.
    pub made: Vec<String>,
    /// Paths where something was already.
    pub kept: Vec<String>,
}

/// Writes each file below the folder, in order; what is there stays.
pub(super) fn write(folder: &Path, files: &[NewFile]) -> anyhow::Result<Written> {
    let mut written = Written::default();
    for file in files {
        let path = folder.join(&file.path);
        let made = make(&path, &file.text).with_context(|| {
            format!(
                "cannot write {}: make the folder writable, or name another one",
                path.display()
            )
        })?;
        let list = if made {
            &mut written.made
        } else {
            &mut written.kept
        };
        list.push(file.path.clone());
    }
    Ok(written)
}

/// Whether the file was made; not where there is one.
fn make(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => match file.write_all(text.as_bytes()) {
            Ok(()) => Ok(true),
            Err(error) => {
                // Half a file would be kept the next time.
                std::fs::remove_file(path)?;
                Err(error)
            }
        },
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
