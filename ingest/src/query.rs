//! The verb `query`: SQL over the published tables, as readers see them.
//!
//! Entry point: [`run`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use catalog::{Catalog, TableManifest};

use crate::cli::ProjectArgs;
use crate::engine::{Engine, Resources, sql};
use crate::print;
use crate::project::Project;
use crate::publish::{read_manifest, read_published};
use crate::target::{Location, Target};
use crate::work::Work;

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
    #[command(flatten)]
    resources: Resources,
}

/// Runs the SQL; rows go to standard output, the time to standard error.
pub async fn run(args: &QueryArgs) -> anyhow::Result<ExitCode> {
    let project = Project::load(&args.project.project)?;
    let target = Target::open(&project, args.project.target.as_deref())?;
    let (catalog, _) = read_published(&target).await?;
    let work = Work::begin()?;
    let engine = Engine::open(work.path(), &args.resources).context("cannot open DuckDB")?;
    for table in needed(&engine, &catalog, &args.sql) {
        let Some(entry) = catalog.table(&table) else {
            continue;
        };
        let manifest = read_manifest(&target, entry).await?;
        let files = local_files(&target, &manifest, work.path()).await?;
        let paths: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        engine.execute(&format!(
            "CREATE VIEW gold.{} AS SELECT * FROM read_parquet({})",
            sql::identifier(&table),
            sql::texts(&paths)
        ))?;
    }
    let started = Instant::now();
    tokio::task::block_in_place(|| print_rows(&engine, &catalog, &args.sql, args.limit))?;
    eprintln!("{:.0} ms", started.elapsed().as_secs_f64() * 1000.0);
    Ok(ExitCode::SUCCESS)
}

/// The tables that the SQL reads; all where it names none, as SHOW TABLES, or only DuckDB can tell, as for PIVOT.
fn needed(engine: &Engine, catalog: &Catalog, text: &str) -> BTreeSet<String> {
    match engine.parse(text) {
        Ok(statement) if !statement.references.is_empty() => statement
            .references
            .into_iter()
            .map(|reference| reference.table)
            .collect(),
        _ => catalog.tables.iter().map(|table| table.name.clone()).collect(),
    }
}

/// The table's files on this machine; those of a bucket are fetched.
async fn local_files(target: &Target, manifest: &TableManifest, work: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (index, file) in manifest.files.iter().enumerate() {
        match &target.location {
            Location::Folder(root) => files.push(root.join(&file.key)),
            Location::S3 { .. } => {
                let Some((bytes, _)) = target.read(&file.key).await? else {
                    anyhow::bail!(
                        "{} names {}, which is not there: publish the table again",
                        manifest.table,
                        file.key
                    );
                };
                let path = work.join(format!("{}-{index}.parquet", manifest.table));
                tokio::fs::write(&path, bytes).await?;
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn print_rows(engine: &Engine, catalog: &Catalog, text: &str, limit: usize) -> anyhow::Result<()> {
    engine.prepare(text).map_err(|error| {
        let known: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
        if error.0.contains("does not exist") {
            anyhow::anyhow!("{error}\n\nThe catalog has {}.", known.join(", "))
        } else {
            anyhow::Error::from(error)
        }
    })?;
    // One row more tells whether there are more. SHOW, DESCRIBE and their like cannot be limited from outside.
    let (query, types) = match engine.execute(&format!("CREATE TEMP VIEW asked AS {text}")) {
        Ok(()) => {
            let types = engine.describe("SELECT * FROM asked")?;
            let types: Vec<String> = types.into_iter().map(|(_, kind)| kind).collect();
            (
                format!("SELECT * FROM asked LIMIT {}", limit.saturating_add(1)),
                Some(types),
            )
        }
        Err(_) => (text.to_owned(), None),
    };
    let (schema, batches) = engine.batches(&query)?;
    let types = types.unwrap_or_else(|| {
        schema
            .fields()
            .iter()
            .map(|field| field.data_type().to_string())
            .collect()
    });
    print::out(print::batches(&schema, &types, &batches, limit)?);
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    if rows > limit {
        eprint!(
            "the first {}; --limit shows more, ",
            print::counted(limit as u64, "row")
        );
    } else {
        eprint!("{}, ", print::counted(rows as u64, "row"));
    }
    Ok(())
}
