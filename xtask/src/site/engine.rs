//! The engine: the crate `worker` as a module that `public/worker.js` imports.
//!
//! Entry point: [`build`].

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use super::Optimisation;
use crate::report::step;
use crate::workspace::Workspace;

const OUTPUT: &str = "public/engine";

/// Compiles the engine and generates its JavaScript, each only if something changed.
pub fn build(workspace: &Workspace, optimisation: Optimisation) -> Result<()> {
    let profile = optimisation.profile();
    step(
        "compile the engine",
        "DataFusion and all; the first time takes minutes, then seconds",
        || {
            // As a module alone: the dependencies of a crate that is linked otherwise too are compiled to the end, which a
            // link with optimisation over all crates throws away.
            let cargo = workspace.cmd("cargo").args([
                "rustc",
                "--package",
                "worker",
                "--lib",
                "--crate-type",
                "cdylib",
            ]);
            Ok(cargo
                .args(["--target", "wasm32-unknown-unknown", "--profile", profile])
                .quiet()
                .run()?)
        },
    )?;
    let module = workspace
        .target
        .join("wasm32-unknown-unknown")
        .join(profile)
        .join("worker.wasm");
    let output = workspace.path(OUTPUT);
    let generated = output.join("engine_bg.wasm");
    // The output carries the time of its input, so that a change of profile counts as a change too.
    let built = modified(&module)?;
    if modified(&generated).is_ok_and(|time| time == built) {
        return Ok(());
    }
    step(
        "bind the engine",
        "wasm-bindgen writes the JavaScript side",
        || {
            let bindgen = workspace.cmd("wasm-bindgen").args([
                "--target",
                "web",
                "--out-name",
                "engine",
                "--no-typescript",
            ]);
            bindgen
                .arg("--out-dir")
                .arg(&output)
                .arg(&module)
                .quiet()
                .run()
                .context(
                    "wasm-bindgen must be of the version in Cargo.lock: `cargo xtask setup` installs it, \
             and `cargo xtask site` finds it",
                )?;
            File::options()
                .write(true)
                .open(&generated)
                .and_then(|file| file.set_modified(built))
                .with_context(|| format!("cannot set the time of {}", generated.display()))
        },
    )
}

fn modified(path: &Path) -> Result<SystemTime> {
    let time = fs::metadata(path).and_then(|metadata| metadata.modified());
    time.with_context(|| format!("cannot read the time of {}", path.display()))
}
