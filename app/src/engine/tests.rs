//! Workers that die, played by real conversations in memory.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use catalog::access::LakeAccess;
use catalog::{Catalog, Lineage, TableManifest};
use futures::FutureExt;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use protocol::{
    Calls, DescribeTable, Failure, FailureKind, FileSource, Query, QueryStats, QuerySummary, Reply, Request,
    Responder, ToEngine, ToEngineHead,
};

use super::asking::Asking;
use super::{Engine, Inbox, Sender, Source};

mod answers;
mod grown;
mod replaced;

type File = &'static str;

/// Workers started by an engine, newest last, and what each was asked.
#[derive(Clone, Default)]
struct Workers {
    inboxes: Rc<RefCell<Vec<Inbox<File>>>>,
    calls: Rc<RefCell<Vec<Calls>>>,
    asked: Rc<RefCell<Vec<Vec<String>>>>,
    /// Queries that the workers are busy with, and in which of them.
    busy_with: Rc<RefCell<Vec<Busy>>>,
    lake_is_down: Rc<Cell<bool>>,
    /// Whether a worker says that it has grown just before the lake is open.
    grows_with_lake: Rc<Cell<bool>>,
    is_silent: Rc<Cell<bool>>,
    is_busy_opening: Rc<Cell<bool>>,
}

struct Busy {
    worker: usize,
    sql: String,
    responder: Responder,
}

impl Workers {
    fn spawn(&self, inbox: Inbox<File>) -> Sender<File> {
        let number = self.inboxes.borrow().len();
        self.inboxes.borrow_mut().push(inbox.clone());
        self.asked.borrow_mut().push(Vec::new());
        if self.is_silent.get() {
            return Box::new(|_| {});
        }
        let calls = Calls::new(move |message| inbox.receive(message));
        self.calls.borrow_mut().push(calls.clone());
        let workers = self.clone();
        Box::new(move |message| workers.answer(number, &calls, message))
    }

    fn answer(&self, number: usize, calls: &Calls, message: ToEngine<File>) {
        let ToEngineHead::Call { id, request } = message.head else {
            return;
        };
        let (asked, outcome) = match request {
            Request::OpenLake { .. } if self.lake_is_down.get() => (
                "lake".to_owned(),
                Err(Failure::new(FailureKind::Offline, "no network")),
            ),
            Request::OpenLake { .. } => {
                if self.grows_with_lake.take() {
                    calls.grown(2_000_000_000);
                }
                ("lake".to_owned(), Ok(Reply::Catalog(Catalog::empty("lake"))))
            }
            Request::OpenFiles { .. } if self.is_busy_opening.get() => {
                std::mem::forget(calls.open(id, 0));
                return;
            }
            Request::OpenFiles { name, sources } => {
                let files = sources.iter().map(|source| match source {
                    FileSource::Local { index, .. } => message.files[*index as usize],
                    FileSource::Url { url } => url,
                });
                let table = name.unwrap_or_else(|| "guessed".to_owned());
                let asked = format!("{table}: {}", files.collect::<Vec<_>>().join(" "));
                (asked, Ok(Reply::Table(Box::new(manifest(&table)))))
            }
            Request::DescribeTable { table } => (
                format!("describe {table}"),
                Ok(Reply::Table(Box::new(manifest(&table)))),
            ),
            Request::Workers { count: Some(count) } => {
                let workers = protocol::Workers {
                    wanted: count,
                    ready: count,
                };
                (format!("{count} workers"), Ok(Reply::Workers(workers)))
            }
            Request::Query { sql, credit, .. } => {
                self.asked.borrow_mut()[number].push(sql.clone());
                self.busy_with.borrow_mut().push(Busy {
                    worker: number,
                    sql,
                    responder: calls.open(id, credit),
                });
                return;
            }
            other => panic!("nobody asked {other:?}"),
        };
        self.asked.borrow_mut()[number].push(asked);
        calls.open(id, 0).finish(outcome);
    }

    /// Ends the query well that was asked first of all that are open.
    fn answer_oldest(&self) {
        let oldest = self.busy_with.borrow_mut().remove(0);
        oldest.responder.finish(Ok(summary()));
    }

    /// Lets the newest worker say that it has grown.
    fn grow_newest(&self) {
        let newest = self.calls.borrow().last().cloned().expect("one was started");
        newest.grown(2_000_000_000);
    }

    fn kill_newest(&self) {
        let newest = self.inboxes.borrow().last().cloned().expect("one was started");
        newest.died("killed");
    }
}

fn summary() -> Reply {
    Reply::Summary(QuerySummary {
        columns: Vec::new(),
        rows: 0,
        truncated: false,
        is_of_new_snapshot: false,
        stats: QueryStats::default(),
        plan: None,
    })
}

fn query(engine: &Engine<File>, sql: &str) -> Asking<Query, File> {
    engine.ask(Query {
        sql: sql.to_owned(),
        ..Query::default()
    })
}

/// Sends a query and drops it before its end: it is cancelled.
fn give_up(engine: &Engine<File>, sql: &str) {
    let mut asking = query(engine, sql);
    assert!(
        asking.next().now_or_never().is_none(),
        "the worker is busy with it"
    );
}

