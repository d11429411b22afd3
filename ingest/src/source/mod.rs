//! Raw files as tables of the schema `source`.
//!
//! Invariant: a file is loaded as a whole or not at all; what is wrong is said for each file. A source of which no file
//! can be read, or whose files do not fit together, is not loaded.
//!
//! Entry points: [`list`] finds the files, [`Stage`] brings those of a bucket to this machine, [`load`] makes the
//! table.

mod below;
mod bucket;
mod clash;
mod content;
mod convert;
mod database;
mod drift;
mod growing;
mod keys;
mod load;
mod parquet_file;
mod provenance;
mod reader;
mod redelivered;
mod rejected;
mod stage;
mod text;
mod web;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use object_store::aws::AmazonS3;

use crate::project::{Project, SourceConfig, SourceFormat};
use crate::state::{InputFile, Position};
use crate::target::S3Url;

pub(crate) use bucket::WITHIN_FOLDERS;
pub use content::{recorded, same_content, verify_unchanged};
pub(crate) use database::connect_postgres;
pub use drift::{Drifted, common};
pub use load::{KnownTypes, LoadedSource, Readers, SourceColumn, load};
pub use provenance::explained;
pub use redelivered::taken_in_as;
pub use rejected::Rejected;
pub use stage::Stage;
pub(crate) use stage::mirrored;

/// A raw file that a source's path names.
#[derive(Debug, Clone)]
pub struct RawFile {
    /// What it is called, its size and its version.
    pub input: InputFile,
    /// When it was last changed.
    pub modified: Timestamp,
    place: Place,
}

impl RawFile {
    /// A file of this machine.
    pub fn at(path: &Path) -> std::io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(raw_file(&path.to_string_lossy(), path.to_owned(), &metadata))
    }

    /// The bucket and the key, of an object.
    pub fn object(&self) -> Option<(&AmazonS3, &object_store::path::Path)> {
        match &self.place {
            Place::Bucket { store, key, .. } => Some((store, key)),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
enum Place {
    Folder(PathBuf),
    /// On this machine, where the listing had to fetch it.
    Listed(PathBuf),
    /// In a database.
    Database(Arc<database::Sqlite>),
    /// Wherever it is, it is asked for what is beyond a position.
    Growing {
        source: Arc<growing::Growing>,
        from: Option<Position>,
    },
    /// At a URL, in a version that its server tells.
    Web(Arc<web::Address>),
    Bucket {
        store: Arc<AmazonS3>,
        /// Which store it is, as configured.
        endpoint: String,
        key: object_store::path::Path,
    },
}

/// A raw file that is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// What to call it in messages: its path or URL as configured.
    pub origin: String,
    /// Where it can be read.
    pub path: PathBuf,
    /// As it was listed.
    pub input: InputFile,
}

/// A source that cannot be read: what is wrong with it, file by file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    /// Each complaint names its file and how to fix it.
    pub complaints: Vec<String>,
    /// Files that were read and are no good.
    pub rejected: Vec<Rejected>,
}

impl SourceError {
    /// A source with one thing wrong.
    pub fn one(complaint: impl fmt::Display) -> Self {
        Self::several(vec![complaint.to_string()])
    }

    /// A source with several things wrong.
    pub fn several(complaints: Vec<String>) -> Self {
        Self {
            complaints,
            rejected: Vec::new(),
        }
    }

    /// A source of which these files cannot be read.
    fn of_files(rejected: Vec<Rejected>) -> Self {
        Self {
            complaints: rejected.iter().map(Rejected::complaint).collect(),
            rejected,
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.complaints.join("\n"))
    }
}

impl std::error::Error for SourceError {}

/// Says that a source has no files.
pub fn nothing_found(config: &SourceConfig) -> SourceError {
    SourceError::one(format!(
        "no file matches {}: check path in ingest.toml",
        shown(config)
    ))
}

/// What to call a source's path in messages.
fn shown(config: &SourceConfig) -> String {
    if database::is_server(&config.path) {
        return database::label(config);
    }
    let path = database::sqlite_file(&config.path).unwrap_or(&config.path);
    match web::is_url(path) {
        true => web::label(config),
        false => config.path.clone(),
    }
}

/// Finds the files of a source, in the order of their paths; there may be none. None of them is read, except what only its
/// content tells a version of: that is fetched to `folder`.
pub async fn list(
    project: &Project,
    config: &SourceConfig,
    folder: &Path,
) -> Result<Vec<RawFile>, SourceError> {
    keys::check(config)?;
    if database::is_database(&config.path) {
        return database::list(project, config, folder).await;
    }
    if web::is_url(&config.path) {
        format_of(config)?;
    }
    let files = list_files(project, config, folder).await?;
    format_of(config)?;
    Ok(files)
}

/// Looks closer at files where only that tells what came since these were recorded: asks sources that are read in parts,
/// and fetches to `folder` what may have been delivered once more.
pub async fn look(files: &mut [RawFile], recorded: &[&InputFile], folder: &Path) -> Result<(), SourceError> {
    growing::look(files, recorded).await?;
    redelivered::recognise(files, recorded, folder).await;
    Ok(())
}

/// The files that a path names, whatever is in them.
async fn list_files(
    project: &Project,
    config: &SourceConfig,
    folder: &Path,
) -> Result<Vec<RawFile>, SourceError> {
    if web::is_url(&config.path) {
        return web::list(project, config, folder).await;
    }
    match S3Url::parse(&config.path).map_err(SourceError::one)? {
        Some(url) => bucket::list(project, &url, config).await,
        None => find(project, &config.path),
    }
}

