//! One file, opened and asked: what came of it, in what time and memory.

use std::sync::mpsc as thread_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use datafusion::arrow::ipc::reader::StreamReader;
use futures::StreamExt;
use futures::channel::mpsc;
use protocol::Failure;
use worker::engine::Engine;
use worker::io::{Counters, Origin};
use worker::query::Statement;

use super::allocation;
use crate::support::Store;

/// After this a trial counts as one that never ends. Those that make room for gigabytes take seconds, and a minute where
/// memory is short: this is far beyond both.
const LONGEST: Duration = Duration::from_secs(900);

/// What came of a statement.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Columns and rows, and the rows as text.
    Answer { columns: usize, rows: u64, text: String },
    /// A failure.
    Failure(Failure),
    /// The engine panicked; where.
    Panic(String),
}

/// What came of a file.
#[derive(Debug)]
pub struct Trial {
    /// Rows that the footer claims, or why the file did not open.
    pub opened: Result<u64, Outcome>,
    /// For each statement.
    pub outcomes: Vec<Outcome>,
    pub peak_bytes: usize,
}

/// Opens the file as table `x` and runs the statements.
pub fn attempt(file: &[u8], statements: &[&str]) -> Trial {
    let held = allocation::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("starts");
    let (opened, outcomes) = runtime.block_on(async {
        let store = Store::default();
        store.put("x.parquet", Bytes::copy_from_slice(file));
        let engine = store.engine();
        let origins = vec![Origin::Url("x.parquet".to_owned())];
        let opening = tokio::spawn({
            let engine = engine.clone();
            async move { engine.open_files(Some("x".to_owned()), origins).await }
        });
        let rows = match opening.await {
            Ok(Ok(manifest)) => manifest.rows,
            Ok(Err(failure)) => return (Err(Outcome::Failure(failure)), Vec::new()),
            Err(_) => return (Err(Outcome::Panic(last_panic())), Vec::new()),
        };
        let mut outcomes = Vec::new();
        for statement in statements {
            outcomes.push(ask(&engine, statement).await);
        }
        (Ok(rows), outcomes)
    });
    Trial {
        opened,
        outcomes,
        peak_bytes: allocation::peak_bytes_since(held),
    }
}

async fn ask(engine: &Engine, statement: &str) -> Outcome {
    let (sink, batches) = mpsc::channel(1);
    let statement = Statement {
        sql: statement.to_owned(),
        ..Statement::default()
    };
    let query = tokio::spawn(engine.query(statement, Arc::new(Counters::default()), sink));
    let payloads: Vec<Vec<u8>> = batches
        .filter_map(|outgoing| async { Some(outgoing.into_batch()?.payload) })
        .collect()
        .await;
    let summary = match query.await {
        Ok(Ok(summary)) => summary,
        Ok(Err(failure)) => return Outcome::Failure(failure),
        Err(_) => return Outcome::Panic(last_panic()),
    };
    let batches: Vec<_> = payloads
        .iter()
        .flat_map(|payload| StreamReader::try_new(payload.as_slice(), None).expect("is a stream"))
        .collect::<Result<_, _>>()
        .expect("decodes");
    Outcome::Answer {
        columns: summary.columns.len(),
        rows: summary.rows,
        text: format!("{batches:?}"),
    }
}

/// Trials count what the whole process allocates, so there is one at a time.
static ALONE: Mutex<()> = Mutex::new(());
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Keeps where a panic happened, instead of printing a backtrace for each.
pub fn remember_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        *LAST_PANIC.lock().expect("lock") = format!("{place}: {message}");
        if std::thread::current().name().is_some_and(|name| !name.is_empty()) && !place.contains(".cargo") {
            eprintln!("{place}: {message}");
        }
    }));
}

fn last_panic() -> String {
    std::mem::take(&mut *LAST_PANIC.lock().expect("lock"))
}

/// The trial in a thread of its own; one that does not end fails the test by its seed.
pub fn bounded(name: &str, bytes: Vec<u8>, statements: &'static [&str]) -> Trial {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (sender, receiver) = thread_channel::channel();
    let trial = std::thread::spawn(move || sender.send(attempt(&bytes, statements)));
    let outcome = receiver.recv_timeout(LONGEST);
    let outcome = outcome.unwrap_or_else(|error| panic!("{name} hangs or breaks: {error}"));
    let _ = trial.join();
    outcome
}
