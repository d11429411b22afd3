//! PostgreSQL, which the tests of `ingest` start for themselves.
//!
//! Entry point: [`run`].

use anyhow::{Result, bail};
use std::fs;

use super::apt;
use crate::report::step;
use crate::workspace::{Workspace, on_path};

/// Debian has its programs in no folder of PATH.
const DEBIAN: &str = "/usr/lib/postgresql";
const PACKAGES: [&str; 2] = ["postgresql", "openssl"];

/// Checks that a server can be started, and installs it where apt can.
pub fn run(workspace: &Workspace) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    if !apt::is_usable(workspace) {
        bail!(
            "no PostgreSQL, which the tests of ingest read from. Install it and run this again:\n    {}",
            if cfg!(target_os = "macos") {
                "brew install postgresql openssl".to_owned()
            } else {
                apt::command_line(&PACKAGES)
            }
        );
    }
    step("install PostgreSQL", "the tests of ingest read from it", || {
        apt::install(workspace, &PACKAGES)
    })?;
    if !is_there() {
        bail!(
            "postgresql was installed but there is no initdb in {DEBIAN}/*/bin nor on PATH: add its folder to PATH"
        );
    }
    Ok(())
}

fn is_there() -> bool {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut folders = versions.map(|version| version.path().join("bin"));
    let has = |program: &str| on_path(program).is_some();
    has("openssl") && (has("initdb") && has("postgres") || folders.any(|bin| bin.join("initdb").is_file()))
}
