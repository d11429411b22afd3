//! The npm packages: esbuild, the bundled JavaScript, the browser driver, the sample data and DuckDB's library.
//!
//! Entry points: [`run`], [`duckdb_library`].

use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::environment;
use crate::report::step;
use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 20;

/// Installs the packages of `package-lock.json` when `node_modules` is absent or older.
pub fn run(workspace: &Workspace) -> Result<()> {
    match workspace
        .read("node", &["--version"])
        .as_deref()
        .and_then(major_version)
    {
        Some(version) if version >= OLDEST_NODE => {}
        Some(version) => {
            bail!("Node {version} is too old; install Node {OLDEST_NODE} or newer from https://nodejs.org")
        }
        None => bail!("`node` does not run; install Node {OLDEST_NODE} or newer from https://nodejs.org"),
    }
    let wanted = modified(&workspace.path("package-lock.json"));
    let installed = modified(&workspace.path("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    step(
        "npm ci",
        "JavaScript libraries, sample data and DuckDB's library come from npm",
        || {
            let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
            Ok(workspace
                .cmd(npm)
                .args(["ci", "--no-audit", "--no-fund"])
                .quiet()
                .run()?)
        },
    )
}

/// Checks that DuckDB's library for this platform is there.
pub fn duckdb_library(workspace: &Workspace) -> Result<()> {
    if std::env::var_os("DUCKDB_LIB_DIR").is_some() {
        return Ok(());
    }
    let folder = environment::duckdb_library(workspace);
    if folder.is_dir() {
        return Ok(());
    }
    bail!(
        "{} is missing: DuckDB publishes no library for this platform, or npm skipped it. Set DUCKDB_LIB_DIR to a \
         folder with DuckDB's shared library, or build `ingest` with `--features bundled`",
        folder.display()
    )
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn major_version(printed: &str) -> Option<u32> {
    printed.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn reads_what_node_prints() {
        assert_eq!(major_version("v20.20.2\n"), Some(20));
        assert_eq!(major_version("node: not found"), None);
    }
}
