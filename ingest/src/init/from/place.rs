//! Where files are looked for: folders of this machine, or a bucket.
//!
//! Invariant: what a glob is said to find is what a run will find by it.
//!
//! Entry point: [`Place::list`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::project::Project;
use crate::source::{self, RawFile, WITHIN_FOLDERS};
use crate::target::S3Url;

/// Where files are.
#[derive(Debug)]
pub(super) enum Place {
    Folder,
    /// Paths of all objects that a glob could find, as [`Listed::path`] has them.
    Bucket(Vec<String>),
}

/// A file that was found.
#[derive(Debug)]
pub(super) struct Listed {
    /// From the root on; of an object, below a folder that is called as the bucket.
    pub path: String,
    /// Whether it was asked for by its name, and not only by its folder.
    pub is_named: bool,
    pub file: RawFile,
}

impl Place {
    /// The files of a folder, of a glob or of a prefix.
    pub(super) async fn list(project: &Project, from: &str) -> anyhow::Result<(Self, Vec<Listed>)> {
        anyhow::ensure!(
            !from.starts_with("http://") && !from.starts_with("https://"),
            "--from {from} cannot be listed: init looks at folders and buckets. Make a project without --from, and write \
             the address as path of a [sources.NAME] into its ingest.toml"
        );
        match S3Url::parse(from).with_context(|| format!("--from {from}"))? {
            Some(url) => in_bucket(project, &url).await,
            None => Ok((Self::Folder, in_folder(from)?)),
        }
    }

    pub(super) fn is_bucket(&self) -> bool {
        matches!(self, Self::Bucket(_))
    }

    /// A glob as a source's path has it.
    pub(super) fn address(&self, glob: &[String]) -> String {
        let joined = glob.join("/");
        match self {
            Self::Bucket(_) => format!("s3://{joined}"),
            Self::Folder if cfg!(windows) => joined,
            Self::Folder => format!("/{joined}"),
        }
    }

    /// The paths that a glob finds, without slashes in front; none where that cannot be told.
    pub(super) fn matching(&self, glob: &[String]) -> Option<BTreeSet<String>> {
        match self {
            Self::Folder => glob::glob(&self.address(glob))
                .ok()?
                .map(|found| Some(plain(&found.ok()?)))
                .collect(),
            Self::Bucket(paths) => {
                let pattern = glob::Pattern::new(&glob.join("/")).ok()?;
                let is_found = |path: &&String| pattern.matches_with(path, WITHIN_FOLDERS);
                Some(paths.iter().filter(is_found).cloned().collect())
            }
        }
    }
}

fn plain(path: &Path) -> String {
    let path = path.to_string_lossy();
    path.strip_prefix('/').unwrap_or(&path).to_owned()
}

async fn in_bucket(project: &Project, url: &S3Url) -> anyhow::Result<(Place, Vec<Listed>)> {
    let is_glob = source::is_glob(&url.key);
    let mut files = source::list_below(project, url).await?;
    let mut is_named = is_glob;
    if files.is_empty() && !is_glob && !url.key.is_empty() {
        // It may be an object; what is no object either is a prefix of nothing.
        files.extend(source::object(project, url).await?);
        is_named = true;
    }
    let path_of = |file: &RawFile| {
        let path = &file.input.path;
        path.strip_prefix("s3://").unwrap_or(path).to_owned()
    };
    let paths: Vec<String> = files.iter().map(path_of).collect();
    let pattern = if is_glob {
        Some(glob::Pattern::new(&url.key).with_context(|| format!("{} is no valid glob", url.key))?)
    } else {
        None
    };
    let start = url.bucket.len() + 1;
    let listed = files
        .into_iter()
        .zip(&paths)
        .filter(|(_, path)| {
            let key = &path[start..];
            match &pattern {
                Some(pattern) => pattern.matches_with(key, WITHIN_FOLDERS),
                None => !is_hidden(key.strip_prefix(&url.key).unwrap_or(key)),
            }
        })
        .map(|(file, path)| Listed {
            path: path.clone(),
            is_named,
            file,
        })
        .collect();
    Ok((Place::Bucket(paths), listed))
}

fn is_hidden(key: &str) -> bool {
    key.split('/').any(|part| part.starts_with('.'))
}

fn in_folder(from: &str) -> anyhow::Result<Vec<Listed>> {
    let (pattern, is_folder) = pattern_of(from)?;
    let hidden_stay_hidden = glob::MatchOptions {
        require_literal_leading_dot: true,
        ..glob::MatchOptions::default()
    };
    let matches = glob::glob_with(&pattern, hidden_stay_hidden)
        .with_context(|| format!("--from {from} is no valid glob"))?;
    let mut listed = Vec::new();
    for found in matches {
        let found = found.with_context(|| format!("cannot list {from}"))?;
        if !found.is_file() {
            continue;
        }
        let path = real(&found)?;
        listed.push(Listed {
            // No source can name what is no Unicode: it is one of the others.
            path: path.to_str().unwrap_or_default().to_owned(),
            is_named: !is_folder,
            file: RawFile::at(&path).with_context(|| format!("cannot read {}", found.display()))?,
        });
    }
    Ok(listed)
}

fn pattern_of(from: &str) -> anyhow::Result<(String, bool)> {
    let path = Path::new(from);
    if path.is_dir() {
        let folder = glob::Pattern::escape(&path.to_string_lossy());
        return Ok((format!("{}/**/*", folder.trim_end_matches('/')), true));
    }
    if path.is_file() {
        return Ok((glob::Pattern::escape(from), false));
    }
    anyhow::ensure!(
        source::is_glob(from),
        "--from {from} does not exist: name a folder, a glob in quotes as in 'raw/*.csv', or s3://bucket/prefix"
    );
    Ok((from.to_owned(), false))
}

/// The path from the root on, so that it is the same from wherever it is looked at. A link keeps its name, which tells the
/// format.
fn real(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute =
        std::path::absolute(path).with_context(|| format!("cannot tell where {} is", path.display()))?;
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Ok(absolute);
    };
    let folder = folder
        .canonicalize()
        .with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(folder.join(name))
}
