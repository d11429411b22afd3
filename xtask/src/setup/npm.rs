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
    let package = folder.file_name().unwrap_or_default().to_string_lossy();
    let lock = fs::read_to_string(workspace.path("package-lock.json")).unwrap_or_default();
    let version = locked_version(&lock, "node_modules/@duckdb/node-bindings").unwrap_or("latest");
    bail!(
        "{} is missing. npm leaves out packages of platforms that the lock file was not made on; add it by\n    \
         npm install --no-save @duckdb/{package}@{version}\nor set DUCKDB_LIB_DIR to a folder with DuckDB's shared \
         library. Where DuckDB publishes none, build `ingest` with `--features bundled`",
        folder.display()
    )
}

/// The version that npm's lock file gives a package.
pub(super) fn locked_version<'lock>(lock: &'lock str, package: &str) -> Option<&'lock str> {
    let (_, entry) = lock.split_once(&format!("\"{package}\": {{"))?;
    entry.split_once("\"version\": \"")?.1.split('"').next()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn major_version(printed: &str) -> Option<u32> {
    printed.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{locked_version, major_version};

    #[test]
    fn reads_what_node_prints() {
        assert_eq!(major_version("v20.20.2\n"), Some(20));
        assert_eq!(major_version("node: not found"), None);
    }

    #[test]
    fn reads_a_version_of_the_lock_file() {
        let lock =
            r#"{ "node_modules/a": { "version": "1.0.0" }, "node_modules/a-b": { "version": "1.5.6-r.1" } }"#;
        assert_eq!(locked_version(lock, "node_modules/a-b"), Some("1.5.6-r.1"));
        assert_eq!(locked_version(lock, "node_modules/c"), None);
    }
}
