//! Packages of PyPI: what the tests and the benches take as a second opinion.
//!
//! Invariant: each has a folder of its own below the cache, by its version; nothing of the user's Python is changed. Its
//! version and the hashes of its wheels stand in a file of requirements.
//!
//! Entry points: [`run`], [`folder`], [`python`].

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt;
use crate::report::step;
use crate::workspace::Workspace;

const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// A package and what it is for.
pub struct Package {
    name: &'static str,
    /// What is imported to see that it works.
    module: &'static str,
    /// The file that pins it, from the root of the checkout.
    requirements: &'static str,
    /// A sentence's end for people: who needs it.
    why: &'static str,
}

/// A writer of Parquet files, and an oracle of what is in them.
pub const PYARROW: Package = Package {
    name: "pyarrow",
    module: "pyarrow.parquet",
    requirements: "e2e/parquet/requirements.txt",
    why: "the end-to-end tests compare Parquet files with it",
};

/// A reader of Iceberg tables; it needs pyarrow.
pub const PYICEBERG: Package = Package {
    name: "pyiceberg",
    module: "pyiceberg.table",
    requirements: "ingest/tests/run/pyiceberg.txt",
    why: "the tests of ingest read with it what `ingest export` writes",
};

/// DuckDB of the version that `ingest` links.
pub const DUCKDB: Package = Package {
    name: "duckdb",
    module: "duckdb",
    requirements: "xtask/src/bench/ingest/requirements.txt",
    why: "the bench measures it beside ingest",
};

/// Installs the package, and where apt can, pip before it.
pub fn run(workspace: &Workspace, package: &Package) -> Result<()> {
    let folder = folder(workspace, package)?;
    if is_usable(workspace, package, &folder) {
        return Ok(());
    }
    let Package { name, why, .. } = *package;
    let packages = ["python3", "python3-pip"];
    let has_pip = || workspace.succeeds(PYTHON, &["-m", "pip", "--version"]);
    if !has_pip() && apt::is_usable(workspace) {
        step("install pip", &format!("{name} comes from PyPI"), || {
            apt::install(workspace, &packages)
        })?;
    }
    if !has_pip() {
        bail!(
            "{name} is needed ({why}), and `{PYTHON} -m pip` does not run. Install Python 3.10 or newer with pip (on \
             Debian: `{}`) and run this again",
            apt::command_line(&packages)
        );
    }
    let what = format!("pip install {}", folder.file_name().unwrap_or_default().display());
    step(&what, why, || {
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot replace {}", folder.display()))?;
        }
        let pip = workspace.cmd(PYTHON).args(["-m", "pip", "install", "--quiet"]);
        let pip = pip.args(["--only-binary", ":all:", "--no-deps", "--require-hashes"]);
        let pip = pip
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        Ok(pip
            .args(["--requirement", package.requirements])
            .arg("--target")
            .arg(&folder)
            .quiet()
            .run()?)
    })?;
    if !is_usable(workspace, package, &folder) {
        bail!(
            "{PYTHON} cannot import {name} from {}; its version of Python may be too old or too new for the wheel",
            folder.display()
        );
    }
    Ok(())
}

/// Where it is installed.
pub fn folder(workspace: &Workspace, package: &Package) -> Result<PathBuf> {
    let version = version(workspace, package)?;
    Ok(workspace.tools.join(format!("{}-{version}", package.name)))
}

/// The version that is pinned.
pub fn version(workspace: &Workspace, package: &Package) -> Result<String> {
    let path = workspace.path(package.requirements);
    let requirements =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    pinned(&requirements, package.name)
        .map(str::to_owned)
        .with_context(|| format!("{} pins no {}", path.display(), package.name))
}

/// Python that finds the package.
pub fn python(workspace: &Workspace, package: &Package) -> Result<Command> {
    let mut python: Command = workspace.cmd(PYTHON).into();
    python
        .env("PYTHONPATH", folder(workspace, package)?)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(python)
}

fn is_usable(workspace: &Workspace, package: &Package, folder: &Path) -> bool {
    let import = format!("import {}", package.module);
    let import = workspace.cmd(PYTHON).args(["-c", &import]);
    let import = import.env("PYTHONPATH", folder).quiet().ignore_stderr();
    folder.is_dir() && import.read().is_ok()
}

/// The version in a line `pyarrow==1.2.3 \`.
fn pinned<'text>(requirements: &'text str, package: &str) -> Option<&'text str> {
    let mut lines = requirements.lines();
    let line = lines.find_map(|line| line.strip_prefix(package)?.strip_prefix("=="))?;
    line.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::pinned;
    use crate::setup::npm;

    #[test]
    fn reads_the_pinned_version() {
        let requirements = "# pyarrow==1.0.0 was before\npyarrow==26.0.1 \\\n    --hash=sha256:00\n";
        assert_eq!(pinned(requirements, "pyarrow"), Some("26.0.1"));
        assert_eq!(pinned("numpy==2.0.0\n", "pyarrow"), None);
    }

    #[test]
    fn the_duckdb_of_the_bench_is_the_one_that_ingest_links() {
        let requirements = include_str!("../bench/ingest/requirements.txt");
        let lock = include_str!("../../../package-lock.json");
        let linked = npm::locked_version(lock, "node_modules/@duckdb/node-bindings");
        // npm's package has a revision of its own behind DuckDB's version.
        let linked = linked.and_then(|version| version.split('-').next());
        assert_eq!(pinned(requirements, "duckdb"), linked);
    }
}
