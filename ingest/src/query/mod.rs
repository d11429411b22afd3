//! The verb `query`: SQL over the published tables, as readers see them.
//!
//! Invariant: nothing but the temporary folder and --output is written, and no more than the first rows of a result are held
//! in this process; the others wait in DuckDB, which keeps to its memory limit.
//!
//! Entry point: [`run`].

mod format;
mod output;
mod statement;
mod unknown;

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use catalog::Catalog;

use crate::cli::ProjectArgs;
use crate::data_files::{self, DataFiles};
use crate::engine::{Engine, EngineError, Statement, UnusableSql, sql};
use crate::log;
use crate::print::{self, Grid};
use crate::publish::{read_manifest, read_published};
use crate::scratch::Scratch;
use crate::target::Target;
use format::Format;
use output::Output;
use statement::Outline;

/// Where the result waits to be printed: a schema that no statement's names are looked up in.
const RESULT: &str = "staged.result";
/// Rows of a table for people, where nothing else is said.
const SHOWN_ROWS: usize = 20;
/// Rows that decide how wide the columns are.
const MEASURED_ROWS: usize = 1000;
/// What DuckDB says of a result that no table can hold.
const UNSTORABLE: &str = "cannot be created from an unnamed struct";

/// Runs SQL over the published tables; without --sql, says how many rows each has.
#[derive(Debug, clap::Args)]
pub struct QueryArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The SQL, in DuckDB's dialect; a table is named as in the catalog.
    #[arg(long, value_name = "SQL")]
    sql: Option<String>,
    /// Rows to print or write. A table has 20 of them without it, other formats have all.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How rows are written; without it as the name of --output ends, or else as a table.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// A file, or s3://bucket/key, instead of standard output. It is replaced once the whole result is there.
    #[arg(long, value_name = "PATH")]
    output: Option<String>,
}

impl QueryArgs {
    fn format(&self) -> anyhow::Result<Format> {
        let is_terminal = std::io::stdout().is_terminal();
        match (&self.output, self.format) {
            (Some(name), None) => Format::of_name(name).with_context(|| {
                format!(
                    "--output {name} does not end as a format does: give --format csv, json, parquet or arrow"
                )
            }),
            (Some(_), Some(Format::Table)) => anyhow::bail!(
                "--format table is for people, and goes to standard output: for --output, give csv, json, parquet or arrow"
            ),
            (None, Some(format)) if format.is_binary() && is_terminal => anyhow::bail!(
                "a terminal does not show {}: give --output PATH, or send standard output to a file or program",
                if format == Format::Parquet {
                    "Parquet"
                } else {
                    "Arrow"
                }
            ),
            (_, format) => Ok(format.unwrap_or(Format::Table)),
        }
    }
}

/// Runs the SQL; rows go to standard output or --output, the time and what was read to standard error.
pub async fn run(args: &QueryArgs) -> anyhow::Result<ExitCode> {
    let format = args.format()?;
    let project = args.project.load()?;
    let output = Output::of(args.output.as_deref(), &project).await?;
    let target = Target::open(&project).await?;
    let (catalog, _) = read_published(&target).await?;
    let scratch = Scratch::begin(project.settings())?;
    let engine =
        Engine::open(scratch.path(), &project.settings().resources()).context("cannot open DuckDB")?;
    let counts = row_counts(&catalog);
    let outline = Outline::of(args.sql.as_deref().unwrap_or(&counts))?;
    let parsed = engine.parse(outline.statement);
    outline.only_reads(!matches!(parsed, Err(UnusableSql::NotOneSelect(_))))?;
    if outline.is_explain() && format != Format::Table {
        anyhow::bail!("an EXPLAIN is for people: leave --format and --output out");
    }
    let tables = match args.sql {
        Some(_) => needed(&catalog, parsed),
        None => BTreeSet::new(),
    };
    let files = DataFiles::new(&target, scratch.path());
    for table in tables {
        let Some(entry) = catalog.table(&table) else {
            continue;
        };
        let manifest = read_manifest(&target, entry).await?;
        let paths = files.local(&manifest.table, &manifest.files).await?;
        engine.execute(&format!(
            "CREATE VIEW gold.{} AS {}",
            sql::identifier(&table),
            data_files::select(&manifest.columns, &paths)
        ))?;
    }
    let started = Instant::now();
    let rows = if format == Format::Table {
        let shown = if args.sql.is_some() {
            SHOWN_ROWS
        } else {
            catalog.tables.len()
        };
        let limit = args.limit.unwrap_or(shown);
        tokio::task::block_in_place(|| answer(&engine, &catalog, &outline, limit))?
    } else {
        let result = scratch.path().join("result");
        let rows = tokio::task::block_in_place(|| {
            let statement = outline.statement;
            engine
                .prepare(statement)
                .map_err(|error| unknown::explain(error, &catalog))?;
            let limit = args
                .limit
                .map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
            let query = format!("SELECT * FROM (\n{statement}\n){limit}");
            format.write(&engine, &query, &result)
        })?;
        output.take(&result).await?;
        print::counted(rows, "row")
    };
    let took_ms = started.elapsed().as_secs_f64() * 1000.0;
    log::note(&format!(
        "{rows}, {took_ms:.0} ms, {} read",
        target.traffic.reads()
    ));
    Ok(ExitCode::SUCCESS)
}

