//! A query's whole result.

use std::sync::Arc;

use protocol::{CallItem, Failure, FailureKind, Progress, Query, QuerySummary};

use super::Engine;
use crate::result::{ResultTable, ResultTableBuilder};

/// A result and what it cost.
#[derive(Clone)]
pub struct Answer {
    /// The rows.
    pub table: Arc<ResultTable>,
    /// Columns, truncation and cost.
    pub summary: QuerySummary,
}

/// Runs a statement and keeps its rows. Dropping the future cancels the query.
pub async fn collect<F: Clone + 'static>(
    engine: &Engine<F>,
    query: Query,
    mut on_progress: impl FnMut(Progress),
) -> Result<Answer, Failure> {
    let mut asking = engine.ask(query);
    let mut builder = ResultTableBuilder::default();
    loop {
        match asking.next().await {
            CallItem::Progress(progress) => on_progress(progress),
            CallItem::Partial(..) | CallItem::Piece(..) => {}
            CallItem::Batch(batch) => builder.push(batch).map_err(|error| unreadable(&error))?,
            CallItem::Done(outcome) => {
                let summary = outcome?;
                let table = Arc::new(builder.finish(summary.columns.clone()));
                return Ok(Answer { table, summary });
            }
        }
    }
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(FailureKind::Internal, "The engine's answer cannot be read.").with_cause(error)
}
