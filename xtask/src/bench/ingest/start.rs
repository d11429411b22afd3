//! Verbs that have little to do: what a person waits for, or a schedule pays for, when nothing changed.
//!
//! Entry point: [`measure`].

use anyhow::{Result, ensure};
use std::process::Command;
use std::time::Duration;

use super::figures::{Figure, median, ratio, time};
use super::project::{Bench, Project};
use crate::report::step;

const RUNS: usize = 20;
const ROWS: u64 = 1_000;

/// Measures each of them twenty times.
pub fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let one = project(bench, "one-table", 1)?;
    let ten = project(bench, "ten-tables", 10)?;
    step("measure short verbs", "each of them twenty times", || {
        let verb = |name: &str, project: &Project| -> Result<Command> {
            let mut command = bench.ingest(&[name]);
            command.args(project.arguments("folder")?);
            Ok(command)
        };
        Ok(vec![
            figure(
                bench,
                "`ingest --version`",
                50,
                bench.ingest(&["--version"]),
                "ingest",
            )?,
            figure(
                bench,
                "`ingest plan`, 1 table, up to date",
                50,
                verb("plan", &one)?,
                "nothing to do",
            )?,
            figure(
                bench,
                "`ingest run`, 10 tables, unchanged",
                200,
                verb("run", &ten)?,
                "nothing to do",
            )?,
        ])
    })
}

/// A project whose tables are up to date.
fn project(bench: &Bench, name: &str, tables: u32) -> Result<Project> {
    let project = bench.project(name, "raw/*.csv")?;
    let rows = (0..ROWS).map(|row| format!("{row},{}\n", row % 7));
    let csv: String = std::iter::once("id,kind\n".to_owned()).chain(rows).collect();
    project.write("raw/trips.csv", &csv)?;
    for table in 0..tables {
        project.model(&format!("table_{table}"), "SELECT * FROM source.trips\n")?;
    }
    let mut run = bench.ingest(&["run"]);
    bench.measure(run.args(project.arguments("folder")?))?;
    Ok(project)
}

fn figure(bench: &Bench, what: &str, goal_ms: u64, mut command: Command, says: &str) -> Result<Figure> {
    let mut walls = Vec::new();
    for _ in 0..RUNS {
        let taken = bench.measure(&mut command)?;
        ensure!(
            taken.said.contains(says),
            "{what} did something else: {}",
            taken.said
        );
        walls.push(taken.wall);
    }
    let wall = median(walls);
    let goal = Duration::from_millis(goal_ms);
    Ok(Figure {
        what: what.to_owned(),
        measured: time(wall),
        goal: time(goal),
        ratio: Some(ratio(wall, goal)),
    })
}
