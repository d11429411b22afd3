//! A query's whole result.

use std::sync::Arc;

use futures::StreamExt;
use protocol::{Failure, FailureKind, Progress, QueryItem, QuerySummary};

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
    sql: &str,
    max_rows: Option<u64>,
    mut on_progress: impl FnMut(Progress),
) -> Result<Answer, Failure> {
    let mut items = engine.query(sql, max_rows).await?;
    let mut builder = ResultTableBuilder::default();
    while let Some(item) = items.next().await {
        match item {
            QueryItem::Progress(progress) => on_progress(progress),
            QueryItem::Batch(batch) => builder.push(batch).map_err(|error| unreadable(&error))?,
            QueryItem::Done(outcome) => {
                let summary = outcome?;
                let table = Arc::new(builder.finish(summary.columns.clone()));
                return Ok(Answer { table, summary });
            }
        }
    }
    Err(Failure::new(
        FailureKind::Internal,
        "A query's messages stopped before its end.",
    ))
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(FailureKind::Internal, "The engine's answer cannot be read.").with_cause(error)
}
