//! A catalog over 1,000 Parquet files of somebody else.
//!
//! Entry point: [`measure`].

use anyhow::{Context, Result, ensure};

use super::figures::{Figure, mebibytes, time};
use super::project::{Bench, Project, remove};
use crate::report::step;

const FILES: u32 = 1_000;

/// Adopts a folder, then again.
pub fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let project = Project {
        root: bench.cache().join("ingest").join("adopt"),
    };
    remove(&project.root)?;
    project.write("about.txt", "Parquet of somebody else.\n")?;
    let sql = format!(
        "COPY (SELECT i AS id, hash(i) AS a, i % 7 AS kind, i // 1000 AS part FROM range({FILES} * 1000) AS rows(i)) \
         TO 'lake' (FORMAT parquet, PARTITION_BY (part))"
    );
    bench.duckdb(&project.root, &sql)?;
    let folder = project.path("lake");
    let mut figures = Vec::new();
    step("adopt 1,000 files", "twice", || {
        for what in ["for the first time", "again, nothing changed"] {
            let mut command = bench.ingest(&["adopt"]);
            let taken = bench.measure(command.arg(&folder))?;
            let told = taken.said.lines().find(|line| line.contains(" for footers"));
            ensure!(
                told.is_some_and(|told| told.contains("1,000 files")),
                "adopt says: {}",
                taken.said
            );
            let requests = told
                .and_then(|told| told.split(';').nth(1))
                .and_then(|rest| rest.split(", ").next())
                .context("adopt tells no requests")?;
            figures.push(Figure {
                what: format!("`ingest adopt` of a folder of 1,000 files, {what}"),
                measured: format!("{}, {};{requests}", time(taken.wall), mebibytes(taken.peak_bytes)),
                ..Figure::default()
            });
        }
        Ok(())
    })?;
    remove(&project.root)?;
    Ok(figures)
}
