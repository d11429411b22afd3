//! The formats of rows that programs read.
//!
//! Invariant: a result is written row by row to a file, whatever its size; a value is written as it is or not at all.
//!
//! Entry point: [`Format::write`].

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use arrow_ipc::writer::StreamWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::engine::{Engine, sql};
use crate::gold::{self, ROW_GROUP_ROWS};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns with types and borders, for people.
    Table,
    /// Comma-separated values below a header.
    Csv,
    /// An object in each line.
    Json,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC stream.
    Arrow,
}

impl Format {
    /// The format that the ending of a name stands for.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            "parquet" => Some(Self::Parquet),
            "arrow" | "arrows" => Some(Self::Arrow),
            _ => None,
        }
    }

    /// Whether a terminal would show it as rubbish.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Writes all rows of a query to the file. Returns how many there are.
    pub(crate) fn write(self, engine: &Engine, query: &str, path: &Path) -> anyhow::Result<u64> {
        let copy = |options: &str| {
            let to = sql::text(&path.to_string_lossy());
            engine.count(&format!("COPY (\n{query}\n) TO {to} ({options})"))
        };
        match self {
            Self::Csv => Ok(copy("FORMAT csv, HEADER")?),
            Self::Json => Ok(copy("FORMAT json")?),
            Self::Table | Self::Parquet => write_parquet(engine, &self.exact(engine, query)?, path),
            Self::Arrow => write_arrow(engine, &self.exact(engine, query)?, path),
        }
    }

    /// The query with casts to what Arrow holds exactly. DuckDB hands over some types as bytes of its own, or cut.
    fn exact(self, engine: &Engine, query: &str) -> anyhow::Result<String> {
        let mut expressions = Vec::new();
        for column in engine.describe(query)? {
            let quoted = sql::identifier(&column.0);
            expressions.push(match column.1.as_str() {
                // A sum of integers; of more digits DuckDB says that they do not fit.
                "HUGEINT" | "UHUGEINT" => format!("CAST({quoted} AS DECIMAL(38, 0)) AS {quoted}"),
                "TIMESTAMP_NS" => quoted,
                "INTERVAL" | "\"NULL\"" if self == Self::Arrow => quoted,
                _ => {
                    let columns = gold::columns_of(&[column])?;
                    columns.into_iter().map(|column| column.expression).collect()
                }
            });
        }
        Ok(format!("SELECT {} FROM (\n{query}\n)", expressions.join(", ")))
    }
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write to {}", path.display()))
}

fn write_parquet(engine: &Engine, query: &str, path: &Path) -> anyhow::Result<u64> {
    let mut rows = engine.stream(query)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let unfit = "Parquet does not hold the result: cast the column in the statement";
    let mut writer =
        ArrowWriter::try_new(create(path)?, rows.schema().clone(), Some(properties)).context(unfit)?;
    let mut written = 0;
    while let Some(batch) = rows.next_batch()? {
        written += batch.num_rows() as u64;
        writer.write(&batch).context(unfit)?;
    }
    writer.close().context("cannot end the Parquet file")?;
    Ok(written)
}

fn write_arrow(engine: &Engine, query: &str, path: &Path) -> anyhow::Result<u64> {
    let mut rows = engine.stream(query)?;
    let unfit = "cannot write the Arrow stream";
    let mut writer = StreamWriter::try_new_buffered(create(path)?, rows.schema()).context(unfit)?;
    let mut written = 0;
    while let Some(batch) = rows.next_batch()? {
        written += batch.num_rows() as u64;
        writer.write(&batch).context(unfit)?;
    }
    writer.finish().context(unfit)?;
    Ok(written)
}
