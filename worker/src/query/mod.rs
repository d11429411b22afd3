//! Runs one statement and turns its rows into messages.
//!
//! Invariant: [`run`] is one `Send` future; dropping it stops the execution and its fetches.

mod metrics;
mod plain;
mod refusals;
mod session;
mod yield_in_joins;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::instant::Instant;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::execute_stream;
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use protocol::{Failure, FailureKind, QueryStats, QuerySummary, ResultColumn};

use crate::failure::from_datafusion;
use crate::io::Counters;
use crate::table::{Tables, column_type};

pub use session::{MEMORY_BUDGET_BYTES, session};

/// A batch on its way to the page.
#[derive(Debug)]
pub struct EncodedBatch {
    /// Rows in it.
    pub rows: u64,
    /// An Arrow IPC stream: schema and this batch.
    pub payload: Vec<u8>,
}

/// Runs a statement; batches go to `sink`, which holds back when it is full.
pub async fn run(
    base: SessionState,
    tables: Arc<Tables>,
    sql: String,
    max_rows: Option<u64>,
    counters: Arc<Counters>,
    mut sink: mpsc::Sender<EncodedBatch>,
) -> Result<QuerySummary, Failure> {
    let started = Instant::now();
    let state = session::for_query(base, Arc::clone(&counters));
    let failed = |error| from_datafusion(&error);
    let plan = session::plan(&state, &tables, &sql).await?;
    let plan = limited(plan, max_rows).map_err(failed)?;
    let plan = state.create_physical_plan(&plan).await.map_err(failed)?;
    let schema = plain::schema(&plan.schema());
    let mut stream = execute_stream(Arc::clone(&plan), state.task_ctx()).map_err(failed)?;

    let mut left = max_rows.unwrap_or(u64::MAX);
    let mut rows = 0;
    let mut truncated = false;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(failed)?;
        if batch.num_rows() == 0 {
            continue;
        }
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(batch.num_rows());
        truncated = wanted < batch.num_rows();
        if wanted > 0 {
            let batch =
                plain::batch(&batch.slice(0, wanted), &schema).map_err(|error| failed(error.into()))?;
            rows += wanted as u64;
            left -= wanted as u64;
            let encoded = EncodedBatch {
                rows: wanted as u64,
                payload: encode(&batch).map_err(|error| failed(error.into()))?,
            };
            sink.send(encoded).await.map_err(|_| Failure::cancelled())?;
        }
        if truncated {
            break;
        }
    }
    drop(stream);
    counters.add_pruned(metrics::row_groups_pruned(plan.as_ref()));
    let progress = counters.progress();
    let columns = schema
        .fields()
        .iter()
        .map(|field| ResultColumn {
            name: field.name().clone(),
            column_type: column_type(field.data_type()).to_string(),
        })
        .collect();
    Ok(QuerySummary {
        columns,
        rows,
        truncated,
        stats: QueryStats {
            elapsed_ms: started.elapsed().as_secs_f64() * 1_000.0,
            bytes_fetched: progress.bytes_fetched,
            requests: progress.requests,
            row_groups_total: progress.row_groups_total,
            row_groups_pruned: progress.row_groups_pruned,
            cache_hit_bytes: counters.cache_hit_bytes(),
            workers: 1,
        },
    })
}

/// One row more than wanted, so that a cut is noticed; the limit reaches the scan.
fn limited(plan: LogicalPlan, max_rows: Option<u64>) -> datafusion::common::Result<LogicalPlan> {
    let rows = max_rows.and_then(|rows| usize::try_from(rows).ok());
    match (rows, &plan) {
        (None, _) | (_, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) => Ok(plan),
        (Some(rows), _) => LogicalPlanBuilder::from(plan)
            .limit(0, Some(rows.saturating_add(1)))?
            .build(),
    }
}

fn encode(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()
}

/// A statement that the engine does not run.
fn refused() -> Failure {
    Failure::new(
        FailureKind::InvalidQuery,
        "This statement changes data or settings, and gold tables are read-only here.",
    )
    .with_hint("Use SELECT, WITH, VALUES, EXPLAIN, SHOW or DESCRIBE.")
}
