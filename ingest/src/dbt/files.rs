//! The files of a dbt project, folder by folder.

use std::path::{Path, PathBuf};

use super::yaml;
use crate::project::ProjectError;

/// A file of the project.
#[derive(Debug, Clone)]
pub(super) struct ProjectFile {
    /// Relative to the project.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// The configured folder in which it was found, such as `models`.
    pub folder: PathBuf,
}

impl ProjectFile {
    /// Its name without the extension.
    pub fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// The folders between the configured one and the file.
    pub fn folders(&self) -> Vec<String> {
        let inner = self.path.strip_prefix(&self.folder).unwrap_or(&self.path);
        inner
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect()
    }

    /// What it says, if it is YAML.
    pub fn yaml(&self) -> Result<serde_json::Value, ProjectError> {
        yaml(&self.path, &self.text)
    }
}

/// Files with one of these extensions below these folders of the project, by path. Folders that are not there have none.
pub(super) fn find(
    root: &Path,
    folders: &[String],
    extensions: &[&str],
) -> Result<Vec<ProjectFile>, ProjectError> {
    let mut files = Vec::new();
    for folder in folders {
        let folder = Path::new(folder);
        let mut waiting = vec![folder.to_owned()];
        while let Some(inner) = waiting.pop() {
            let absolute = root.join(&inner);
            let unreadable = |cause| ProjectError::Unreadable {
                file: absolute.clone(),
                cause,
            };
            let entries = match std::fs::read_dir(&absolute) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(unreadable(error)),
            };
            for entry in entries {
                let found = entry.map_err(unreadable)?.path();
                let path = found.strip_prefix(root).unwrap_or(&found).to_owned();
                let extension = found.extension().and_then(|extension| extension.to_str());
                if found.is_dir() {
                    waiting.push(path);
                } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
                    let text = match extension {
                        // Its rows are read where it is a source.
                        Some("csv") => Ok(String::new()),
                        _ => std::fs::read_to_string(&found),
                    };
                    files.push(ProjectFile {
                        text: text.map_err(|cause| ProjectError::Unreadable { file: found, cause })?,
                        folder: folder.to_owned(),
                        path,
                    });
                }
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}
