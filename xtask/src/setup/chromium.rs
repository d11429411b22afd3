//! The browser that the end-to-end tests drive.
//!
//! Entry points: [`run`], [`locate`].

use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;

use super::apt;
use crate::report::step;
use crate::workspace::{Workspace, on_path};

const NAMES: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// Checks that there is a browser, and installs Chromium where apt can.
pub fn run(workspace: &Workspace) -> Result<()> {
    if locate(workspace).is_some() {
        return Ok(());
    }
    let packages = ["chromium", "fonts-liberation"];
    if apt::is_usable(workspace) {
        step(
            "install Chromium",
            "the end-to-end tests drive a real browser",
            || apt::install(workspace, &packages),
        )?;
    }
    if locate(workspace).is_some() {
        return Ok(());
    }
    bail!(
        "the end-to-end tests need Chromium or Google Chrome. Install one (on Debian: `{}`), or set CHROMIUM to the path \
         of the program, and run this again",
        apt::command_line(&packages)
    )
}

/// The program: the variable `CHROMIUM`, or the first usual name that runs (Ubuntu's `chromium-browser` may be a
/// placeholder that does not).
pub fn locate(workspace: &Workspace) -> Option<PathBuf> {
    let candidates = NAMES.iter().filter_map(|name| on_path(name));
    env::var_os("CHROMIUM")
        .map(PathBuf::from)
        .into_iter()
        .chain(candidates)
        .find(|program| workspace.succeeds(program, &["--version"]))
}
