//! What each call does, apart from how messages and bytes arrive.

use std::sync::Arc;

use catalog::{Catalog, TableManifest, keys};
use datafusion::execution::SessionState;
use futures::channel::mpsc;
use protocol::{Failure, FailureKind, QuerySummary};

use crate::io::{Counters, Io, Origin};
use crate::query::{self, EncodedBatch};
use crate::table::{Tables, open_files};

/// One engine: its tables and its DataFusion session.
#[derive(Clone)]
pub struct Engine {
    io: Io,
    tables: Arc<Tables>,
    state: SessionState,
}

impl Engine {
    /// An engine that reads through this channel.
    pub fn new(io: Io) -> Result<Self, Failure> {
        let tables = Arc::new(Tables::new(io.clone()));
        let state = query::session(Arc::clone(&tables))?;
        Ok(Self { io, tables, state })
    }

    /// Reads `catalog.json` and makes its tables known.
    pub async fn open_lake(&self) -> Result<Catalog, Failure> {
        let json = self
            .io
            .read_whole(&Origin::Lake(keys::CATALOG.to_owned()))
            .await?;
        let catalog = Catalog::from_json(&json).map_err(|error| {
            Failure::new(FailureKind::CorruptFile, error.to_string())
                .with_hint("The lake's catalog.json is damaged or of another product.")
        })?;
        self.tables.set_catalog(&catalog);
        Ok(catalog)
    }

    /// The manifest of a table.
    pub async fn describe(&self, table: &str) -> Result<TableManifest, Failure> {
        Ok(self.tables.get(table).await?.manifest.clone())
    }

    /// Makes one table of these files. A name that was given replaces an ad-hoc table of that name.
    pub async fn open_files(
        &self,
        name: Option<String>,
        origins: Vec<Origin>,
    ) -> Result<TableManifest, Failure> {
        let table = match name {
            Some(name) => self.tables.replace(open_files(&name, origins, &self.io).await?)?,
            None => {
                let name = table_name(origins.first().map_or("table", Origin::display_name));
                self.tables.add(open_files(&name, origins, &self.io).await?)
            }
        };
        Ok(table.manifest.clone())
    }

    /// Runs a statement: a `Send` future.
    pub fn query(
        &self,
        sql: String,
        max_rows: Option<u64>,
        counters: Arc<Counters>,
        sink: mpsc::Sender<EncodedBatch>,
    ) -> impl Future<Output = Result<QuerySummary, Failure>> + Send + use<> {
        query::run(
            self.state.clone(),
            Arc::clone(&self.tables),
            sql,
            max_rows,
            counters,
            sink,
        )
    }
}

/// A name that needs no quotes in SQL, made of a file name or address.
fn table_name(source: &str) -> String {
    let file = source
        .trim_end_matches('/')
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(source);
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or("table");
    let mut name: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert_str(0, "t_");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_need_no_quotes() {
        assert_eq!(
            table_name("https://host/a/Trips 2024-01.parquet"),
            "trips_2024_01"
        );
        assert_eq!(table_name("2024.snappy.parquet"), "t_2024");
        assert_eq!(table_name(""), "table");
    }
}
