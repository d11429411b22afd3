//! One more raw file for a table of a hundred files: what a run reads and writes of the target.
//!
//! Entry point: [`measure`].

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

use super::figures::{Figure, time};
use super::process::Taken;
use super::project::{Bench, Project, remove, slashes};
use super::served::Bucket;
use crate::report::step;

/// A year of trips; the first hundred days are the table, one more is what comes.
const ROWS: u64 = 2_000_000;
const DAYS: u16 = 100;
/// So that the days of the year suffice.
const MOST_RUNS: u16 = 200;
const MODEL: &str = "/* @ingest\nmaterialized: incremental\nstrategy: append\npartition_by: [day]\n\
                     cluster_by: [pickup_at]\n*/\nSELECT *, CAST(pickup_at AS DATE) AS day FROM source.trips\n";

/// Raw files: that of the first hundred days, and those of the days behind them.
struct Raw {
    first: PathBuf,
    more: Vec<PathBuf>,
}

/// Measures one day more, then another, in a folder and in a bucket.
pub fn measure(bench: &Bench, runs: u16) -> Result<Vec<Figure>> {
    let trips = bench.raw(ROWS)?;
    let project = bench.project("increment", "raw/*.parquet")?;
    project.model("trips", MODEL)?;
    let raw = Raw::split(bench, &project, &trips, runs.min(MOST_RUNS))?;
    let why = "a table of 100 files, and a day more";
    let folder = step("measure increments of a folder", why, || {
        increments(bench, &project, &raw, None)
    })?;
    let bucket = step("measure increments of a bucket", why, || {
        increments(bench, &project, &raw, Some(&Bucket::serve(bench, &project)?))
    })?;
    remove(&project.root)?;
    Ok(vec![
        figure("folder", &folder)?,
        figure("bucket of this machine", &bucket)?,
    ])
}

impl Raw {
    fn split(bench: &Bench, project: &Project, trips: &str, runs: u16) -> Result<Self> {
        let file = |from: u16, to: u16| -> Result<PathBuf> {
            let path = project.path(&format!("days-{from}-{to}.parquet"));
            let day = |day: u16| format!("DATE '2025-01-01' + INTERVAL {day} DAY");
            let sql = format!(
                "COPY (SELECT * FROM read_parquet('{}') WHERE pickup_at >= {} AND pickup_at < {}) TO '{}' (FORMAT parquet)",
                trips.replace('\'', "''"),
                day(from),
                day(to),
                slashes(&path).replace('\'', "''")
            );
            bench.duckdb(&project.root, &sql)?;
            Ok(path)
        };
        let more: Result<_> = (0..runs).map(|run| file(DAYS + run, DAYS + run + 1)).collect();
        Ok(Self {
            first: file(0, DAYS)?,
            more: more?,
        })
    }
}

/// Makes the table, then takes in one file after another.
fn increments(bench: &Bench, project: &Project, raw: &Raw, bucket: Option<&Bucket>) -> Result<Vec<Taken>> {
    let run = || {
        let mut command = bench.ingest(&["run"]);
        command.args(project.arguments(if bucket.is_some() { "bucket" } else { "folder" })?);
        if let Some(bucket) = bucket {
            bucket.reach(&mut command);
        }
        bench.measure(&mut command)
    };
    remove(&project.path("raw"))?;
    arrive(project, &raw.first)?;
    let made = run()?.said;
    ensure!(
        made.contains(&format!("{DAYS} written")),
        "the table has not a file for each of {DAYS} days:\n{made}"
    );
    raw.more
        .iter()
        .map(|file| {
            arrive(project, file)?;
            run()
        })
        .collect()
}

fn arrive(project: &Project, file: &Path) -> Result<()> {
    let raw = project.path("raw");
    let name = file.file_name().unwrap_or_default();
    fs::create_dir_all(&raw)
        .and_then(|()| fs::copy(file, raw.join(name)))
        .with_context(|| format!("cannot copy {} into {}", file.display(), raw.display()))?;
    Ok(())
}

fn figure(place: &str, increments: &[Taken]) -> Result<Figure> {
    let taken = Taken::median(increments);
    let traffic = traffic(&taken.said)
        .with_context(|| format!("ingest run did not say what it read and wrote:\n{}", taken.said))?;
    Ok(Figure {
        what: format!("`ingest run`, one file more for a table of {DAYS} files, {place}"),
        measured: format!("{traffic}; {}", time(taken.wall)),
        goal: "only what changes".to_owned(),
        ratio: None,
    })
}

/// What follows the target's name in `folder: 5 objects (189.86 kB) read, 5 objects (214.67 kB) written`.
fn traffic(said: &str) -> Option<&str> {
    said.lines().find_map(|line| {
        let (_, traffic) = line.split_once(": ")?;
        let (read, written) = traffic.split_once(" read, ")?;
        (is_of_objects(read) && is_of_objects(written.strip_suffix(" written")?)).then_some(traffic)
    })
}

/// `5 objects (189.86 kB)`
fn is_of_objects(text: &str) -> bool {
    let mut words = text.split(' ');
    let number = words.next().map(|word| word.replace(',', ""));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
        && matches!(words.next(), Some("object" | "objects"))
}

#[cfg(test)]
mod tests {
    use super::traffic;

    #[test]
    fn reads_what_a_run_read_and_wrote() {
        let said = "gold.trips: raw/b.parquet is new\npublished snapshot 03 to folder (gold): trips changed in 0.2 s\n\
                    folder: 1 object (189.86 kB) read, 1,005 objects (214.67 kB) written\n";
        assert_eq!(
            traffic(said),
            Some("1 object (189.86 kB) read, 1,005 objects (214.67 kB) written")
        );
        assert_eq!(traffic("folder: nothing read, nothing written\n"), None);
    }
}
