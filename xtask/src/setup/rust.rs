//! What rustup adds to a toolchain.
//!
//! Entry points: [`wasm_target`], [`components`].

use anyhow::{Context, Result, bail};
use std::path::Path;

use crate::report::step;
use crate::workspace::Workspace;

const WASM: &str = "wasm32-unknown-unknown";

/// The standard library for the browser.
pub fn wasm_target(workspace: &Workspace) -> Result<()> {
    let libraries = workspace
        .read("rustc", &["--print", "target-libdir", "--target", WASM])
        .context("rustc does not run; install Rust from https://rustup.rs")?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    rustup(
        workspace,
        &["target", "add", WASM],
        "the engine and the page are compiled to WebAssembly",
    )
}

/// rustfmt and clippy, which rustup's minimal profile leaves out.
pub fn components(workspace: &Workspace) -> Result<()> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !workspace.succeeds("cargo", &[command, "--version"]) {
            rustup(
                workspace,
                &["component", "add", component],
                "the tests check format and lints",
            )?;
        }
    }
    Ok(())
}

fn rustup(workspace: &Workspace, args: &[&str], why: &str) -> Result<()> {
    let line = format!("rustup {}", args.join(" "));
    if !workspace.succeeds("rustup", &["--version"]) {
        bail!("`{line}` is needed and there is no rustup; install it from https://rustup.rs");
    }
    step(&line, why, || {
        Ok(workspace.cmd("rustup").args(args).quiet().run()?)
    })
}
