//! Binds each request to the only reply that it may get.

use catalog::access::LakeAccess;
use catalog::{Catalog, TableManifest};

use crate::{
    CacheKind, Estimate, FileSource, QuerySummary, Reply, Request, SharedTable, Stage, StageSummary, Storage,
    Workers,
};

/// A request whose reply is known by type.
pub trait Call {
    /// What a good end gives.
    type Reply;

    /// The message.
    fn into_request(self) -> Request;

    /// The reply, if it is the right one.
    fn accept(reply: Reply) -> Option<Self::Reply>;
}

/// See [`Request::OpenLake`].
#[derive(Debug, Clone)]
pub struct OpenLake {
    /// How to reach its objects.
    pub access: LakeAccess,
    /// The page's address.
    pub page_url: String,
}

impl Call for OpenLake {
    type Reply = Catalog;

    fn into_request(self) -> Request {
        Request::OpenLake {
            access: self.access,
            page_url: self.page_url,
        }
    }

    fn accept(reply: Reply) -> Option<Catalog> {
        match reply {
            Reply::Catalog(catalog) => Some(catalog),
            _ => None,
        }
    }
}

/// See [`Request::DescribeTable`].
#[derive(Debug, Clone)]
pub struct DescribeTable {
    /// The table's name.
    pub table: String,
}

impl Call for DescribeTable {
    type Reply = TableManifest;

    fn into_request(self) -> Request {
        Request::DescribeTable { table: self.table }
    }

    fn accept(reply: Reply) -> Option<TableManifest> {
        accept_table(reply)
    }
}

/// See [`Request::OpenFiles`].
#[derive(Debug, Clone)]
pub struct OpenFiles {
    /// The name to give the table.
    pub name: Option<String>,
    /// The files.
    pub sources: Vec<FileSource>,
}

impl Call for OpenFiles {
    type Reply = TableManifest;

    fn into_request(self) -> Request {
        Request::OpenFiles {
            name: self.name,
            sources: self.sources,
        }
    }

    fn accept(reply: Reply) -> Option<TableManifest> {
        accept_table(reply)
    }
}

fn accept_table(reply: Reply) -> Option<TableManifest> {
    match reply {
        Reply::Table(manifest) => Some(*manifest),
        _ => None,
    }
}

/// See [`Request::Query`].
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// One SQL statement.
    pub sql: String,
    /// Stop after so many rows.
    pub max_rows: Option<u64>,
    /// Refuse when more bytes than this would be fetched.
    pub max_bytes: Option<u64>,
    /// How often an intermediate answer is wanted while a long one is worked out, in milliseconds; none: not at all.
    pub partials_ms: Option<u32>,
    /// Whether the summary is to say what each operator did.
    pub with_plan: bool,
}

impl Query {
    /// Batches that may be under way to the page at once.
    pub const CREDIT: u32 = 4;
}

impl Call for Query {
    type Reply = QuerySummary;

    fn into_request(self) -> Request {
        Request::Query {
            sql: self.sql,
            max_rows: self.max_rows,
            max_bytes: self.max_bytes,
            partials_ms: self.partials_ms,
            with_plan: self.with_plan,
            credit: Self::CREDIT,
        }
    }

    fn accept(reply: Reply) -> Option<QuerySummary> {
        match reply {
            Reply::Summary(summary) => Some(summary),
            _ => None,
        }
    }
}

/// See [`Request::Estimate`].
#[derive(Debug, Clone)]
pub struct EstimateQuery {
    /// One SQL statement.
    pub sql: String,
    /// As in [`Query`].
    pub max_rows: Option<u64>,
}

impl Call for EstimateQuery {
    type Reply = Estimate;

    fn into_request(self) -> Request {
        Request::Estimate {
            sql: self.sql,
            max_rows: self.max_rows,
        }
    }

    fn accept(reply: Reply) -> Option<Estimate> {
        match reply {
            Reply::Estimate(estimate) => Some(estimate),
            _ => None,
        }
    }
}

/// See [`Request::Storage`].
#[derive(Debug, Clone)]
pub struct ReadStorage;

impl Call for ReadStorage {
    type Reply = Storage;

    fn into_request(self) -> Request {
        Request::Storage
    }

    fn accept(reply: Reply) -> Option<Storage> {
        accept_storage(reply)
    }
}

/// See [`Request::ClearCache`].
#[derive(Debug, Clone)]
pub struct ClearCache {
    /// Which.
    pub cache: CacheKind,
}

impl Call for ClearCache {
    type Reply = Storage;

    fn into_request(self) -> Request {
        Request::ClearCache { cache: self.cache }
    }

    fn accept(reply: Reply) -> Option<Storage> {
        accept_storage(reply)
    }
}

/// See [`Request::Pin`].
#[derive(Debug, Clone)]
pub struct PinTable {
    /// The table's name.
    pub table: String,
    /// The columns' names; all of them when absent.
    pub columns: Option<Vec<String>>,
}

impl Call for PinTable {
    type Reply = Storage;

    fn into_request(self) -> Request {
        Request::Pin {
            table: self.table,
            columns: self.columns,
        }
    }

    fn accept(reply: Reply) -> Option<Storage> {
        accept_storage(reply)
    }
}

/// See [`Request::Unpin`].
#[derive(Debug, Clone)]
pub struct UnpinTable {
    /// The table's name.
    pub table: String,
}

impl Call for UnpinTable {
    type Reply = Storage;

    fn into_request(self) -> Request {
        Request::Unpin { table: self.table }
    }

    fn accept(reply: Reply) -> Option<Storage> {
        accept_storage(reply)
    }
}

fn accept_storage(reply: Reply) -> Option<Storage> {
    match reply {
        Reply::Storage(storage) => Some(storage),
        _ => None,
    }
}

/// See [`Request::Workers`].
#[derive(Debug, Clone)]
pub struct SetWorkers {
    /// How many; none asks only.
    pub count: Option<u32>,
}

impl Call for SetWorkers {
    type Reply = Workers;

    fn into_request(self) -> Request {
        Request::Workers { count: self.count }
    }

    fn accept(reply: Reply) -> Option<Workers> {
        match reply {
            Reply::Workers(workers) => Some(workers),
            _ => None,
        }
    }
}

/// See [`Request::ShareTables`].
#[derive(Debug, Clone)]
pub struct ShareTables {
    /// The tables.
    pub tables: Vec<SharedTable>,
}

impl Call for ShareTables {
    type Reply = ();

    fn into_request(self) -> Request {
        Request::ShareTables { tables: self.tables }
    }

    fn accept(reply: Reply) -> Option<()> {
        matches!(reply, Reply::Shared).then_some(())
    }
}

/// See [`Request::RunStage`].
#[derive(Debug, Clone)]
pub struct RunStage {
    /// The stage.
    pub stage: Box<Stage>,
}

impl RunStage {
    /// Pieces that may be under way at once: a peer must not wait while its lead computes.
    pub const CREDIT: u32 = 64;
}

impl Call for RunStage {
    type Reply = StageSummary;

    fn into_request(self) -> Request {
        Request::RunStage {
            stage: self.stage,
            credit: Self::CREDIT,
        }
    }

    fn accept(reply: Reply) -> Option<StageSummary> {
        match reply {
            Reply::Stage(summary) => Some(*summary),
            _ => None,
        }
    }
}
