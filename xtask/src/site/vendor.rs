//! JavaScript libraries, bundled by esbuild into files of our own origin.
//!
//! Each `app/js/<name>.js` becomes `public/vendor/<name>.js`, an ES module without further imports. This takes well
//! under a second, so it is done each time.
//!
//! Entry point: [`bundle`].

use anyhow::{Context, Result};
use std::path::PathBuf;

use crate::report::step;
use crate::workspace::Workspace;

const SOURCES: &str = "app/js";
const OUTPUT: &str = "public/vendor";

/// Bundles each entry module.
pub fn bundle(workspace: &Workspace) -> Result<()> {
    let mut entries = workspace.shell.read_dir(SOURCES)?;
    entries.retain(|path| path.extension().is_some_and(|extension| extension == "js"));
    let program = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    let esbuild = PathBuf::from("node_modules/.bin").join(program);
    step(
        "bundle JavaScript",
        "charts and the SQL editor, by esbuild",
        || {
            let command = workspace.cmd(workspace.path(&esbuild)).args(&entries);
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