async fn describe(engine: &Engine<File>, table: &str) -> Result<TableManifest, Failure> {
    let table = table.to_owned();
    engine.ask(DescribeTable { table }).end().await
}

fn manifest(table: &str) -> TableManifest {
    TableManifest {
        format_version: 1,
        table: table.to_owned(),
        description: None,
        owner: None,
        tags: Vec::new(),
        columns: Vec::new(),
        files: Vec::new(),
        rows: 0,
        bytes: 0,
        partition_by: Vec::new(),
        sort_keys: Vec::new(),
        checks: Vec::new(),
        lineage: Lineage::default(),
    }
}

fn engine(workers: &Workers) -> (Engine<File>, Rc<Cell<u32>>) {
    let restarts = Rc::new(Cell::new(0));
    let counted = Rc::clone(&restarts);
    let spawner = workers.clone();
    let engine = Engine::start(
        move |inbox| spawner.spawn(inbox),
        move || counted.set(counted.get() + 1),
    );
    (engine, restarts)
}

fn lake() -> LakeAccess {
    LakeAccess::BaseUrl {
        url: "https://lake/".to_owned(),
    }
}

fn open_both(engine: &Engine<File>) {
    futures::executor::block_on(async {
        engine
            .open_lake(lake(), "https://page/".to_owned())
            .await
            .expect("opens");
        let file = Source::Local {
            name: "a.parquet".to_owned(),
            file: "bytes of a",
        };
        let url = Source::Url("https://b/?signature".to_owned());
        engine.open_files(None, vec![file, url]).await.expect("opens");
    });
}

#[test]
fn a_new_worker_knows_what_the_dead_one_knew_before_it_is_asked_anything() {
    let workers = Workers::default();
    let (engine, restarts) = engine(&workers);
    open_both(&engine);
    workers.kill_newest();
    assert_eq!(restarts.get(), 1);
    futures::executor::block_on(describe(&engine, "guessed")).expect("answers");
    assert_eq!(
        workers.asked.borrow()[1],
        [
            "lake",
            "guessed: bytes of a https://b/?signature",
            "describe guessed"
        ]
    );
}

#[test]
fn a_lake_that_cannot_be_reopened_fails_the_call_and_is_tried_again_by_the_next() {
    let workers = Workers::default();
    let (engine, _) = engine(&workers);
    open_both(&engine);
    workers.lake_is_down.set(true);
    workers.kill_newest();
    let failure = futures::executor::block_on(describe(&engine, "t")).expect_err("no network");
    assert_eq!(failure.kind, FailureKind::Offline);
    workers.lake_is_down.set(false);
    futures::executor::block_on(describe(&engine, "t")).expect("the network is back");
}

#[test]
fn a_worker_that_never_spoke_is_replaced_only_when_somebody_asks() {
    let workers = Workers::default();
    workers.is_silent.set(true);
    let (engine, restarts) = engine(&workers);
    workers.kill_newest();
    assert_eq!(
        (workers.inboxes.borrow().len(), restarts.get()),
        (1, 0),
        "no loop of failing workers"
    );
    workers.is_silent.set(false);
    futures::executor::block_on(describe(&engine, "t")).expect("a second worker answers");
    assert_eq!(workers.inboxes.borrow().len(), 2);
}

#[test]
fn a_worker_that_ignores_a_cancellation_is_replaced() {
    let workers = Workers::default();
    let (engine, restarts) = engine(&workers);
    give_up(&engine, "SELECT 1");
    let inbox = workers.inboxes.borrow()[0].clone();
    inbox.expect_stopped(2);
    assert_eq!(restarts.get(), 0, "another call was not cancelled");
    inbox.expect_stopped(1);
    assert_eq!(restarts.get(), 1);
}

#[test]
fn a_call_after_a_cancellation_is_not_sent_to_a_worker_that_may_be_stuck() {
    let workers = Workers::default();
    let (engine, _) = engine(&workers);
    give_up(&engine, "SELECT 1");
    let mut pool = LocalPool::new();
    let answered = Rc::new(Cell::new(false));
    let (asking, ended) = (engine.clone(), Rc::clone(&answered));
    let next = async move { ended.set(describe(&asking, "t").await.is_ok()) };
    pool.spawner().spawn_local(next).expect("spawns");
    pool.run_until_stalled();
    assert_eq!(workers.asked.borrow()[0], ["SELECT 1"], "the next call waits");
    let inbox = workers.inboxes.borrow()[0].clone();
    inbox.expect_stopped(1);
    pool.run_until_stalled();
    assert!(answered.get());
    assert_eq!(workers.asked.borrow()[1], ["describe t"]);
}

#[test]
fn the_last_words_of_a_replaced_worker_are_ignored() {
    let workers = Workers::default();
    let (_engine, restarts) = engine(&workers);
    let first = workers.inboxes.borrow()[0].clone();
    first.died("killed");
    first.died("killed twice");
    assert_eq!((workers.inboxes.borrow().len(), restarts.get()), (2, 1));
}
