//! What the layout of gold files costs and gives: `cargo xtask bench gold` runs it.
//!
//! Writes the same sorted rows with one property changed at a time and prints, as a Markdown table: size, time to
//! write, and for slices that people ask for the bytes and requests of a reader that prunes by the page index, and the
//! time to decode them. Encoding and decoding use one thread, from memory to memory: times are comparable in one run only.

mod slices;
mod variants;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, ensure};
use bytes::Bytes;
use clap::Parser;
use duckdb::arrow::record_batch::RecordBatch;
use ingest::engine::{Engine, Resources, sql};
use ingest::reader::Reader;
use parquet::arrow::ArrowWriter;

use slices::NamedSlice;
use variants::{Variant, variants};

/// Measures layouts of gold files.
#[derive(Parser)]
struct Options {
    /// Parquet files of taxi trips as `ingest generate taxi` makes them; a glob.
    #[arg(long)]
    files: String,
    /// Rows that are taken of them.
    #[arg(long, default_value_t = 2_000_000)]
    rows: usize,
    /// Where the table is written to, beside being printed.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only variants whose name holds this.
    #[arg(long, default_value = "")]
    only: String,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let batch = read(&options)?;
    let slices = slices::all(&batch)?;
    let mut table = header(&slices, batch.num_rows());
    for variant in variants(&batch.schema()) {
        if !variant.name.contains(&options.only) {
            continue;
        }
        let line = measure(&variant, &batch, &slices)?;
        eprintln!("{line}");
        writeln!(table, "{line}")?;
    }
    println!("{table}");
    if let Some(out) = &options.out {
        std::fs::write(out, &table).with_context(|| format!("cannot write {}", out.display()))?;
    }
    Ok(())
}

/// The rows, sorted by time as a lake has them.
fn read(options: &Options) -> anyhow::Result<RecordBatch> {
    let scratch = tempfile::tempdir()?;
    let engine = Engine::open(scratch.path(), &Resources::default())?;
    let (schema, batches) = engine.batches(&format!(
        "SELECT * FROM {} ORDER BY pickup_at, trip_id LIMIT {}",
        sql::text(&options.files),
        options.rows
    ))?;
    let batch = duckdb::arrow::compute::concat_batches(&schema, &batches)?;
    ensure!(batch.num_rows() > 0, "there are no rows in {}", options.files);
    Ok(batch)
}

fn header(slices: &[NamedSlice], rows: usize) -> String {
    let mut text = format!(
        "{rows} rows. Slices: kB fetched / requests / ms to decode; the footer with its indexes comes once, before.\n\n\
         | layout | B/row | write s | footer kB |"
    );
    for slice in slices {
        let _ = write!(text, " {} |", slice.name);
    }
    text.push_str("\n| --- |");
    for _ in 0..slices.len() + 3 {
        text.push_str(" ---: |");
    }
    text.push('\n');
    text
}

fn measure(variant: &Variant, batch: &RecordBatch, slices: &[NamedSlice]) -> anyhow::Result<String> {
    let started = Instant::now();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(variant.properties.clone()))?;
    writer.write(batch)?;
    let content = Bytes::from(writer.into_inner()?);
    let seconds = started.elapsed().as_secs_f64();
    let size = content.len();
    let reader = Reader::of(content)?;
    let mut line = format!(
        "| {} | {:.2} | {seconds:.1} | {} |",
        variant.name,
        size as f64 / batch.num_rows() as f64,
        reader.footer_bytes() / 1000
    );
    for slice in slices {
        let read = reader.read(&slice.slice)?;
        ensure!(read.rows > 0, "no rows for {}", slice.name);
        write!(
            line,
            " {} / {} / {:.0} |",
            read.bytes / 1000,
            read.requests,
            read.decoding.as_secs_f64() * 1000.0
        )?;
    }
    Ok(line)
}
