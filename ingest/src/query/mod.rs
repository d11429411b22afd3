//! The verb `query`: SQL over the published tables, as readers see them.
//!
//! Invariant: nothing but the temporary folder is written, and no more than the first rows of a result are held
//! in this process; the others wait in DuckDB, which keeps to its memory limit.
//!
//! Entry point: [`run`].

mod statement;
mod unknown;

use std::collections::BTreeSet;
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
use statement::Outline;

/// Where the result waits to be printed: a schema that no statement's names are looked up in.
const RESULT: &str = "staged.result";
/// Rows that decide how wide the columns are.
const MEASURED_ROWS: usize = 1000;
/// What DuckDB says of a result that no table can hold.
const UNSTORABLE: &str = "cannot be created from an unnamed struct";

/// Runs SQL over the published tables and prints the first rows.
#[derive(Debug, clap::Args)]
pub struct QueryArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The SQL, in DuckDB's dialect; a table is named as in the catalog.
    #[arg(long, value_name = "SQL")]
    sql: String,
    /// Rows to print.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

/// Runs the SQL; rows go to standard output, the time to standard error.
pub async fn run(args: &QueryArgs) -> anyhow::Result<ExitCode> {
    let project = args.project.load()?;
    let target = Target::open(&project).await?;
    let (catalog, _) = read_published(&target).await?;
    let scratch = Scratch::begin(project.settings())?;
    let engine =
        Engine::open(scratch.path(), &project.settings().resources()).context("cannot open DuckDB")?;
    let outline = Outline::of(&args.sql)?;
    let parsed = engine.parse(outline.statement);
    outline.only_reads(!matches!(parsed, Err(UnusableSql::NotOneSelect(_))))?;
    let files = DataFiles::new(&target, scratch.path());
    for table in needed(&catalog, parsed) {
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
    let printed = tokio::task::block_in_place(|| answer(&engine, &catalog, &outline, args.limit))?;
    let took_ms = started.elapsed().as_secs_f64() * 1000.0;
    log::note(&format!("{printed}, {took_ms:.0} ms"));
    Ok(ExitCode::SUCCESS)
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
