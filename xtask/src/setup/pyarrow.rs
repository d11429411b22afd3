//! pyarrow, which the browser tests take as a writer of Parquet files and as an oracle of what is in them.
//!
//! Invariant: it has a folder of its own below the cache, by its version; nothing of the user's Python is changed. The
//! version and the hashes of its wheels stand in `e2e/parquet/requirements.txt`.
//!
//! Entry points: [`run`], [`folder`].

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

use super::apt;
use crate::report::step;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "e2e/parquet/requirements.txt";
const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// Installs the package, and where apt can, pip before it.
pub fn run(workspace: &Workspace) -> Result<()> {
    let folder = folder(workspace)?;
    if is_usable(workspace, &folder) {
        return Ok(());
    }
    let packages = ["python3", "python3-pip"];
    let has_pip = || workspace.succeeds(PYTHON, &["-m", "pip", "--version"]);
    if !has_pip() && apt::is_usable(workspace) {
        step("install pip", "pyarrow comes from PyPI", || {
            apt::install(workspace, &packages)
        })?;
    }
    if !has_pip() {
        bail!(
            "the end-to-end tests compare with pyarrow, and `{PYTHON} -m pip` does not run. Install Python 3.10 or newer \
             with pip (on Debian: `{}`) and run this again",
            apt::command_line(&packages)
        );
    }
    let what = format!("pip install {}", folder.file_name().unwrap_or_default().display());
    step(
        &what,
        "the end-to-end tests compare Parquet files with it",
        || {
            if folder.exists() {
                fs::remove_dir_all(&folder)
                    .with_context(|| format!("cannot replace {}", folder.display()))?;
            }
            let pip = workspace.cmd(PYTHON).args(["-m", "pip", "install", "--quiet"]);
            let pip = pip.args(["--only-binary", ":all:", "--no-deps", "--require-hashes"]);
            let pip = pip
                .env("PIP_ROOT_USER_ACTION", "ignore")
                .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
            Ok(pip
                .args(["--requirement", REQUIREMENTS])
                .arg("--target")
                .arg(&folder)
                .quiet()
                .run()?)
        },
    )?;
    if !is_usable(workspace, &folder) {
        bail!(
            "{PYTHON} cannot import pyarrow from {}; its version of Python may be too old or too new for the wheel",
            folder.display()
        );
    }
    Ok(())
}

/// Where it is installed.
pub fn folder(workspace: &Workspace) -> Result<PathBuf> {
    let path = workspace.path(REQUIREMENTS);
    let requirements =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let version = pinned(&requirements).with_context(|| format!("{} pins no pyarrow", path.display()))?;
    Ok(workspace.tools.join(format!("pyarrow-{version}")))
}

fn is_usable(workspace: &Workspace, folder: &std::path::Path) -> bool {
    let import = workspace.cmd(PYTHON).args(["-c", "import pyarrow.parquet"]);
    let import = import.env("PYTHONPATH", folder).quiet().ignore_stderr();
    folder.is_dir() && import.read().is_ok()
}

/// The version in a line `pyarrow==1.2.3 \`.
fn pinned(requirements: &str) -> Option<&str> {
    let line = requirements
        .lines()
        .find_map(|line| line.strip_prefix("pyarrow=="))?;
    line.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::pinned;

    #[test]
    fn reads_the_pinned_version() {
        let requirements = "# pyarrow==1.0.0 was before\npyarrow==26.0.1 \\\n    --hash=sha256:00\n";
        assert_eq!(pinned(requirements), Some("26.0.1"));
        assert_eq!(pinned("numpy==2.0.0\n"), None);
    }
}
