//! Brotli files beside what compresses, and the sizes that a reader downloads.
//!
//! Node does the work (`compress.mjs`): it has brotli built in, and uses all cores.
//!
//! Entry point: [`run`].

use anyhow::Result;
use std::path::Path;

use crate::report::step;
use crate::workspace::Workspace;

const SCRIPT: &str = "xtask/src/site/compress.mjs";

/// Writes `<file>.br` beside each script, module and stylesheet of `site`, and prints a table of sizes.
pub fn run(workspace: &Workspace, site: &Path) -> Result<()> {
    let cache = workspace.target.join("brotli");
    step(
        "compress the site",
        "brotli at its best is slow; results are kept by content",
        || {
            Ok(workspace
                .cmd("node")
                .arg(workspace.path(SCRIPT))
                .arg(site)
                .arg(&cache)
                .quiet()
                .run()?)
        },
    )
}
