//! Where `--output` of a verb goes, or the file that a model asks for: standard output, a file, an object of a bucket.
//!
//! Invariant: a file or an object appears whole or not at all; what was there before stays until then. What is no file,
//! such as a pipe or `/dev/null`, is written to and not replaced.
//!
//! Entry points: [`Output::of`], [`Output::at`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use object_store::aws::AmazonS3;
use object_store::buffered::BufWriter;
use object_store::path::Path as Key;
use tokio::io::AsyncWriteExt;

use crate::project::Project;
use crate::target::{S3Url, at_s3, open_bucket};

/// A place for what a verb writes.
#[derive(Debug)]
pub(crate) enum Output {
    /// Standard output.
    Standard,
    /// A file of this machine.
    File(PathBuf),
    /// An object.
    Object {
        /// As it was given, for messages.
        address: String,
        /// The bucket.
        store: Arc<AmazonS3>,
        /// The object's key.
        key: Key,
    },
}

impl Output {
    /// The place that was asked for, checked before work is done for it.
    pub(crate) async fn of(address: Option<&str>, project: &Project) -> anyhow::Result<Self> {
        match address {
            Some(address) => Self::at("--output", address, project).await,
            None => Ok(Self::Standard),
        }
    }

    /// A file or an object at an address. `place` is named in errors, as where the address was given.
    pub(crate) async fn at(place: &str, address: &str, project: &Project) -> anyhow::Result<Self> {
        if let Some(url) = S3Url::parse(address).with_context(|| format!("{place} is no address"))? {
            if url.key.is_empty() || address.ends_with('/') {
                bail!("{place} {address} names no object: write s3://bucket/key");
            }
            let key = Key::parse(&url.key).with_context(|| format!("{place} {address} is no key"))?;
            let settings = project.settings();
            let (endpoint, region) = (settings.endpoint.as_deref(), settings.region.as_deref());
            let store = Arc::new(open_bucket(project, &url.bucket, endpoint, region).await?);
            let address = address.to_owned();
            return Ok(Self::Object { address, store, key });
        }
        let path = PathBuf::from(address);
        if path.is_dir() || path.file_name().is_none() || address.ends_with('/') {
            bail!("{place} {address} is a folder: write the name of a file in it");
        }
        if !folder_of(&path).is_dir() {
            bail!(
                "{place} {address}: there is no folder {}; make it first",
                folder_of(&path).display()
            );
        }
        Ok(Self::File(path))
    }

    /// Copies a finished file to the place.
    pub(crate) async fn take(&self, from: &Path) -> anyhow::Result<()> {
        match self {
            Self::Standard => {
                let mut file = std::fs::File::open(from)?;
                match tokio::task::block_in_place(|| io::copy(&mut file, &mut io::stdout().lock())) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        Err(error).context("cannot write to standard output")
                    }
                    _ => Ok(()),
                }
            }
            Self::File(path) => tokio::task::block_in_place(|| place(from, path))
                .with_context(|| format!("cannot write {}", path.display())),
            Self::Object { address, store, key } => {
                let mut file = tokio::fs::File::open(from).await?;
                let mut object = BufWriter::new(store.clone(), key.clone());
                let put = match tokio::io::copy(&mut file, &mut object).await {
                    // Where this fails the store has taken its parts back.
                    Ok(_) => object.shutdown().await,
                    Err(error) => {
                        // Parts that stay without an end are no object; what counts is the first error.
                        let _ = object.abort().await;
                        Err(error)
                    }
                };
                let Err(error) = put else {
                    return Ok(());
                };
                bail!("cannot write {address}: {}", at_s3(&error))
            }
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Copies into the folder of the path, where a rename takes one step, and renames.
fn place(from: &Path, path: &Path) -> io::Result<()> {
    if path.exists() && !path.is_file() {
        let mut there = std::fs::OpenOptions::new().write(true).open(path)?;
        return io::copy(&mut std::fs::File::open(from)?, &mut there).map(|_| ());
    }
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: less what the umask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut copy = builder.prefix(".ingest-").tempfile_in(folder_of(path))?;
    io::copy(&mut std::fs::File::open(from)?, copy.as_file_mut())?;
    copy.as_file().sync_all()?;
    copy.persist(path)?;
    Ok(())
}
