//! Command-line tools that cargo installs: wasm-bindgen and Trunk, each of exactly one version.
//!
//! Invariant: each tool and version has a folder of its own below the cache, so that checkouts that pin different
//! versions live side by side and nothing of the user's is replaced. A tool of the right version on PATH is used.
//!
//! Entry points: [`run`], [`bin_dirs`].

use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

use crate::lockfile;
use crate::report::step;
use crate::workspace::Workspace;

const TRUNK_VERSION: &str = "0.21.14";

struct Tool {
    command: &'static str,
    package: &'static str,
    version: String,
    why: &'static str,
    install: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

fn all(workspace: &Workspace) -> Result<[Tool; 2]> {
    let path = workspace.path("Cargo.lock");
    let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok([
        Tool {
            command: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            version: lockfile::version_of(&lock, "wasm-bindgen")?.to_owned(),
            why: "it must be of exactly the version in Cargo.lock; takes a few minutes, once",
            install: &[],
            environment: &[],
        },
        Tool {
            command: "trunk",
            package: "trunk",
            version: TRUNK_VERSION.to_owned(),
            why: "it builds the page; takes a few minutes, once",
            // It downloads nothing for us, so it needs no TLS; its own profile (fat LTO) takes three times as long.
            install: &["--locked", "--no-default-features"],
            environment: &[
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
            ],
        },
    ])
}

/// Installs each tool that is not on PATH in the right version.
pub fn run(workspace: &Workspace) -> Result<()> {
    all(workspace)?
        .iter()
        .try_for_each(|tool| tool.install(workspace))
}

/// Where the tools are, if they were installed here: to be put first on PATH.
pub fn bin_dirs(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    Ok(all(workspace)?
        .iter()
        .map(|tool| tool.root(workspace).join("bin"))
        .collect())
}

impl Tool {
    fn root(&self, workspace: &Workspace) -> PathBuf {
        workspace.tools.join(format!("{}-{}", self.command, self.version))
    }

    fn is_present(&self, workspace: &Workspace) -> bool {
        let printed = workspace.read(self.command, &["--version"]).unwrap_or_default();
        printed.split_whitespace().nth(1) == Some(&self.version)
    }

    fn install(&self, workspace: &Workspace) -> Result<()> {
        if self.is_present(workspace) {
            return Ok(());
        }
        let what = format!("cargo install {} {}", self.package, self.version);
        step(&what, self.why, || {
            let cargo = workspace
                .cmd("cargo")
                .args(["install", self.package, "--version", &self.version]);
            // A target directory of its own, which cargo removes afterwards.
            let cargo = cargo
                .arg("--root")
                .arg(self.root(workspace))
                .env_remove("CARGO_TARGET_DIR");
            let cargo = self
                .environment
                .iter()
                .fold(cargo, |cargo, (name, value)| cargo.env(name, value));
            Ok(cargo.args(self.install).quiet().run()?)
        })
    }
}
