//! Installs what is missing and nothing else.
//!
//! Invariant: each requirement is probed by using it, never by remembering that it was installed; a present one costs
//! milliseconds and prints nothing.
//!
//! Entry point: [`run`], with what the command at hand needs.

mod apt;
pub mod chromium;
pub mod clang;
mod npm;
mod postgres;
pub mod pypi;
mod rust;
pub mod tools;

use anyhow::Result;

use crate::workspace::Workspace;

/// What a command needs from the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The wasm target, a C compiler for it, wasm-bindgen, Trunk and the npm packages.
    Site,
    /// The wasm target and a C compiler for it.
    Wasm,
    /// DuckDB's library, which comes with the npm packages.
    Native,
    /// rustfmt and clippy.
    Lints,
    /// PostgreSQL, which the tests of ingest read from.
    Postgres,
    /// A Chromium that the browser tests can drive.
    Browser,
    /// pyarrow, with which the browser tests compare.
    Pyarrow,
    /// pyiceberg, and pyarrow, with which the tests of ingest read what it exports.
    Pyiceberg,
    /// DuckDB for Python, which the bench of ingest measures beside it.
    PythonDuckdb,
}

/// Makes sure that all of `needs` are met.
pub fn run(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    let needed = |any: &[Need]| any.iter().any(|need| needs.contains(need));
    if needed(&[Need::Lints]) {
        rust::components(workspace)?;
    }
    if needed(&[Need::Site, Need::Wasm]) {
        rust::wasm_target(workspace)?;
        clang::run(workspace)?;
    }
    if needed(&[Need::Site, Need::Native, Need::Browser]) {
        npm::run(workspace)?;
    }
    if needed(&[Need::Native]) {
        npm::duckdb_library(workspace)?;
    }
    if needed(&[Need::Site]) {
        tools::run(workspace)?;
    }
    if needed(&[Need::Postgres]) {
        postgres::run(workspace)?;
    }
    if needed(&[Need::Browser]) {
        chromium::run(workspace)?;
    }
    if needed(&[Need::Pyarrow, Need::Pyiceberg]) {
        pypi::run(workspace, &pypi::PYARROW)?;
    }
    if needed(&[Need::Pyiceberg]) {
        pypi::run(workspace, &pypi::PYICEBERG)?;
    }
    if needed(&[Need::PythonDuckdb]) {
        pypi::run(workspace, &pypi::DUCKDB)?;
    }
    Ok(())
}
