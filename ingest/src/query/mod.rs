//! The verb `query`: SQL over the published tables, as readers see them, and over files and objects that it names.
//!
//! Invariant: nothing but the temporary folder and --output is written, and no more than the first rows of a result are held
//! in this process; the others wait in DuckDB, which keeps to its memory limit.
//!
//! Entry point: [`run`].

mod hollow;
mod lake;
mod objects;
mod statement;
mod unknown;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;

use crate::cli::ProjectArgs;
use crate::engine::{Engine, EngineError, UnusableSql, sql};
use crate::format::Format;
use crate::log;
use crate::output::Output;
use crate::print::{self, Grid};
use crate::scratch::Scratch;
pub(crate) use hollow::Demand;
use hollow::Hollows;
use lake::Lake;
use objects::Objects;
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
    let (project, absent) = lake::project(&args.project)?;
    let output = Output::of(args.output.as_deref(), &project).await?;
    let scratch = Scratch::begin(project.settings())?;
    let engine =
        Engine::open(scratch.path(), &project.settings().resources()).context("cannot open DuckDB")?;
    let asked = args.sql.as_deref().map(Outline::of).transpose()?;
    let parsed = asked.as_ref().map(|outline| engine.parse(outline.statement));
    let lake = match absent {
        None => Lake::open(&project, parsed.as_ref()).await?,
        Some(absent) if lake::is_needed(parsed.as_ref()) => return Err(absent.into()),
        Some(_) => None,
    };
    let counts = row_counts(lake.as_ref());
    let outline = match asked {
        Some(outline) => outline,
        None => Outline::of(&counts)?,
    };
    let is_select = !matches!(parsed, Some(Err(UnusableSql::NotOneSelect(_))));
    outline.only_reads(is_select)?;
    if outline.is_explain() && format != Format::Table {
        anyhow::bail!("an EXPLAIN is for people: leave --format and --output out");
    }
    let tables = lake.as_ref().map_or(0, |lake| lake.catalog.tables.len());
    let limit = match (format, &args.sql) {
        (Format::Table, Some(_)) => Some(args.limit.unwrap_or(SHOWN_ROWS)),
        (Format::Table, None) => Some(args.limit.unwrap_or(tables)),
        _ => args.limit,
    };
    let traffic = lake
        .as_ref()
        .map_or_else(Arc::default, |lake| lake.target.traffic.clone());
    let references = match &parsed {
        Some(Ok(statement)) => statement.references.as_slice(),
        _ => &[],
    };
    let started = Instant::now();
    let objects = Objects::of(&project, references, scratch.path().join("objects")).await?;
    let mut hollows = Hollows::new(scratch.path().join("hollow"));
    if let (Some(lake), Some(parsed)) = (&lake, &parsed) {
        lake.view(&engine, parsed, scratch.path(), &mut hollows).await?;
    }
    objects.view(&engine, &mut hollows, &traffic).await?;
    let prepared = tokio::task::block_in_place(|| engine.prepare(outline.statement));
    prepared.map_err(|error| unknown::explain(error, lake.as_ref().map(|lake| &lake.catalog)))?;
    let beyond = usize::from(format == Format::Table);
    let wanted = limit.map(|limit| limit.saturating_add(beyond) as u64);
    hollows.fill(&engine, outline.statement, wanted, &traffic).await?;
    let rows = match (format, limit) {
        (Format::Table, Some(limit)) => tokio::task::block_in_place(|| answer(&engine, &outline, limit))?,
        (format, limit) => {
            let result = scratch.path().join("result");
            let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
            let query = format!("SELECT * FROM (\n{}\n){limit}", outline.statement);
            let is_one_statement = matches!(parsed, Some(Ok(_)) | None);
            let rows = tokio::task::block_in_place(|| {
                if is_one_statement {
                    return format.write(&engine, &query, &result);
                }
                // A PIVOT is several to DuckDB, of which none but a table can be made.
                engine.execute(&format!("CREATE TABLE {RESULT} AS {query}"))?;
                format.write(&engine, &format!("SELECT * FROM {RESULT}"), &result)
            })?;
            output.take(&result).await?;
            print::counted(rows, "row")
        }
    };
    let took_ms = started.elapsed().as_secs_f64() * 1000.0;
    log::note(&format!("{rows}, {took_ms:.0} ms, {} read", traffic.reads()));
    Ok(ExitCode::SUCCESS)
}

fn make_view(engine: &Engine, name: &str, select: &str) -> anyhow::Result<()> {
    let view = sql::identifier(name);
    engine
        .execute(&format!("CREATE VIEW gold.{view} AS {select}"))
        .with_context(|| format!("cannot read {name}"))
}

/// SQL for the rows of each table, as the catalog has them: no file is opened for it.
fn row_counts(lake: Option<&Lake>) -> String {
    let tables = lake.map_or(&[][..], |lake| &lake.catalog.tables);
    let tables = tables
        .iter()
        .map(|table| format!(" UNION ALL SELECT {}, {}", sql::text(&table.name), table.rows));
    let none = "SELECT NULL::VARCHAR AS \"table\", NULL::BIGINT AS \"rows\" WHERE false";
    format!("{none}{} ORDER BY 1", tables.collect::<String>())
}

/// Prints the rows. Returns how many there are.
fn answer(engine: &Engine, outline: &Outline<'_>, limit: usize) -> anyhow::Result<String> {
    let statement = outline.statement;
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
