//! A scratch folder: what a verb needs only while it runs.

use std::path::Path;

use anyhow::Context;

/// A temporary folder that goes with the process, also when it is interrupted.
#[derive(Debug)]
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// Makes the folder below `TMPDIR`. Needs a running tokio runtime.
    pub fn begin() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("ingest-")
            .tempdir()
            .context("cannot make a temporary folder: set TMPDIR to one that can be written")?;
        let path = folder.path().to_owned();
        tokio::spawn(async move {
            if interrupted().await.is_ok() {
                // DuckDB may be in the middle of a query, so nobody else would come to remove it.
                let removed = std::fs::remove_dir_all(&path);
                eprintln!("interrupted");
                if let Err(error) = removed {
                    eprintln!("{} stays: {error}", path.display());
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

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
