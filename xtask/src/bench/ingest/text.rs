//! Text of 1 GB as raw files, beside DuckDB's own readers.
//!
//! Invariant: both write all rows of the same file to Parquet, in turns, and have written as many in the end.
//!
//! Entry point: [`measure`].

use anyhow::{Context, Result, ensure};
use std::fs;

use super::figures::{Figure, mebibytes, megabytes, ratio, time};
use super::process::Taken;
use super::project::{Bench, Project, remove, slashes};
use crate::report::step;

/// Rows that make about 1 GB of CSV, and of JSON.
const FORMATS: [(&str, u64, &str, &str); 2] = [
    ("csv", 9_000_000, "FORMAT csv, HEADER", "read_csv"),
    ("ndjson", 3_800_000, "FORMAT json", "read_json"),
];

/// Measures both formats.
pub fn measure(bench: &Bench, runs: u16) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (format, rows, options, reader) in FORMATS {
        let name = format!("text.{format}");
        let project = bench.project(&format!("text-{format}"), &name)?;
        project.model("trips", "SELECT * FROM source.trips\n")?;
        let raw = bench.raw(rows)?;
        let file = project.path(&name);
        let copy = format!("COPY (FROM read_parquet('{raw}')) TO '{name}' ({options})");
        bench.duckdb(&project.root, &copy)?;
        let bytes = fs::metadata(&file).context("no raw file")?.len();
        let read =
            format!("COPY (FROM {reader}('{name}')) TO 'copied.parquet' (FORMAT parquet, COMPRESSION zstd)");
        let mut taken: [Vec<Taken>; 2] = Default::default();
        step(
            &format!("measure {} of {format}", megabytes(bytes)),
            "ingest run and COPY, in turns",
            || {
                for _ in 0..runs {
                    remove(&project.path("gold"))?;
                    let mut run = bench.ingest(&["run", "--full-refresh"]);
                    taken[0].push(bench.measure(run.args(project.arguments("folder")?))?);
                    taken[1].push(bench.duckdb(&project.root, &read)?);
                }
                Ok(())
            },
        )?;
        as_many_rows(bench, &project)?;
        let [ingest, duckdb] = taken.map(|all| Taken::median(&all));
        figures.push(Figure {
            what: format!("`ingest run`, {} of {format}", megabytes(bytes)),
            measured: format!("{}, {}", time(ingest.wall), mebibytes(ingest.peak_bytes)),
            ..Figure::default()
        });
        figures.push(Figure {
            what: format!("DuckDB `COPY` of `{reader}` of it"),
            measured: format!("{}, {}", time(duckdb.wall), mebibytes(duckdb.peak_bytes)),
            ratio: Some(ratio(ingest.wall, duckdb.wall)),
            ..Figure::default()
        });
        remove(&project.root)?;
    }
    Ok(figures)
}

fn as_many_rows(bench: &Bench, project: &Project) -> Result<()> {
    let count = |files: &str| -> Result<String> {
        let sql = format!("SELECT count(*) FROM read_parquet('{files}')");
        Ok(bench.duckdb(&project.root, &sql)?.said)
    };
    let gold = slashes(&project.path("gold/tables/trips/*.parquet"));
    let (ours, theirs) = (count(&gold)?, count("copied.parquet")?);
    ensure!(ours == theirs, "ingest wrote {ours} rows, DuckDB {theirs}");
    Ok(())
}
