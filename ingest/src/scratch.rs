//! A scratch folder: what a verb needs only while it runs.
//!
//! Invariant: the folder can be written. One that was set is taken or refused; of the system's own, the first that can
//! be written is taken, so that a read-only root without `HOME` and `TMPDIR` does.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::log;
use crate::settings::{Origin, Settings, declared};

/// Where systems let everyone write.
#[cfg(unix)]
const USUAL: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];
#[cfg(not(unix))]
const USUAL: [&str; 0] = [];

/// A temporary folder that goes with the process, also when it is interrupted.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// Makes the folder where the settings say. Needs a running tokio runtime.
    pub fn begin(settings: &Settings) -> anyhow::Result<Self> {
        let folder = make(settings)?;
        let path = folder.path().to_owned();
        tokio::spawn(async move {
            if interrupted().await.is_ok() {
                // DuckDB may be in the middle of a query, so nobody else would come to remove it.
                let removed = std::fs::remove_dir_all(&path);
                log::interrupted();
                if let Err(error) = removed {
                    log::warning(&format!("{} stays: {error}", path.display()));
                }
                std::process::exit(130);
            }
        });
        Ok(Self { folder })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn make(settings: &Settings) -> anyhow::Result<tempfile::TempDir> {
    let places = declared::TEMP_DIRECTORY.places(None, None);
    if let Some((folder, origin)) = &settings.temp_directory
        && *origin != Origin::Variable("TMPDIR".to_owned())
    {
        return below(folder).with_context(|| {
            format!(
                "cannot make a temporary folder in {}, which {origin} names: set another one by {places}",
                folder.display()
            )
        });
    }
    let mut tried = Vec::new();
    for folder in candidates(settings) {
        match below(&folder) {
            Ok(made) => {
                if !tried.is_empty() {
                    tracing::warn!("temporary files go to {}: {}", folder.display(), tried.join(", "));
                }
                return Ok(made);
            }
            Err(error) => tried.push(format!("{}: {error}", folder.display())),
        }
    }
    anyhow::bail!(
        "cannot make a temporary folder ({}): set one that can be written by {places}",
        tried.join(", ")
    )
}

fn candidates(settings: &Settings) -> Vec<PathBuf> {
    let set = settings.temp_directory.iter().map(|(folder, _)| folder.clone());
    let mut folders: Vec<PathBuf> = set.chain([std::env::temp_dir()]).collect();
    folders.extend(USUAL.map(PathBuf::from));
    folders.dedup();
    folders
}

/// The path is made absolute: DuckDB and threads may look from elsewhere.
fn below(folder: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix("ingest-")
        .tempdir_in(std::path::absolute(folder)?)
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
