//! The lake that is measured: taxi tables with their zones and the flights of the example, kept in the cache from run to run.
//!
//! Entry point: [`prepare`].

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

use crate::demo;
use crate::report::step;
use crate::workspace::Workspace;

/// The small table that taxi trips are joined with.
const ZONES: &str = "zones";
const ZONES_MODEL: &str = include_str!("zones.sql");

/// A project with its tables published.
pub struct Lake {
    /// The project's folder.
    pub root: PathBuf,
    /// Its gold root.
    pub gold: PathBuf,
    /// Tables to measure, the first one first.
    pub tables: Vec<String>,
}

/// Makes the tables that are not there yet; all of them if `fresh`.
pub fn prepare(workspace: &Workspace, rows: &[u64], fresh: bool) -> Result<Lake> {
    let root = super::cache(workspace)?;
    let lake = Lake {
        gold: root.join("gold"),
        tables: rows
            .iter()
            .map(|&rows| taxi_table(rows))
            .chain(["flights".to_owned()])
            .collect(),
        root,
    };
    write_project(workspace, &lake.root)?;
    let project = lake.root.to_string_lossy().into_owned();
    let ingest = |arguments: &[&str]| {
        let command = workspace.cmd(demo::ingest(workspace)).args(arguments);
        command.args(["--project", &project]).quiet()
    };
    let is_there = |table: &str| {
        !fresh
            && ingest(&["show", table])
                .ignore_stdout()
                .ignore_stderr()
                .run()
                .is_ok()
    };
    for (&rows, table) in rows.iter().zip(&lake.tables) {
        if !is_there(table) {
            step(
                &format!("ingest generate taxi, {table}"),
                "kept for the next time; 20 million rows take minutes",
                || Ok(ingest(&["generate", "taxi", "--rows", &rows.to_string(), "--table", table]).run()?),
            )?;
        }
    }
    if !is_there("flights") {
        step("ingest run", "the example's flights, in the same lake", || {
            Ok(ingest(&["run"]).run()?)
        })?;
    }
    if !is_there(ZONES) {
        step("ingest run, zones", "the small table of a join", || {
            Ok(ingest(&["run", "--select", ZONES]).run()?)
        })?;
    }
    Ok(lake)
}

/// `taxi_5m` for five million rows.
fn taxi_table(rows: u64) -> String {
    match rows {
        rows if rows % 1_000_000 == 0 => format!("taxi_{}m", rows / 1_000_000),
        rows if rows % 1_000 == 0 => format!("taxi_{}k", rows / 1_000),
        rows => format!("taxi_{rows}"),
    }
}

/// The example's project with another gold root, so that its flights stand beside the taxi tables.
fn write_project(workspace: &Workspace, root: &Path) -> Result<()> {
    let example = workspace.path(demo::EXAMPLE);
    let failed = || format!("cannot write the bench's project in {}", root.display());
    for layer in ["models/silver", "models/gold"] {
        fs::create_dir_all(root.join(layer)).with_context(failed)?;
        for entry in fs::read_dir(example.join(layer)).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            fs::copy(entry.path(), root.join(layer).join(entry.file_name())).with_context(failed)?;
        }
    }
    let zones = root.join(format!("models/gold/{ZONES}.sql"));
    fs::write(zones, ZONES_MODEL).with_context(failed)?;
    let config = fs::read_to_string(example.join("ingest.toml")).with_context(failed)?;
    let sources = workspace
        .path("node_modules")
        .to_string_lossy()
        .replace('\\', "/");
    let config = config
        .replace(".goldpan/gold", "gold")
        .replace("../../node_modules", &sources);
    fs::write(root.join("ingest.toml"), config).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::taxi_table;

    #[test]
    fn tables_are_named_by_their_size() {
        assert_eq!(taxi_table(5_000_000), "taxi_5m");
        assert_eq!(taxi_table(250_000), "taxi_250k");
        assert_eq!(taxi_table(1_234), "taxi_1234");
    }
}
