//! The static site in `dist`: Trunk builds the page, hooks of Trunk come back here for the rest.
//!
//! Invariant: `cargo xtask site`, `trunk build` and `trunk serve` take the same path. Trunk's hooks
//! (`Trunk.toml`) call [`prepare`] before a build and [`finish`] after it; [`build`] only starts Trunk.
//!
//! Entry points: [`build`], [`prepare`], [`finish`].

mod compress;
mod engine;
mod offline;
mod scripts;
mod styles;
mod vendor;

use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::env;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use crate::report::step;
use crate::workspace::Workspace;

/// What the WebAssembly modules are built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optimisation {
    /// Tests and the demo: a relink takes seconds.
    Fast,
    /// Deployment: small, fast, minutes to build.
    Release,
}

impl Optimisation {
    /// What `--release` asks for.
    pub fn from_release(release: bool) -> Self {
        if release { Self::Release } else { Self::Fast }
    }

    /// What Trunk tells its hooks.
    pub fn of_trunk() -> Self {
        Self::from_release(env::var("TRUNK_PROFILE").as_deref() == Ok("release"))
    }

    /// The cargo profile; `index.html` tells Trunk the same names.
    fn profile(self) -> &'static str {
        match self {
            Self::Fast => "wasm-fast",
            Self::Release => "wasm-release",
        }
    }
}

/// Builds the whole site.
pub fn build(workspace: &Workspace, optimisation: Optimisation) -> Result<()> {
    let what = format!("build the site, profile {}", optimisation.profile());
    step(&what, "engine, page and JavaScript bundles, into `dist`", || {
        let mut trunk = workspace.cmd("trunk").args(["build", "--skip-version-check"]);
        if optimisation == Optimisation::Release {
            trunk = trunk.arg("--release");
        }
        // Trunk refuses the values other than `true` that the rest of the world gives this variable.
        if env::var_os("NO_COLOR").is_some() {
            trunk = trunk.env("NO_COLOR", "true");
        }
        Ok(trunk.quiet().run()?)
    })
}

/// Builds what Trunk only copies: the engine and the JavaScript bundles below `public`.
pub fn prepare(workspace: &Workspace, optimisation: Optimisation) -> Result<()> {
    vendor::bundle(workspace)?;
    engine::build(workspace, optimisation)
}

/// Makes what Trunk built fit for serving: no inline scripts, one stylesheet, a list of files for use without a network,
/// and in release brotli files and their sizes.
pub fn finish(workspace: &Workspace, optimisation: Optimisation) -> Result<()> {
    let site = env::var_os("TRUNK_STAGING_DIR").map_or_else(|| workspace.path("dist"), PathBuf::from);
    let base = env::var("TRUNK_PUBLIC_URL").unwrap_or_else(|_| "/".to_owned());
    scripts::externalise(&site, &base)
        .and_then(|()| styles::join(&site, &base))
        .and_then(|()| offline::list(&site))
        .with_context(|| format!("cannot finish the page in {}", site.display()))?;
    match optimisation {
        Optimisation::Fast => Ok(()),
        Optimisation::Release => compress::run(workspace, &site),
    }
}

/// A name for content, so that a cache never serves an old file under a new page.
fn content_hash(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
