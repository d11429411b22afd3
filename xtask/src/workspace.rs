//! Where things are, and how child processes are started.
//!
//! Invariant: every child sees the same target directory, DuckDB library and tool path, whatever command started
//! it; otherwise cargo would build the same crates twice.
//!
//! Entry points: [`Workspace::locate`], [`Workspace::cmd`].

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};
use xshell::{Cmd, Shell};

use crate::environment;

/// The checkout, the caches beside it and the shell that runs children.
pub struct Workspace {
    /// The checkout.
    pub root: PathBuf,
    /// Cargo's target directory, shared by all commands.
    pub target: PathBuf,
    /// Where tools are installed, one folder for each tool and version.
    pub tools: PathBuf,
    /// The shell, standing in `root` with the common environment set.
    pub shell: Shell,
}

impl Workspace {
    /// Finds the checkout and the caches and sets up the environment of children.
    pub fn locate() -> Result<Self> {
        // At run time rather than compile time: checkouts may share one target directory and so this binary.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest)
            .parent()
            .context("xtask's manifest has no parent folder; run it as `cargo xtask` in the checkout")?
            .to_path_buf();
        let cache = cache_dir()?.join("goldpan");
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), |dir| root.join(dir));
        let shell = Shell::new()?;
        shell.change_dir(&root);
        let workspace = Self {
            root,
            target,
            tools: cache.join("tools"),
            shell,
        };
        for (name, value) in environment::of_children(&workspace)? {
            workspace.shell.set_var(name, value);
        }
        Ok(workspace)
    }

    /// A command that stands in the checkout, with the common environment.
    pub fn cmd(&self, program: impl AsRef<Path>) -> Cmd<'_> {
        let command = self.shell.cmd(program);
        environment::leaked_by_cargo_run().fold(command, |command, name| command.env_remove(name))
    }

    /// Whether a command starts and ends well; says nothing either way.
    pub fn succeeds(&self, program: impl AsRef<Path>, args: &[&str]) -> bool {
        self.read(program, args).is_some()
    }

    /// What a command prints, or nothing if it is absent or fails.
    pub fn read(&self, program: impl AsRef<Path>, args: &[&str]) -> Option<String> {
        self.cmd(program).args(args).quiet().ignore_stderr().read().ok()
    }

    /// A path below the checkout.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }
}

fn cache_dir() -> Result<PathBuf> {
    let home = || env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from);
    let dir = if cfg!(windows) {
        env::var_os("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| home().map(|home| home.join(".cache")))
    };
    dir.context("no cache folder: set HOME, or XDG_CACHE_HOME")
}

/// The program of that name or path, if there is one.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Joining an absolute path gives that path.
    env::split_paths(&path)
        .map(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)))
        .find(|file| file.is_file())
}