/// SQL for the rows of each table, as the catalog has them: no file is opened for it.
fn row_counts(catalog: &Catalog) -> String {
    let tables = catalog
        .tables
        .iter()
        .map(|table| format!(" UNION ALL SELECT {}, {}", sql::text(&table.name), table.rows));
    let none = "SELECT NULL::VARCHAR AS \"table\", NULL::BIGINT AS \"rows\" WHERE false";
    format!("{none}{} ORDER BY 1", tables.collect::<String>())
}

/// The tables that the SQL reads; all where it names none, as SHOW TABLES, or only DuckDB can tell, as for PIVOT.
fn needed(catalog: &Catalog, parsed: Result<Statement, UnusableSql>) -> BTreeSet<String> {
    match parsed {
        Ok(statement) if !statement.references.is_empty() => statement
            .references
            .into_iter()
            .map(|reference| reference.table)
            .collect(),
        Err(UnusableSql::Syntax { .. }) => BTreeSet::new(),
        _ => catalog.tables.iter().map(|table| table.name.clone()).collect(),
    }
}

/// Prints the rows. Returns how many there are.
fn answer(engine: &Engine, catalog: &Catalog, outline: &Outline<'_>, limit: usize) -> anyhow::Result<String> {
    let statement = outline.statement;
    engine
        .prepare(statement)
        .map_err(|error| unknown::explain(error, catalog))?;
    if outline.is_explain() {
        print_whole(engine, statement, limit)
    } else {
        // One row more tells whether there are more. The comment that may end a statement ends with its line.
        let limited = format!(
            "SELECT * FROM (\n{statement}\n) LIMIT {}",
            limit.saturating_add(1)
        );
        match engine.execute(&format!("CREATE TABLE {RESULT} AS {limited}")) {
            Ok(()) => print_stored(engine, limit),
            Err(error) if error.0.contains(UNSTORABLE) => print_whole(engine, &limited, limit),
            Err(error) => Err(on_own_lines(&error).into()),
        }
    }
}

/// Prints rows that DuckDB holds, and spills beyond its memory limit. Returns how many there are.
fn print_stored(engine: &Engine, limit: usize) -> anyhow::Result<String> {
    let types = engine.describe(&format!("SELECT * FROM {RESULT}"))?;
    let types: Vec<String> = types.into_iter().map(|(_, kind)| kind).collect();
    let rows = engine.count(&format!("SELECT count(*) FROM {RESULT}"))?;
    let (schema, head) = engine.batches(&format!("SELECT * FROM {RESULT} LIMIT {MEASURED_ROWS}"))?;
    let table = print::batches(&schema, &types, &head, limit)?;
    if rows <= MEASURED_ROWS as u64 || limit <= MEASURED_ROWS {
        print::out(table);
    } else {
        let mut grid = Grid::begin(&table, &schema, limit, std::io::stdout().lock());
        let printed = grid
            .head(MEASURED_ROWS)
            .map_err(anyhow::Error::from)
            .and_then(|()| {
                let mut rows = engine.stream(&format!("SELECT * FROM {RESULT}"))?;
                while let Some(batch) = rows.next_batch()? {
                    grid.rows(&batch)?;
                }
                Ok(())
            })
            .and_then(|()| Ok(grid.finish()?));
        match printed {
            Err(error) if !is_broken_pipe(&error) => return Err(error),
            _ => {}
        }
    }
    Ok(counted(rows, limit))
}

/// Prints a result that DuckDB cannot store. Returns how many rows there are.
fn print_whole(engine: &Engine, query: &str, limit: usize) -> anyhow::Result<String> {
    let (schema, batches) = engine.batches(query)?;
    let types: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| field.data_type().to_string())
        .collect();
    print::out(print::batches(&schema, &types, &batches, limit)?);
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    Ok(counted(rows as u64, limit))
}

fn counted(rows: u64, limit: usize) -> String {
    let limit = limit as u64;
    if rows > limit {
        format!("the first {}; --limit shows more", print::counted(limit, "row"))
    } else {
        print::counted(rows, "row")
    }
}

/// A reader that has gone, as `head` does, is no error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// DuckDB's message with lines counted in the statement, which begins in the second line of what it was given.
fn on_own_lines(error: &EngineError) -> EngineError {
    let shifted = error.0.split_once("\nLINE ").and_then(|(said, place)| {
        let (line, rest) = place.split_once(':')?;
        let line = line.parse::<usize>().ok()?.checked_sub(1)?;
        Some(format!("{said}\nLINE {line}:{rest}"))
    });
    shifted.map_or_else(|| error.clone(), EngineError)
}
