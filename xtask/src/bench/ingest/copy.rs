//! A table written by `ingest run`, sorted, and by DuckDB's COPY: as it comes, and sorted.
//!
//! Invariant: each writes all rows each time into an empty place, and all have written the same rows in the end.
//!
//! Entry point: [`measure`].

use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::figures::{Figure, count, mebibytes, megabytes, ratio, time};
use super::process::Taken;
use super::project::{Bench, Project, remove, slashes};
use crate::report::step;

/// Neither the order of the raw files nor one that they nearly have.
pub const MODEL: &str = "/* @ingest\ncluster_by: [pickup_zone, pickup_at]\n*/\nSELECT * FROM source.trips\n";
const ORDER: &str = " ORDER BY pickup_zone, pickup_at";

/// Measures the three in turns.
pub fn measure(bench: &Bench, rows: u64, runs: u16) -> Result<Vec<Figure>> {
    let raw = bench.raw(rows)?;
    let project = bench.project("copy", &raw)?;
    project.model("trips", MODEL)?;
    let (copied, sorted) = (project.path("copied.parquet"), project.path("sorted.parquet"));
    let mut taken: [Vec<Taken>; 3] = Default::default();
    let what = format!("measure {} rows", count(rows));
    let raw_bytes = step(&what, "ingest run, COPY, COPY sorted, in turns", || {
        let raw_bytes = warm(&raw)?;
        for run in 1..=runs {
            let turn = [
                ingest_run(bench, &project)?,
                copy(bench, &project, &raw, "", &copied)?,
                copy(bench, &project, &raw, ORDER, &sorted)?,
            ];
            let walls = turn.each_ref().map(|taken| time(taken.wall)).join(", ");
            eprintln!("    {run} of {runs}: {walls}");
            for (all, one) in taken.iter_mut().zip(turn) {
                all.push(one);
            }
        }
        Ok(raw_bytes)
    })?;
    let gold = slashes(&project.path("gold/tables/trips/*.parquet"));
    have_the_same_rows(bench, &project, &[gold, slashes(&copied), slashes(&sorted)])?;

    let size = |path: &Path| fs::metadata(path).map(|file| file.len()).context("no copy");
    let sizes = [project.gold_bytes()?, size(&copied)?, size(&sorted)?];
    let whats = [
        format!(
            "`ingest run`, {} rows of {} raw files, sorted by zone and time",
            count(rows),
            megabytes(raw_bytes)
        ),
        "DuckDB `COPY` zstd of them, as they come".to_owned(),
        "DuckDB `COPY` zstd of them, with that `ORDER BY`".to_owned(),
    ];
    let [ingest, copied, sorted] = taken.map(|all| Taken::median(&all));
    let mut figures: Vec<Figure> = [&ingest, &copied, &sorted]
        .into_iter()
        .zip(sizes)
        .zip(whats)
        .map(|((taken, bytes), what)| Figure {
            what,
            measured: describe(taken, bytes),
            ..Figure::default()
        })
        .collect();
    for (figure, other) in figures[1..].iter_mut().zip([&copied, &sorted]) {
        figure.ratio = Some(ratio(ingest.wall, other.wall));
    }
    figures[1].goal = "`ingest` at most 1.3 times this".to_owned();
    // Hundreds of megabytes that nobody looks at.
    remove(&project.root)?;
    Ok(figures)
}

fn describe(taken: &Taken, bytes: u64) -> String {
    format!(
        "{} ({} of processors), {}; files {}",
        time(taken.wall),
        time(taken.cpu),
        mebibytes(taken.peak_bytes),
        megabytes(bytes)
    )
}

fn ingest_run(bench: &Bench, project: &Project) -> Result<Taken> {
    remove(&project.path("gold"))?;
    settle(bench);
    let mut run = bench.ingest(&["run", "--full-refresh"]);
    bench.measure(run.args(project.arguments("folder")?))
}

fn copy(bench: &Bench, project: &Project, raw: &str, order: &str, to: &Path) -> Result<Taken> {
    remove(to)?;
    settle(bench);
    let sql = format!(
        "COPY (SELECT * FROM read_parquet('{}'){order}) TO '{}' (FORMAT parquet, COMPRESSION zstd)",
        quoted(raw),
        quoted(&slashes(to))
    );
    bench.duckdb(&project.root, &sql)
}

fn have_the_same_rows(bench: &Bench, project: &Project, files: &[String; 3]) -> Result<()> {
    let sums: Result<Vec<String>> = files
        .iter()
        .map(|files| {
            let files = quoted(files);
            let sql = format!("SELECT count(*), bit_xor(hash(t)) FROM read_parquet('{files}') AS t");
            Ok(bench.duckdb(&project.root, &sql)?.said)
        })
        .collect();
    let sums = sums?;
    ensure!(
        sums.iter().all(|sum| *sum == sums[0]),
        "ingest and DuckDB wrote different rows: {sums:?}"
    );
    Ok(())
}

/// Reads the raw files once, so that whoever comes first does not wait for the disk. Gives their bytes: the
/// program that made them decides how they are encoded.
fn warm(glob: &str) -> Result<u64> {
    let folder = PathBuf::from(glob);
    let folder = folder.parent().unwrap_or(&folder);
    let failed = || format!("cannot read {}", folder.display());
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(failed)? {
        let mut file = File::open(entry.with_context(failed)?.path()).with_context(failed)?;
        bytes += io::copy(&mut file, &mut io::sink()).with_context(failed)?;
    }
    Ok(bytes)
}

/// What one has written is on the disk before the next one starts, where there is a command for it.
fn settle(bench: &Bench) {
    bench.workspace.succeeds("sync", &[]);
}

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}
