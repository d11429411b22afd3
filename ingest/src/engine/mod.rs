//! DuckDB, set up alike wherever it runs.
//!
//! Invariant: it writes only below the scratch folder that it is given, never reaches for the network, and its
//! time zone is UTC.
//!
//! Entry point: [`Engine::open`].

mod context;
mod machine;
mod references;
mod resources;
pub mod sql;
mod tree;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use duckdb::Connection;
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::types::Value;

pub use context::Context;
pub use machine::Machine;
pub use references::{Reference, Statement, UnusableSql};
pub use resources::Resources;

/// What DuckDB said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EngineError(pub String);

impl From<duckdb::Error> for EngineError {
    fn from(error: duckdb::Error) -> Self {
        Self(error.to_string())
    }
}

/// The rows of a query on their way out of DuckDB, in their order.
pub struct BatchStream<'a> {
    statement: duckdb::Statement<'a>,
    schema: SchemaRef,
}

impl BatchStream<'_> {
    /// What the rows are, also where there are none.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows; none at the end. Fails where computing them fails, also halfway.
    ///
    /// The binding's own iterator panics then; stepping does not.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        Ok(self.statement.step()?.map(|rows| RecordBatch::from(&rows)))
    }
}

/// A DuckDB database with a scratch folder.
pub struct Engine {
    connection: Connection,
    home: PathBuf,
}

impl Engine {
    /// Opens an empty database that spills to the folder, with a schema for each layer.
    pub fn open(scratch: &Path, resources: &Resources) -> Result<Self, EngineError> {
        // Tables beyond the memory limit spill to the scratch folder; a database file would compress every table,
        // which takes as long again as making it.
        let connection = Connection::open_in_memory()?;
        let engine = Self {
            connection,
            home: scratch.to_owned(),
        };
        engine.set_up()?;
        let spill = sql::text(&scratch.join("spill").to_string_lossy());
        engine.execute(&format!(
            "SET temp_directory = {spill};
             SET autoinstall_known_extensions = false;
             SET autoload_known_extensions = false;
             CREATE SCHEMA source;
             CREATE SCHEMA silver;
             CREATE SCHEMA gold;
             CREATE SCHEMA staged;
             SET search_path = 'silver,source,gold';"
        ))?;
        if let Some(limit) = resources.memory_limit_bytes {
            engine.execute(&format!("SET memory_limit = '{limit}B'"))?;
        }
        if let Some(threads) = resources.threads {
            engine.execute(&format!("SET threads = {threads}"))?;
        }
        Ok(engine)
    }

    /// What DuckDB keeps for each connection alone.
    fn set_up(&self) -> Result<(), EngineError> {
        self.execute(&format!(
            "SET home_directory = {};
             SET TimeZone = 'UTC';
             SET enable_progress_bar = false;",
            sql::text(&self.home.to_string_lossy())
        ))
    }

    /// Runs statements that return nothing.
    pub fn execute(&self, statements: &str) -> Result<(), EngineError> {
        Ok(self.connection.execute_batch(statements)?)
    }

    /// Parses and binds a statement without running it, for DuckDB's own words on what is wrong.
    pub fn prepare(&self, statement: &str) -> Result<(), EngineError> {
        self.connection.prepare(statement)?;
        Ok(())
    }

    /// The first row of a query, as values.
    pub fn row(&self, query: &str) -> Result<Vec<Value>, EngineError> {
        self.rows(query)?
            .into_iter()
            .next()
            .ok_or_else(|| EngineError(format!("no row came back from: {query}")))
    }

    /// All rows of a query, as values. For small results.
    pub fn rows(&self, query: &str) -> Result<Vec<Vec<Value>>, EngineError> {
        let mut statement = self.connection.prepare(query)?;
        let mut rows = statement.query([])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let width = row.as_ref().column_count();
            out.push((0..width).map(|index| row.get(index)).collect::<Result<_, _>>()?);
        }
        Ok(out)
    }

    /// A count, or another whole number, that a query returns.
    pub fn count(&self, query: &str) -> Result<u64, EngineError> {
        let count: i64 = self.connection.query_row(query, [], |row| row.get(0))?;
        u64::try_from(count).map_err(|_| EngineError(format!("{count} is no count, from: {query}")))
    }

    /// Names and DuckDB types of the columns that a query returns, without running it.
    pub fn describe(&self, query: &str) -> Result<Vec<(String, String)>, EngineError> {
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let rows = self.rows(&format!("DESCRIBE {query}"))?;
        Ok(rows.iter().map(|row| (text(&row[0]), text(&row[1]))).collect())
    }

    /// Whole result as Arrow batches, with a schema even where there are no rows.
    pub fn batches(&self, query: &str) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let mut statement = self.connection.prepare(query)?;
        let arrow = statement.query_arrow([])?;
        let schema = arrow.get_schema();
        Ok((schema, arrow.collect()))
    }

    /// Begins a SELECT whose rows are taken batch by batch, while DuckDB computes the next ones. Another query of this
    /// engine ends it.
    pub fn stream(&self, query: &str) -> Result<BatchStream<'_>, EngineError> {
        let mut statement = self.connection.prepare(query)?;
        let schema = statement.stream_arrow([])?.get_schema();
        Ok(BatchStream { statement, schema })
    }

    /// Words that are no names unless they are quoted.
    pub fn keywords(&self) -> Result<HashSet<String>, EngineError> {
        let query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'";
        let words = self.rows(query)?.into_iter().flatten();
        Ok(words
            .filter_map(|word| match word {
                Value::Text(word) => Some(word),
                _ => None,
            })
            .collect())
    }

    /// Threads that DuckDB uses.
    pub fn threads(&self) -> Result<usize, EngineError> {
        let threads = self.count("SELECT current_setting('threads')::BIGINT")?;
        Ok(usize::try_from(threads).unwrap_or(1).max(1))
    }
}
