//! The variables that builds of this tree need.
//!
//! Invariant: what the user has set wins; everything else is derived from the checkout and the caches.
//!
//! Entry points: [`of_children`], [`print`].

use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::setup::{clang, pypi, tools};
use crate::workspace::Workspace;

/// The variables set for every child process.
pub fn of_children(workspace: &Workspace) -> Result<Vec<(&'static str, OsString)>> {
    let mut variables = of_cargo(workspace);
    let mut path: Vec<PathBuf> = tools::bin_dirs(workspace)?;
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    variables.push((
        "PATH",
        env::join_paths(path).context("a folder on PATH has a separator in its name")?,
    ));
    let python = [&pypi::PYICEBERG, &pypi::PYARROW].map(|package| pypi::folder(workspace, package));
    let python: Vec<PathBuf> = python.into_iter().collect::<Result<_>>()?;
    variables.push((
        "GOLDPAN_PYICEBERG",
        env::join_paths(python).context("a folder of the cache has a separator in its name")?,
    ));
    Ok(variables)
}

/// The variables that decide what cargo builds, and where.
fn of_cargo(workspace: &Workspace) -> Vec<(&'static str, OsString)> {
    let mut variables = vec![("CARGO_TARGET_DIR", workspace.target.clone().into())];
    if env::var_os("DUCKDB_LIB_DIR").is_none() {
        variables.push(("DUCKDB_LIB_DIR", duckdb_library(workspace).into()));
    }
    variables.extend(clang::variables());
    variables
}

/// The folder of DuckDB's library, as DuckDB's own npm package for this platform carries it.
pub fn duckdb_library(workspace: &Workspace) -> PathBuf {
    let platform = duckdb_platform(env::consts::OS, env::consts::ARCH, cfg!(target_env = "musl"));
    workspace.path(format!("node_modules/@duckdb/node-bindings-{platform}"))
}

fn duckdb_platform(os: &str, arch: &str, musl: bool) -> String {
    let os = match os {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let arch = match arch {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}-{arch}{}", if musl { "-musl" } else { "" })
}

/// What `cargo run` puts into the environment of the program it runs. Build scripts watch some of these, so a child
/// cargo that saw them would rebuild crates that a plain `cargo build` has built already.
pub fn leaked_by_cargo_run() -> impl Iterator<Item = &'static str> {
    [
        "CARGO",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_AUTHORS",
        "CARGO_PKG_DESCRIPTION",
        "CARGO_PKG_HOMEPAGE",
        "CARGO_PKG_LICENSE",
        "CARGO_PKG_LICENSE_FILE",
        "CARGO_PKG_NAME",
        "CARGO_PKG_README",
        "CARGO_PKG_REPOSITORY",
        "CARGO_PKG_RUST_VERSION",
        "CARGO_PKG_VERSION",
        "CARGO_PKG_VERSION_MAJOR",
        "CARGO_PKG_VERSION_MINOR",
        "CARGO_PKG_VERSION_PATCH",
        "CARGO_PKG_VERSION_PRE",
    ]
    .into_iter()
}

/// Prints `export` lines, for `eval "$(cargo xtask env)"`.
pub fn print(workspace: &Workspace) -> Result<()> {
    for (name, value) in of_children(workspace)? {
        let value = value
            .to_str()
            .with_context(|| format!("{name} is not valid UTF-8"))?;
        println!("export {name}='{}'", value.replace('\'', r"'\''"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::duckdb_platform;

    #[test]
    fn platforms_carry_the_names_of_the_npm_packages() {
        assert_eq!(duckdb_platform("linux", "x86_64", false), "linux-x64");
        assert_eq!(duckdb_platform("linux", "aarch64", true), "linux-arm64-musl");
        assert_eq!(duckdb_platform("macos", "aarch64", false), "darwin-arm64");
        assert_eq!(duckdb_platform("windows", "x86_64", false), "win32-x64");
    }
}
