//! Raw files that are delivered once more: under another name, or as a new version of the same content.
//!
//! Invariant: files count as the same only where their bytes are, and where nothing of their rows comes from their names.
//!
//! Entry points: [`taken_in_as`], [`recognise`].

use std::path::{Path, PathBuf};

use futures::{StreamExt, stream};

use super::content::hash_of;
use super::stage::{FETCHES, below_in};
use super::{Place, RawFile, bucket};
use crate::project::SourceConfig;
use crate::state::InputFile;

/// The option by which rows have the name of their file.
const FILENAME: &str = "filename";
/// Digits of an MD5.
const MD5_DIGITS: usize = 32;

/// The file of another name that was taken in with the same content.
pub fn taken_in_as<'a>(
    file: &RawFile,
    config: &SourceConfig,
    recorded: impl IntoIterator<Item = &'a InputFile>,
) -> Option<&'a InputFile> {
    if config.provenance || config.options.contains_key(FILENAME) {
        return None;
    }
    let mut alike = recorded
        .into_iter()
        .filter(|other| other.path != file.input.path && may_be_same(&file.input, other))
        .peekable();
    // Nothing is read where no size is the same.
    alike.peek()?;
    if file.object().is_some() && is_md5(&file.input.version) {
        return alike.find(|other| other.version == file.input.version);
    }
    let hash = match (&file.input.hash, &file.place) {
        (Some(hash), _) => hash.clone(),
        (None, Place::Folder(path)) => hash_of(path).ok()?,
        _ => return None,
    };
    alike.find(|other| other.hash.as_ref() == Some(&hash))
}

/// Fetches what only its content can tell from what was taken in: files of other places than this machine that have the
/// size of one that is recorded, and another version or name.
pub(super) async fn recognise(files: &mut [RawFile], recorded: &[&InputFile], folder: &Path) {
    let is_suspect = |file: &RawFile| {
        let is_known = recorded.iter().any(|other| **other == file.input);
        let is_told = file.object().is_some()
            && is_md5(&file.input.version)
            && recorded
                .iter()
                .any(|other| other.version == file.input.version && other.bytes == file.input.bytes);
        !is_known && !is_told && recorded.iter().any(|other| may_be_same(&file.input, other))
    };
    let suspects = files
        .iter_mut()
        .filter(|file| matches!(file.place, Place::Bucket { .. } | Place::Web(_)))
        .filter(|file| is_suspect(file));
    let fetching = suspects.map(|file| async move {
        // What cannot be fetched is told where it is read.
        let Ok(path) = place_for(file, folder) else {
            return;
        };
        let fetched = match &file.place {
            Place::Bucket { store, key, .. } => bucket::fetch(store, key, &file.input, &path).await,
            Place::Web(address) => address.fetch(&file.input, &path).await,
            _ => return,
        };
        if let (Ok(()), Ok(hash)) = (fetched, hash_of(&path)) {
            file.input.hash = Some(hash);
            file.place = Place::Listed(path);
        }
    });
    stream::iter(fetching)
        .buffer_unordered(FETCHES)
        .collect::<()>()
        .await;
}

/// Where a file is fetched to, in a folder of its own: folders of its path may stand for columns.
fn place_for(file: &RawFile, folder: &Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let below = tempfile::tempdir_in(folder)?.keep();
    let path = below.join(below_in(&file.place, &file.input.path));
    std::fs::create_dir_all(path.parent().unwrap_or(&below))?;
    Ok(path)
}

fn may_be_same(file: &InputFile, recorded: &InputFile) -> bool {
    file.bytes == recorded.bytes && recorded.hash.is_some() && parts(&file.path).eq(parts(&recorded.path))
}

/// The folders of a path whose names are values of columns.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').filter(|folder| folder.contains('='))
}

/// Whether the version of an object is a hash of its content, or of the hashes of its parts.
fn is_md5(version: &str) -> bool {
    let version = version.trim_matches('"');
    let (hash, parts) = version.split_once('-').unwrap_or((version, "1"));
    hash.len() == MD5_DIGITS
        && hash.chars().all(|c| c.is_ascii_hexdigit())
        && parts.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::raw_file;

    fn config(options: &str) -> SourceConfig {
        toml::from_str(&format!("path = 'x'\n{options}")).expect("parses")
    }

    #[test]
    fn the_same_bytes_under_another_name_are_the_same_file() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let listed = |name: &str, text: &str| {
            let path = folder.path().join(name.replace('/', "-"));
            std::fs::write(&path, text).expect("written");
            let metadata = std::fs::metadata(&path).expect("a file");
            raw_file(name, path, &metadata)
        };
        let first = listed("day=1/a.csv", "n\n1\n");
        let hash = match &first.place {
            Place::Folder(path) => hash_of(path).ok(),
            _ => None,
        };
        let recorded = [InputFile { hash, ..first.input }];
        let name = |file: &RawFile, options: &str| {
            taken_in_as(file, &config(options), &recorded).map(|other| other.path.clone())
        };
        let again = listed("day=1/b.csv", "n\n1\n");
        assert_eq!(name(&again, "").as_deref(), Some("day=1/a.csv"));
        assert_eq!(
            name(&again, "options = { filename = true }"),
            None,
            "rows tell the name"
        );
        assert_eq!(name(&again, "provenance = true"), None, "rows tell the name");
        assert_eq!(
            name(&listed("day=2/a.csv", "n\n1\n"), ""),
            None,
            "rows tell the folder"
        );
        assert_eq!(
            name(&listed("day=1/c.csv", "n\n2\n"), ""),
            None,
            "it has other rows"
        );
        assert_eq!(name(&listed("day=1/a.csv", "n\n1\n"), ""), None, "it is itself");
    }

    #[test]
    fn some_versions_of_objects_are_hashes() {
        assert!(is_md5("\"d41d8cd98f00b204e9800998ecf8427e\""));
        assert!(is_md5("d41d8cd98f00b204e9800998ecf8427e-12"));
        assert!(!is_md5("\"v1\""));
        assert!(!is_md5("2024-01-01T00:00:00Z"));
    }
}
