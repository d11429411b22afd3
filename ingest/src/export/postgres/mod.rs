//! Tables copied into a PostgreSQL database.
//!
//! Invariant: all tables of an export come with its one transaction, whole, or none does. A table that is there is left
//! alone unless it may be replaced. The address has a password, and is in no message.
//!
//! Entry point: [`write`].

mod columns;
mod rows;

use std::pin::pin;

use anyhow::{Context, bail};
use bytes::Bytes;
use catalog::TableManifest;
use futures::SinkExt;
use tokio::task::block_in_place;
use tokio_postgres::{Error, Transaction};

use crate::data_files::{self, DataFiles};
use crate::engine::{Engine, sql};
use crate::log;
use crate::project::Project;
use crate::scratch::Scratch;
use crate::source::connect_postgres;
use crate::target::Target;
use columns::{MAX_NAME_BYTES, PostgresColumn};

/// The variable that says where the database is.
const VARIABLE: &str = "INGEST_POSTGRES_URL";
/// What is sent at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Copies the tables; those that are there are replaced, or refused.
pub(super) async fn write(
    project: &Project,
    target: &Target,
    tables: &[(String, TableManifest)],
    replace: bool,
    scratch: &Scratch,
) -> anyhow::Result<()> {
    // All is checked before any of it is written.
    let mut described = Vec::new();
    for (_, manifest) in tables {
        let table = &manifest.table;
        if table.len() > MAX_NAME_BYTES {
            bail!("table {table} has a name of more than {MAX_NAME_BYTES} bytes, which PostgreSQL cuts");
        }
        let columns = columns::columns(manifest).map_err(|refusals| {
            anyhow::anyhow!(
                "table {table} cannot be copied as it is:\n{}",
                refusals.join("\n")
            )
        })?;
        described.push((manifest, columns));
    }
    let Some((url, _)) = project.environment().find(VARIABLE) else {
        bail!(
            "it is not said where the database is: set {VARIABLE}, in the environment or in .env beside ingest.toml, to \
             postgres://user:password@host:5432/database"
        );
    };
    let connected = connect_postgres(project, url, VARIABLE).await;
    let mut client = connected.map_err(|problem| anyhow::anyhow!("{VARIABLE}: {problem}"))?;
    let engine =
        Engine::open(scratch.path(), &project.settings().resources()).context("cannot open DuckDB")?;
    let files = DataFiles::new(target, scratch.path());
    // The transaction locks what it replaces: it waits for no store.
    let mut selects = Vec::new();
    for (manifest, columns) in &described {
        let paths = files.local(&manifest.table, &manifest.files).await?;
        let texts: Vec<&str> = columns.iter().map(|column| column.text.as_str()).collect();
        selects.push(format!(
            "SELECT {} FROM ({})",
            texts.join(", "),
            data_files::select_published(&manifest.columns, &manifest.files, &paths)
        ));
    }
    let transaction = client.transaction().await.map_err(|error| said(&error))?;
    for ((manifest, columns), select) in described.iter().zip(&selects) {
        let name = make(&transaction, &manifest.table, columns, replace).await?;
        let copied = copy(&transaction, &engine, &name, select).await;
        let copied = copied
            .with_context(|| format!("table {} was not copied, and nothing was changed", manifest.table))?;
        if copied != manifest.rows {
            bail!(
                "{copied} of {} rows of table {} were copied: nothing was changed; export again",
                manifest.rows,
                manifest.table
            );
        }
    }
    transaction.commit().await.map_err(|error| said(&error))?;
    for (manifest, _) in described {
        log::note(&format!("{}: {} rows copied", manifest.table, manifest.rows));
    }
    Ok(())
}

/// Makes the empty table. Returns its name with that of its schema.
async fn make(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[PostgresColumn],
    replace: bool,
) -> anyhow::Result<String> {
    let row = transaction
        .query_one(
            "SELECT current_schema()::text, EXISTS (SELECT FROM pg_class WHERE relname = $1 AND relnamespace = \
             (SELECT oid FROM pg_namespace WHERE nspname = current_schema()))",
            &[&table],
        )
        .await
        .map_err(|error| said(&error))?;
    let (schema, exists): (Option<String>, bool) = (row.get(0), row.get(1));
    let Some(schema) = schema else {
        bail!(
            "no schema of the database's search_path is there: make one, or name one in {VARIABLE}, as in \
             ?options=-csearch_path%3Dlake"
        );
    };
    let name = format!("{}.{}", sql::identifier(&schema), sql::identifier(table));
    let mut statements = String::new();
    if exists {
        if !replace {
            bail!(
                "there is a table {name} in the database already: put the new rows in its place by --replace, or drop it"
            );
        }
        statements.push_str(&format!("DROP TABLE {name};\n"));
    }
    let definitions: Vec<&str> = columns.iter().map(|column| column.definition.as_str()).collect();
    statements.push_str(&format!("CREATE TABLE {name} ({})", definitions.join(", ")));
    let made = transaction.batch_execute(&statements).await;
    made.map_err(|error| said(&error))
        .with_context(|| format!("cannot make table {name}, and nothing was changed"))?;
    Ok(name)
}

/// Copies what a query finds; returns how many rows.
async fn copy(
    transaction: &Transaction<'_>,
    engine: &Engine,
    name: &str,
    select: &str,
) -> anyhow::Result<u64> {
    let statement = format!("COPY {name} FROM STDIN");
    let sink = transaction.copy_in::<_, Bytes>(&statement).await;
    let mut sink = pin!(sink.map_err(|error| said(&error))?);
    let mut rows = block_in_place(|| engine.stream(select))?;
    let mut encoded = Vec::new();
    while let Some(batch) = block_in_place(|| rows.next_batch())? {
        rows::encode(&batch, &mut encoded);
        if encoded.len() >= CHUNK_BYTES {
            let chunk = Bytes::from(std::mem::take(&mut encoded));
            sink.send(chunk).await.map_err(|error| said(&error))?;
        }
    }
    if !encoded.is_empty() {
        sink.send(Bytes::from(encoded))
            .await
            .map_err(|error| said(&error))?;
    }
    sink.finish().await.map_err(|error| said(&error))
}

/// What the server says, with the place in the rows that it complains of.
fn said(error: &Error) -> anyhow::Error {
    let Some(told) = error.as_db_error() else {
        return match std::error::Error::source(error) {
            Some(cause) => anyhow::anyhow!("the connection to PostgreSQL failed: {error}: {cause}"),
            None => anyhow::anyhow!("the connection to PostgreSQL failed: {error}"),
        };
    };
    let mut text = format!("PostgreSQL says: {}", told.message());
    for more in [told.detail(), told.hint(), told.where_()].into_iter().flatten() {
        text.push_str(&format!(" ({more})"));
    }
    anyhow::anyhow!(text)
}
