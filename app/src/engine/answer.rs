//! A query's whole result, and what comes before it.

use std::sync::Arc;

use arrow::error::ArrowError;
use protocol::{CallItem, Failure, FailureKind, Progress, Query, QuerySummary, Seen};

use super::Engine;
use crate::result::{ResultTable, ResultTableBuilder};

/// How often an intermediate answer is asked for, in milliseconds.
pub const PARTIALS_MS: u32 = 500;

/// A result and what it cost.
#[derive(Clone)]
pub struct Answer {
    /// The rows.
    pub table: Arc<ResultTable>,
    /// Columns, truncation and cost.
    pub summary: QuerySummary,
}

/// An answer of a part of the rows. It is not the answer: it is shown marked, and never kept, exported or shared.
#[derive(Clone)]
pub struct Partial {
    /// Its rows.
    pub table: Arc<ResultTable>,
    /// How much of the data it is of.
    pub seen: Seen,
}

/// What is told before a query's end.
pub enum News {
    /// How far it is.
    Progress(Progress),
    /// An intermediate answer, in the place of the one before.
    Partial(Partial),
}

/// Runs a statement and keeps its rows. Dropping the future cancels the query.
pub async fn collect<F: Clone + 'static>(
    engine: &Engine<F>,
    query: Query,
    mut on_news: impl FnMut(News),
) -> Result<Answer, Failure> {
    let mut asking = engine.ask(query);
    let mut builder = ResultTableBuilder::default();
    loop {
        match asking.next().await {
            CallItem::Progress(progress) => on_news(News::Progress(progress)),
            CallItem::Partial(seen, payload) => {
                let table = partial_table(payload).map_err(|error| unreadable(&error))?;
                on_news(News::Partial(Partial { table, seen }));
            }
            CallItem::Batch(batch) => builder.push(batch).map_err(|error| unreadable(&error))?,
            // Only peers are asked for stages.
            CallItem::Piece(..) => {}
            CallItem::Done(outcome) => {
                let summary = outcome?;
                let table = Arc::new(builder.finish(summary.columns.clone()));
                return Ok(Answer { table, summary });
            }
        }
    }
}

fn partial_table(payload: Vec<u8>) -> Result<Arc<ResultTable>, ArrowError> {
    let mut builder = ResultTableBuilder::default();
    builder.push(payload)?;
    Ok(Arc::new(builder.finish_alone()))
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(FailureKind::Internal, "The engine's answer cannot be read.").with_cause(error)
}