/// Whether a source's path is the URL of a file or an API, and no path or bucket.
pub fn is_url(path: &str) -> bool {
    web::is_url(path)
}

/// Finds all objects in the folder of a bucket that the URL names, and in those below it, in the order of their keys; of a
/// glob, in the folder that its matches share.
pub async fn list_below(project: &Project, url: &S3Url) -> Result<Vec<RawFile>, SourceError> {
    let config = SourceConfig::of_path(&format!("s3://{}/{}", url.bucket, url.key));
    bucket::list_below(project, url, &config).await
}

/// The object of this very key; none where there is none.
pub async fn object(project: &Project, url: &S3Url) -> Result<Option<RawFile>, SourceError> {
    let config = SourceConfig::of_path(&format!("s3://{}/{}", url.bucket, url.key));
    bucket::object(project, url, &config).await
}

/// How to read a source's files: as configured, else by the extension of its path.
pub fn format_of(config: &SourceConfig) -> Result<SourceFormat, SourceError> {
    if let Some(format) = config.format {
        return Ok(format);
    }
    if database::is_database(&config.path) {
        return Ok(SourceFormat::Parquet);
    }
    if config.records.is_some() || config.pagination.is_some() {
        return Ok(SourceFormat::Json);
    }
    let told = format_of_name(web::path_of(&config.path));
    told.map(|(_, format)| format).ok_or_else(|| {
        SourceError::one(format!(
            "{}: its extension does not tell the format: add format = \"csv\", \"parquet\", \"json\", \"arrow\" or \"excel\"",
            shown(config)
        ))
    })
}

/// The format that a file's name or path tells, and what stands before the extension, to which that of a compression belongs.
pub fn format_of_name(name: &str) -> Option<(&str, SourceFormat)> {
    let lower = name.to_ascii_lowercase();
    let plain = [".gz", ".zst"]
        .iter()
        .find_map(|suffix| lower.strip_suffix(suffix))
        .unwrap_or(&lower);
    let (stem, extension) = plain.rsplit_once('.')?;
    let format = match extension {
        "csv" | "tsv" | "txt" => SourceFormat::Csv,
        "parquet" | "pq" => SourceFormat::Parquet,
        "json" | "jsonl" | "ndjson" => SourceFormat::Json,
        "arrow" | "arrows" | "feather" | "ipc" => SourceFormat::Arrow,
        "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => SourceFormat::Excel,
        _ => return None,
    };
    Some((&name[..stem.len()], format))
}

fn find(project: &Project, path: &str) -> Result<Vec<RawFile>, SourceError> {
    if !is_glob(path) {
        let file = project.root.join(path);
        let complaint = match std::fs::metadata(&file) {
            Ok(found) if found.is_file() => return Ok(vec![raw_file(path, file, &found)]),
            Ok(_) => format!("{path} is a folder: write which of its files, as in {path}/*.csv"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => format!(
                "{path} does not exist (looked for {}): check path in ingest.toml",
                file.display()
            ),
            Err(error) => format!("cannot read {path}: {error}"),
        };
        return Err(SourceError::one(complaint));
    }
    let root = glob::Pattern::escape(&project.root.to_string_lossy());
    let pattern = Path::new(&root).join(path);
    let matches = glob::glob(&pattern.to_string_lossy())
        .map_err(|error| SourceError::one(format!("{path} is no valid glob: {error}")))?;
    let mut files = Vec::new();
    for found in matches {
        let found = found.map_err(SourceError::one)?;
        let origin = found
            .strip_prefix(&project.root)
            .unwrap_or(&found)
            .to_string_lossy();
        let metadata = std::fs::metadata(&found)
            .map_err(|error| SourceError::one(format!("cannot read {origin}: {error}")))?;
        if metadata.is_file() {
            files.push(raw_file(&origin, found.clone(), &metadata));
        }
    }
    Ok(files)
}

fn raw_file(origin: &str, path: PathBuf, metadata: &std::fs::Metadata) -> RawFile {
    let modified = version_of(metadata);
    RawFile {
        input: InputFile {
            path: origin.to_owned(),
            bytes: metadata.len(),
            version: modified.to_string(),
            hash: None,
            position: None,
        },
        modified,
        place: Place::Folder(path),
    }
}

/// When a file was last changed, which stands for its version.
fn version_of(metadata: &std::fs::Metadata) -> Timestamp {
    metadata
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A new file of that name in the folder, which is made when it is needed.
fn new_file(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let wrong = |error: std::io::Error| format!("cannot write to {}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(wrong)?;
    let file = tempfile::Builder::new()
        .suffix(&format!("-{}", stage::name_of(Some(name))))
        .tempfile_in(folder)
        .map_err(wrong)?;
    file.keep()
        .map(|(_, path)| path)
        .map_err(|error| wrong(error.error))
}

/// Whether a path has wildcards.
pub fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(path: &str) -> Result<SourceFormat, SourceError> {
        let config = toml::from_str(&format!("path = '{path}'")).expect("parses");
        format_of(&config)
    }

    #[test]
    fn the_format_follows_the_extension() {
        assert_eq!(format("a/*.CSV.gz"), Ok(SourceFormat::Csv));
        assert_eq!(format("s3://b/x.parquet"), Ok(SourceFormat::Parquet));
        assert_eq!(format("x.ndjson"), Ok(SourceFormat::Json));
        assert_eq!(format("x.feather"), Ok(SourceFormat::Arrow));
        assert_eq!(format("x.XLSX"), Ok(SourceFormat::Excel));
        let error = format("a.b/x").expect_err("refused");
        assert!(error.to_string().contains("add format ="), "{error}");
    }
}
