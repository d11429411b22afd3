//! The class `Engine` of the worker: messages in, messages out.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use futures::StreamExt;
use futures::channel::mpsc;
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use protocol::{Calls, Failure, FailureKind, FileSource, Reply, Request, Responder, ToEngineHead, Workers};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::answer::{Reader, answer};
use super::crew::Peers;
use super::disk::Disk;
use super::http::Http;
use super::local_files::LocalFiles;
use super::locator::Locator;
use super::messages::{PROGRESS_MS, memory_bytes, post, stopped};
use super::pump::Pump;
use super::scope;
use crate::engine::Engine;
use crate::io::{Counters, DiskIndex, Origin};
use crate::memory::Budgets;
use crate::query::{Outgoing, Statement};

/// Workers at most, unless somebody wants more.
const MOST_WORKERS: f64 = 8.0;
/// An engine whose memory is larger than this, and than twice what its caches hold, asks to be replaced.
const GROWN_BYTES: u64 = 1536 * 1024 * 1024;

/// The engine of this worker.
#[wasm_bindgen(js_name = Engine)]
pub struct WorkerEngine {
    shared: Rc<Shared>,
}

/// What the calls share.
pub(super) struct Shared {
    calls: Calls,
    pub(super) engine: Engine,
    pub(super) pump: Rc<Pump>,
    pub(super) reader: Rc<Reader>,
    pub(super) peers: Rc<Peers>,
    has_grown: Cell<bool>,
}

#[wasm_bindgen(js_class = Engine)]
impl WorkerEngine {
    /// Starts the engine and tells the page that it is ready.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<WorkerEngine, JsValue> {
        console_error_panic_hook::set_once();
        let index = DiskIndex::default();
        let pump = Pump::new()?;
        let http = Rc::new(Http::new()?);
        let reader = Rc::new(Reader {
            files: LocalFiles::default(),
            lake: Locator::new(Rc::clone(&http)),
            http,
            disk: Disk::open(index.clone()),
            catalog: RefCell::default(),
        });
        let (engine, requests) = Engine::new(index, usual_workers(), &Budgets::in_pool(usual_workers()))
            .map_err(|failure| JsError::new(&failure.message))?;
        spawn_local(answer(requests.io, Rc::clone(&reader), Rc::clone(&pump)));
        let peers = Peers::new(engine.clone(), Rc::clone(&reader), Rc::clone(&pump));
        spawn_local(Rc::clone(&peers).answer(requests.crew));
        let shared = Shared {
            calls: Calls::new(post),
            engine,
            pump,
            reader,
            peers,
            has_grown: Cell::new(false),
        };
        Ok(Self {
            shared: Rc::new(shared),
        })
    }

    /// Takes a message of the page: `head` is the JSON of a `ToEngineHead`, `files` an array of `File`.
    pub fn receive(&self, head: &str, files: Option<Array>) -> Result<(), JsError> {
        match serde_json::from_str(head)? {
            ToEngineHead::Call { id, request } => {
                let credit = match &request {
                    Request::Query { credit, .. } => *credit,
                    _ => 0,
                };
                let responder = self.shared.calls.open(id, credit);
                let files = files.unwrap_or_default();
                spawn_local(Rc::clone(&self.shared).run(request, files, responder));
            }
            ToEngineHead::Cancel { id } => self.shared.calls.cancel(id),
            ToEngineHead::Credit { id, batches } => self.shared.calls.credit(id, batches),
            // Who leads asks nobody for bytes.
            ToEngineHead::Bytes { .. } => {}
        }
        Ok(())
    }
}

