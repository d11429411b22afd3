//! JavaScript libraries, bundled by esbuild into files of our own origin.
//!
//! Each entry `app/js/<name>.js` becomes `public/vendor/<name>.js`, an ES module without further imports. This takes
//! well under a second, so it is done each time.
//!
//! Entry point: [`bundle`].

use anyhow::{Context, Result};
use std::path::PathBuf;

use crate::report::step;
use crate::workspace::Workspace;

const ENTRIES: [&str; 2] = ["app/js/chart.js", "app/js/editor.js"];
const OUTPUT: &str = "public/vendor";

/// Bundles each entry module.
pub fn bundle(workspace: &Workspace) -> Result<()> {
    let program = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    let esbuild = PathBuf::from("node_modules/.bin").join(program);
    step(
        "bundle JavaScript",
        "charts and the SQL editor, by esbuild",
        || {
            let command = workspace.cmd(workspace.path(&esbuild)).args(ENTRIES);
            let command = command.args([
                "--bundle",
                "--format=esm",
                "--minify",
                "--legal-comments=linked",
                "--log-level=warning",
            ]);
            let run = command.arg(format!("--outdir={OUTPUT}")).quiet().run();
            run.context("esbuild comes with the npm packages: `cargo xtask setup` installs them")
        },
    )
}
