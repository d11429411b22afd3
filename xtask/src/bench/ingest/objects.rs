//! Large tables to a bucket and out of it: `generate simple`, and the first million rows of an object of 2 GB.
//!
//! Entry points: [`generate`], [`copy_some`].

use anyhow::{Context, Result, ensure};
use std::fs;

use super::figures::{Figure, count, mebibytes, megabytes, time};
use super::project::{Bench, remove};
use super::served::Bucket;
use crate::report::step;

/// Rows of the object, of which none is like another: about 2 GB.
const OBJECT_ROWS: u64 = 120_000_000;
const COPIED_ROWS: u64 = 1_000_000;

/// A table of hashes and booleans, straight to the bucket.
pub fn generate(bench: &Bench, rows: u64) -> Result<Vec<Figure>> {
    let project = bench.project("generate", "none/*.parquet")?;
    let bucket = Bucket::serve(bench, &project)?;
    let rows_text = rows.to_string();
    let mut command = bench.ingest(&["generate", "simple", "--rows", &rows_text]);
    command.args(project.arguments("bucket")?);
    bucket.reach(&mut command);
    let what = format!("ingest generate simple, {} rows", count(rows));
    let taken = step(&what, "to a bucket on this machine", || {
        bench.measure(&mut command)
    })?;
    drop(bucket);
    remove(&project.root)?;
    Ok(vec![Figure {
        what: format!("`ingest generate simple`, {} rows, to a bucket", count(rows)),
        measured: format!("{}, {}", time(taken.wall), mebibytes(taken.peak_bytes)),
        ..Figure::default()
    }])
}

/// `SELECT * … LIMIT` from one bucket to another.
pub fn copy_some(bench: &Bench) -> Result<Vec<Figure>> {
    let project = bench.project("copy-some", "none/*.parquet")?;
    let file = project.path("large.parquet");
    let sql = format!(
        "COPY (SELECT i AS id, hash(i) AS a, hash(i + 1) AS b FROM range({OBJECT_ROWS}) AS rows(i)) TO 'large.parquet' \
         (FORMAT parquet, COMPRESSION zstd)"
    );
    bench.duckdb(&project.root, &sql)?;
    let bytes = fs::metadata(&file).context("no raw file")?.len();
    fs::create_dir_all(project.path("buckets/other")).context("cannot make a bucket")?;
    let bucket = Bucket::serve(bench, &project)?;
    let query = |from: &str, to: &str| -> Result<_> {
        let mut command = bench.ingest(&["query", "--sql", from, "--output", to]);
        command
            .args(project.arguments("bucket")?)
            .current_dir(&project.root);
        bucket.reach(&mut command);
        bench.measure(&mut command)
    };
    let put = "SELECT * FROM 'large.parquet'";
    step(
        &format!("put an object of {}", megabytes(bytes)),
        "through the server",
        || query(put, "s3://bench/large.parquet"),
    )?;
    let some = format!("SELECT * FROM 's3://bench/large.parquet' LIMIT {COPIED_ROWS}");
    let taken = step("copy a million rows of it", "to another bucket", || {
        query(&some, "s3://other/some.parquet")
    })?;
    let read = taken
        .said
        .lines()
        .find(|line| line.contains(" read"))
        .unwrap_or_default()
        .to_owned();
    ensure!(
        read.starts_with(&count(COPIED_ROWS)),
        "the copy says: {}",
        taken.said
    );
    drop(bucket);
    remove(&project.root)?;
    Ok(vec![Figure {
        what: format!(
            "`ingest query … LIMIT 1000000` of an object of {} to another bucket",
            megabytes(bytes)
        ),
        measured: format!("{}, {}; {read}", time(taken.wall), mebibytes(taken.peak_bytes)),
        ..Figure::default()
    }])
}