impl Shared {
    async fn run(self: Rc<Self>, request: Request, files: Array, responder: Responder) {
        let outcome = {
            let work = Box::pin(self.perform(request, files, &responder));
            let cancelled = Box::pin(responder.cancelled());
            match select(work, cancelled).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => Err(Failure::cancelled()),
            }
        };
        responder.finish(outcome);
        self.report_growth();
    }

    /// Asks to be replaced, once, when memory that cannot be given back is mostly unused.
    fn report_growth(&self) {
        let held: u64 = self.engine.caches().iter().map(|cache| cache.bytes).sum();
        let memory_bytes = memory_bytes();
        let is_large = memory_bytes > GROWN_BYTES.max(2 * held);
        if is_large && self.calls.is_idle() && !self.has_grown.replace(true) {
            self.calls.grown(memory_bytes);
        }
    }

    async fn perform(&self, request: Request, files: Array, responder: &Responder) -> Result<Reply, Failure> {
        if !matches!(request, Request::OpenLake { .. }) {
            // Reads are planned by what the disk has.
            self.reader.disk.opened().await;
        }
        match request {
            Request::OpenLake { access, page_url } => {
                self.reader.lake.open(&access, &page_url)?;
                self.engine.open_lake().await.map(Reply::Catalog)
            }
            Request::DescribeTable { table } => self
                .engine
                .describe(&table)
                .await
                .map(|manifest| Reply::Table(manifest.into())),
            Request::OpenFiles { name, sources } => {
                let origins = sources
                    .into_iter()
                    .map(|source| self.origin(source, &files))
                    .collect::<Result<Vec<_>, _>>()?;
                self.engine
                    .open_files(name, origins)
                    .await
                    .map(|manifest| Reply::Table(manifest.into()))
            }
            Request::Query {
                sql,
                max_rows,
                max_bytes,
                partials_ms,
                with_plan,
                ..
            } => {
                let statement = Statement {
                    sql,
                    max_rows,
                    max_bytes,
                    partials_ms,
                    with_plan,
                };
                self.query(statement, responder).await
            }
            Request::Estimate { sql, max_rows } => {
                let statement = Statement {
                    sql,
                    max_rows,
                    ..Statement::default()
                };
                let estimate = self.engine.estimate(statement);
                self.to_end(estimate).await.map(Reply::Estimate)
            }
            Request::Storage => Ok(Reply::Storage(self.storage())),
            Request::ClearCache { cache } => self.clear(cache).await.map(Reply::Storage),
            Request::Pin { table, columns } => self.pin(table, columns, responder).await.map(Reply::Storage),
            Request::Unpin { table } => self.unpin(&table).await.map(Reply::Storage),
            Request::Workers { count } => {
                if let Some(count) = count {
                    self.peers.resize(count).await;
                }
                let (wanted, ready) = self.engine.crew().size();
                Ok(Reply::Workers(Workers { wanted, ready }))
            }
            Request::ShareTables { .. } | Request::RunStage { .. } => Err(Failure::new(
                FailureKind::Internal,
                "The lead of the pool was asked for what only its peers do.",
            )),
        }
    }

    async fn query(&self, statement: Statement, responder: &Responder) -> Result<Reply, Failure> {
        let counters = Arc::new(Counters::default());
        let (sink, mut batches) = mpsc::channel(1);
        let query = self.engine.query(statement, Arc::clone(&counters), sink);
        let mut running = self.pump.spawn(query);
        loop {
            match select(batches.next(), TimeoutFuture::new(PROGRESS_MS)).await {
                Either::Left((Some(outgoing), _)) => {
                    self.pump.kick();
                    match outgoing {
                        Outgoing::Batch(batch) => responder.batch(batch.rows, batch.payload).await?,
                        Outgoing::Partial(seen, payload) => responder.partial(seen, payload),
                    }
                }
                Either::Left((None, _)) => break,
                Either::Right(_) => responder.progress(counters.progress()),
            }
        }
        let summary = running.join().await.ok_or_else(stopped)??;
        responder.progress(counters.progress());
        Ok(Reply::Summary(summary))
    }

    /// Runs a task of the engine.
    pub(super) async fn to_end<T: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        self.pump.spawn(task).join().await.ok_or_else(stopped)?
    }

    /// Runs a task of the engine that counts how far it is, and reports that.
    pub(super) async fn to_end_with_progress<T: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T, Failure>> + Send + 'static,
        counters: &Counters,
        responder: &Responder,
    ) -> Result<T, Failure> {
        let mut ending = Box::pin(self.to_end(task));
        loop {
            match select(ending, TimeoutFuture::new(PROGRESS_MS)).await {
                Either::Left((outcome, _)) => {
                    responder.progress(counters.progress());
                    return outcome;
                }
                Either::Right(((), unfinished)) => {
                    responder.progress(counters.progress());
                    ending = unfinished;
                }
            }
        }
    }

    fn origin(&self, source: FileSource, files: &Array) -> Result<Origin, Failure> {
        match source {
            FileSource::Url { url } => match url::Url::parse(&url) {
                Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(Origin::Url(url)),
                _ => Err(Failure::new(
                    FailureKind::NotFound,
                    "This is not an address of a file that a page can read.",
                )
                .with_hint("Give an https: address. For s3: addresses, ask for a presigned https: link.")),
            },
            FileSource::Local { index, name } => {
                let file = files.get(index).dyn_into::<File>().map_err(|_| {
                    Failure::new(
                        FailureKind::Internal,
                        format!("The page did not hand over {name}."),
                    )
                })?;
                let index = self.reader.files.add(file);
                Ok(Origin::File { index, name })
            }
        }
    }
}

/// As many as the machine has threads: the page's own is mostly idle.
fn usual_workers() -> u32 {
    let threads = scope()
        .navigator()
        .hardware_concurrency()
        .clamp(1.0, MOST_WORKERS);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was clamped"
    )]
    let workers = threads as u32;
    workers
}
