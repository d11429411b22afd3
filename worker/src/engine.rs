//! What each call does, apart from how messages and bytes arrive.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use catalog::{Catalog, TableManifest, keys};
use futures::channel::mpsc;
use protocol::{
    CacheKind, CacheUse, Estimate, Failure, FailureKind, Piece, QuerySummary, SharedTable, Stage,
    StageSummary,
};

use crate::column::Columns;
use crate::io::{Counters, DiskIndex, Io, IoRequest, Object, Origin};
use crate::memory::{Budgets, Memory};
use crate::query::{Crew, CrewRequest, Outbox, Outgoing, Queries, Results, Statement};
use crate::table::{Footers, PinnedObjects, Source, Tables, open_files};

/// One engine: its tables, its DataFusion session and its caches. Clones share them.
#[derive(Clone)]
pub struct Engine {
    source: Source,
    tables: Arc<Tables>,
    queries: Queries,
    crew: Arc<Crew>,
}

/// What an engine asks for.
#[derive(Debug)]
pub struct Requests {
    /// Bytes.
    pub io: mpsc::UnboundedReceiver<IoRequest>,
    /// The help of other workers.
    pub crew: mpsc::UnboundedReceiver<CrewRequest>,
}

impl Engine {
    /// An engine, and what it asks for. Who answers keeps the index of the disk up to date. The engine leads as many
    /// workers as are wanted, itself included, as soon as they have joined.
    pub fn new(disk: DiskIndex, workers: u32, budgets: &Budgets) -> Result<(Self, Requests), Failure> {
        let (crew, crew_requests) = Crew::new(workers);
        let crew = Arc::new(crew);
        // Caches give way in the order in which they are made.
        let memory = Arc::new(Memory::new(budgets.memory_bytes));
        let columns = Columns::new(&memory, budgets.column_bytes);
        let (io, io_requests) = Io::channel(disk, &memory, budgets.block_bytes);
        let results = Results::new(&memory, budgets.result_bytes);
        let footers = Footers::new(&memory, budgets.footer_bytes);
        let source = Source { io, footers, columns };
        let tables = Arc::new(Tables::new(source.clone()));
        let engine = Self {
            queries: Queries::new(Arc::clone(&tables), memory, results, Arc::clone(&crew))?,
            source,
            tables,
            crew,
        };
        let requests = Requests {
            io: io_requests,
            crew: crew_requests,
        };
        Ok((engine, requests))
    }

    /// Reads `catalog.json` and makes its tables known.
    pub async fn open_lake(&self) -> Result<Catalog, Failure> {
        let origin = Origin::Lake(keys::CATALOG.to_owned());
        let json = self.source.io.read_whole(&origin, false).await?;
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

    /// By which manifest a table of the lake is open.
    pub fn manifest_key(&self, table: &str) -> Option<String> {
        self.tables.manifest_key(table)
    }

    /// Makes one table of these files. A name that was given replaces an ad-hoc table of that name.
    pub async fn open_files(
        &self,
        name: Option<String>,
        origins: Vec<Origin>,
    ) -> Result<TableManifest, Failure> {
        let table = match name {
            Some(name) => self
                .tables
                .replace(open_files(&name, origins, &self.source).await?)?,
            None => {
                let name = table_name(origins.first().map_or("table", Origin::display_name));
                self.tables.add(open_files(&name, origins, &self.source).await?)
            }
        };
        Ok(table.manifest.clone())
    }

    /// Runs a statement: a `Send` future. Where the lake has changed under it, the catalog is read again and the
    /// statement runs once more, unless rows of it are out already.
    pub fn query(
        &self,
        statement: Statement,
        counters: Arc<Counters>,
        sink: mpsc::Sender<Outgoing>,
    ) -> impl Future<Output = Result<QuerySummary, Failure>> + Send + use<> {
        let engine = self.clone();
        async move {
            let mut outbox = Outbox::new(sink);
            let failure = match engine.queries.run(&statement, &counters, &mut outbox).await {
                Err(failure) if is_of_old_snapshot(&failure) && !outbox.is_used() => failure,
                outcome => return outcome,
            };
            if !engine.reload().await {
                return Err(failure);
            }
            let again = engine.queries.run(&statement, &counters, &mut outbox).await;
            again.map(|summary| QuerySummary {
                is_of_new_snapshot: true,
                ..summary
            })
        }
    }

    /// The other workers of the pool that this engine leads.
    pub fn crew(&self) -> &Crew {
        &self.crew
    }

    /// Makes a table known that the lead of the pool has open.
    pub fn share_table(&self, table: SharedTable) {
        self.tables.share(table);
    }

    /// Runs a share of a stage for the lead of the pool: a `Send` future. Buffers are what the stage refers to by index.
    pub fn run_stage(
        &self,
        stage: Stage,
        buffers: Vec<Bytes>,
        counters: Arc<Counters>,
        sink: mpsc::Sender<(Piece, Vec<u8>)>,
    ) -> impl Future<Output = Result<StageSummary, Failure>> + Send + use<> {
        let engine = self.clone();
        async move {
            let outcome = engine.queries.run_stage(&stage, buffers, &counters, sink).await;
            outcome.map(|summary| StageSummary {
                caches: engine.caches(),
                ..summary
            })
        }
    }

    /// What a statement would fetch: a `Send` future.
    pub fn estimate(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Estimate, Failure>> + Send + use<> {
        let queries = self.queries.clone();
        async move { queries.estimate(&statement).await }
    }

    /// Fetches columns of a lake's table, all of them by default, to the disk: a `Send` future.
    pub fn pin(
        &self,
        table: String,
        columns: Option<Vec<String>>,
        counters: Arc<Counters>,
    ) -> impl Future<Output = Result<PinnedObjects, Failure>> + Send + use<> {
        let tables = Arc::clone(&self.tables);
        async move { tables.pin(&table, columns, &counters).await }
    }

    /// What memory has of a range for a peer, and of which object.
    pub fn peek(&self, origin: &Origin, range: &Range<u64>) -> Option<(Arc<Object>, Bytes)> {
        self.source.io.peek(origin, range)
    }

    /// Notes what a peer got.
    pub fn note_given(&self, peer: u32, origin: &Origin, range: Range<u64>) {
        self.source.io.note_given(peer, origin, range);
    }

    /// Notes that a peer is gone.
    pub fn peer_left(&self, peer: u32) {
        self.crew.left(peer);
        self.source.io.forget_given(peer);
    }

    /// How the caches in memory stand.
    pub fn caches(&self) -> Vec<CacheUse> {
        vec![
            self.source.footers.report(),
            self.source.io.memory(),
            self.source.columns.report(),
            self.queries.results().report(),
        ]
    }

    /// Empties a cache in memory; the disk is the edge's.
    pub fn clear(&self, cache: CacheKind) {
        match cache {
            CacheKind::Footers => self.source.footers.clear(),
            CacheKind::Memory => self.source.io.clear_memory(),
            CacheKind::Columns => self.source.columns.clear(),
            CacheKind::Results => self.queries.results().clear(),
            CacheKind::Disk => {}
        }
    }

    /// Reads the catalog again; whether it is another than before.
    async fn reload(&self) -> bool {
        let before = self.tables.snapshot_id();
        self.open_lake().await.is_ok() && self.tables.snapshot_id() != before
    }
}

/// A newer snapshot has other files: those of the older one change or go.
fn is_of_old_snapshot(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::StaleSnapshot | FailureKind::NotFound)
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
