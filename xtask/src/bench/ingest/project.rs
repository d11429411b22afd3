//! The program that is measured, the raw files that it reads and the projects that tell it what to do.
//!
//! Invariant: raw files are complete or absent; a project starts each time from what is written here.
//!
//! Entry points: [`Bench`], [`Project`].

use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::figures::count;
use super::process::{self, Taken};
use crate::report::step;
use crate::setup::pypi;
use crate::workspace::Workspace;

const STATEMENT: &str = "xtask/src/bench/ingest/statement.py";

/// What all parts of the bench share.
pub struct Bench<'a> {
    /// The checkout.
    pub workspace: &'a Workspace,
    program: PathBuf,
    cache: PathBuf,
    is_fresh: bool,
}

/// A folder with `ingest.toml` and models.
pub struct Project {
    /// The folder.
    pub root: PathBuf,
}

impl<'a> Bench<'a> {
    /// A bench of this program, which keeps its files below `cache`.
    pub fn new(workspace: &'a Workspace, program: PathBuf, cache: PathBuf, is_fresh: bool) -> Result<Self> {
        fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
        Ok(Self {
            workspace,
            program,
            cache,
            is_fresh,
        })
    }

    /// Where raw files and projects are kept.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The program with these arguments, in the common environment.
    pub fn ingest(&self, arguments: &[&str]) -> Command {
        let mut command: Command = self.workspace.cmd(&self.program).into();
        command.args(arguments);
        command
    }

    /// The program's path.
    pub fn program(&self) -> OsString {
        self.program.clone().into()
    }

    /// Runs a command and says what it took.
    pub fn measure(&self, command: &mut Command) -> Result<Taken> {
        process::measure(command, &self.cache.join("measured.log"))
    }

    /// Runs a statement in Python's DuckDB, standing in `folder`. The time is that of the statement alone; what it said
    /// are the rows.
    pub fn duckdb(&self, folder: &Path, sql: &str) -> Result<Taken> {
        let mut python = pypi::python(self.workspace, &pypi::DUCKDB)?;
        python
            .arg(self.workspace.path(STATEMENT))
            .arg(sql)
            .current_dir(folder);
        let taken = self.measure(&mut python)?;
        let (seconds, rows) = taken.said.split_once('\n').unwrap_or_default();
        let seconds: f64 = seconds
            .parse()
            .with_context(|| format!("{STATEMENT} printed no time"))?;
        Ok(Taken {
            wall: std::time::Duration::from_secs_f64(seconds),
            said: rows.to_owned(),
            ..taken
        })
    }

    /// Whether the trips are there.
    pub fn has_raw(&self, rows: u64) -> bool {
        // It is written last.
        !self.is_fresh && self.raw_folder(rows).join("catalog.json").is_file()
    }

    /// Parquet files of so many taxi trips, as a glob; they are kept for the next time.
    pub fn raw(&self, rows: u64) -> Result<String> {
        let folder = self.raw_folder(rows);
        if !self.has_raw(rows) {
            remove(&folder)?;
            let what = format!("ingest generate taxi, {} rows", count(rows));
            step(
                &what,
                "raw files, kept for the next time; a million rows take seconds",
                || {
                    let mut generate =
                        self.ingest(&["generate", "taxi", "--rows", &rows.to_string(), "--to"]);
                    self.measure(generate.arg(&folder))
                },
            )?;
        }
        Ok(slashes(&folder.join("tables/taxi/*.parquet")))
    }

    fn raw_folder(&self, rows: u64) -> PathBuf {
        self.cache.join(format!("raw-{rows}"))
    }

    /// An empty project whose source `trips` is these files. What was in its folder is gone.
    pub fn project(&self, name: &str, trips: &str) -> Result<Project> {
        let project = Project {
            root: self.cache.join("ingest").join(name),
        };
        remove(&project.root)?;
        let config = format!(
            "name = \"bench\"\ndefault_target = \"folder\"\n\n[targets.folder]\ngold = \"gold\"\n\n\
             [targets.bucket]\ngold = \"s3://bench/gold\"\n\n[sources.trips]\npath = '{trips}'\n"
        );
        project.write("ingest.toml", &config)?;
        Ok(project)
    }
}

impl Project {
    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Writes a gold model.
    pub fn model(&self, name: &str, sql: &str) -> Result<()> {
        self.write(&format!("models/gold/{name}.sql"), sql)
    }

    /// What follows a verb: this project, this target, and a temporary folder on the disk of the project.
    pub fn arguments(&self, target: &str) -> Result<Vec<OsString>> {
        let temporary = self.path("tmp");
        fs::create_dir_all(&temporary).with_context(|| format!("cannot make {}", temporary.display()))?;
        let root = self.root.clone().into_os_string();
        Ok(vec![
            "--project".into(),
            root,
            "--target".into(),
            target.into(),
            "--temp-directory".into(),
            temporary.into(),
        ])
    }

    /// Bytes of the published Parquet files of `trips`.
    pub fn gold_bytes(&self) -> Result<u64> {
        let folder = self.path("gold/tables/trips");
        let failed = || format!("cannot look into {}", folder.display());
        let mut bytes = 0;
        for entry in fs::read_dir(&folder).with_context(failed)? {
            bytes += entry
                .and_then(|entry| entry.metadata())
                .with_context(failed)?
                .len();
        }
        Ok(bytes)
    }
}

/// Removes a folder or a file, if it is there.
pub fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else if path.exists() {
        fs::remove_file(path)
    } else {
        Ok(())
    };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

/// A path as DuckDB and TOML take it on every system.
pub fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
