//! Runs one statement and turns its rows into messages.
//!
//! Invariant: [`Queries::run`] is one `Send` future; dropping it stops the execution and its fetches.

mod metrics;
mod own_task;
mod partitions;
mod plain;
mod refusals;
mod results;
mod session;
mod sort_in_runs;
mod yield_in_output;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::instant::Instant;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use protocol::{Estimate, Failure, FailureKind, QueryStats, QuerySummary, ResultColumn};

use crate::failure::from_datafusion;
use crate::io::Counters;
use crate::memory::Memory;
use crate::scan;
use crate::table::{Tables, column_type};
use results::{Kept, Question};

pub use results::Results;

/// A batch on its way to the page.
#[derive(Debug, Clone)]
pub struct EncodedBatch {
    /// Rows in it.
    pub rows: u64,
    /// An Arrow IPC stream: schema and this batch.
    pub payload: Vec<u8>,
}

/// Where batches go, and whether any went.
#[derive(Debug)]
pub struct Outbox {
    sink: mpsc::Sender<EncodedBatch>,
    is_used: bool,
}

impl Outbox {
    /// Nothing has gone yet. The sink holds back when it is full.
    pub fn new(sink: mpsc::Sender<EncodedBatch>) -> Self {
        Self { sink, is_used: false }
    }

    /// Whether a batch has gone.
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    async fn send(&mut self, batch: EncodedBatch) -> Result<(), Failure> {
        self.is_used = true;
        self.sink.send(batch).await.map_err(|_| Failure::cancelled())
    }
}

/// A statement and how much of it is wanted.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// Stop after so many rows.
    pub max_rows: Option<u64>,
    /// Refuse when more bytes than this would be fetched.
    pub max_bytes: Option<u64>,
}

/// What statements are run with. Clones share tables and answers.
#[derive(Clone)]
pub struct Queries {
    base: SessionState,
    tables: Arc<Tables>,
    results: Arc<Results>,
}

/// A statement that is ready to run.
struct Planned {
    state: SessionState,
    plan: Arc<dyn ExecutionPlan>,
    question: Option<Question>,
}

impl Queries {
    /// Statements over these tables.
    pub fn new(tables: Arc<Tables>, memory: Arc<Memory>, results: Arc<Results>) -> Result<Self, Failure> {
        Ok(Self {
            base: session::session(Arc::clone(&tables), memory)?,
            tables,
            results,
        })
    }

    /// Answers that are kept.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Runs a statement; its batches go to the outbox.
    pub async fn run(
        &self,
        statement: &Statement,
        counters: &Arc<Counters>,
        outbox: &mut Outbox,
    ) -> Result<QuerySummary, Failure> {
        let started = Instant::now();
        let planned = self.plan(statement, counters).await?;
        if let Some(question) = &planned.question
            && let Some(answer) = self.results.get(question)
        {
            for batch in &answer.batches {
                outbox.send(batch.clone()).await?;
            }
            let mut summary = answer.summary.clone();
            summary.stats = QueryStats {
                elapsed_ms: elapsed_ms(&started),
                is_cached_result: true,
                workers: 1,
                ..QueryStats::default()
            };
            return Ok(summary);
        }
        if let Some(max_bytes) = statement.max_bytes {
            let estimate = scan::estimate(planned.plan.as_ref()).await?;
            check_budget(&estimate, max_bytes)?;
        }
        scan::begin(planned.plan.as_ref());
        let mut kept = Kept::new(planned.question.as_ref());
        let mut summary = execute(&planned, statement.max_rows, &mut kept, outbox).await?;
        scan::finish(planned.plan.as_ref());
        counters.add_pruned(metrics::row_groups_pruned(planned.plan.as_ref()));
        let progress = counters.progress();
        summary.stats = QueryStats {
            elapsed_ms: elapsed_ms(&started),
            bytes_fetched: progress.bytes_fetched,
            requests: progress.requests,
            row_groups_total: progress.row_groups_total,
            row_groups_pruned: progress.row_groups_pruned,
            row_groups_cached: progress.row_groups_cached,
            cache_hit_bytes: progress.cache_hit_bytes,
            is_cached_result: false,
            workers: 1,
        };
        if let Some(question) = planned.question {
            self.results.insert(question, kept, summary.clone());
        }
        Ok(summary)
    }

    /// What a statement would fetch. An answer that is kept costs nothing.
    pub async fn estimate(&self, statement: &Statement) -> Result<Estimate, Failure> {
        let planned = self.plan(statement, &Arc::default()).await?;
        let mut estimate = scan::estimate(planned.plan.as_ref()).await?;
        if planned
            .question
            .is_some_and(|question| self.results.has(&question))
        {
            estimate.cached_bytes += estimate.bytes;
            (estimate.bytes, estimate.requests) = (0, 0);
        }
        Ok(estimate)
    }

    async fn plan(&self, statement: &Statement, counters: &Arc<Counters>) -> Result<Planned, Failure> {
        let failed = |error| from_datafusion(&error);
        let state = session::for_query(self.base.clone(), Arc::clone(counters));
        let (parsed, plan) = session::plan(&state, &self.tables, &statement.sql).await?;
        let asked = (statement.sql.as_str(), statement.max_rows);
        let question = results::question(&state, &self.tables, &parsed, &plan, asked);
        let plan = limited(plan, statement.max_rows).map_err(failed)?;
        let (state, plan) = partitions::physical_plan(state, &plan).await.map_err(failed)?;
        Ok(Planned {
            state,
            plan,
            question,
        })
    }
}

/// Executes a plan to its end. The summary's cost is left to the caller.
async fn execute(
    planned: &Planned,
    max_rows: Option<u64>,
    kept: &mut Kept,
    outbox: &mut Outbox,
) -> Result<QuerySummary, Failure> {
    let failed = |error| from_datafusion(&error);
    let schema = plain::schema(&planned.plan.schema());
    let mut stream = execute_stream(Arc::clone(&planned.plan), planned.state.task_ctx()).map_err(failed)?;
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
            kept.push(&encoded);
            outbox.send(encoded).await?;
        }
        if truncated {
            break;
        }
    }
    Ok(QuerySummary {
        columns: columns(&schema),
        rows,
        truncated,
        is_of_new_snapshot: false,
        stats: QueryStats::default(),
        plan: None,
    })
}

fn columns(schema: &Schema) -> Vec<ResultColumn> {
    schema
        .fields()
        .iter()
        .map(|field| ResultColumn {
            name: field.name().clone(),
            column_type: column_type(field.data_type()).to_string(),
        })
        .collect()
}

fn elapsed_ms(started: &Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}

fn check_budget(estimate: &Estimate, max_bytes: u64) -> Result<(), Failure> {
    if estimate.bytes <= max_bytes {
        return Ok(());
    }
    let megabytes = |bytes: u64| {
        let tenths = bytes.div_ceil(100_000);
        format!("{}.{} MB", tenths / 10, tenths % 10)
    };
    Err(Failure::new(
        FailureKind::OverBudget,
        format!(
            "The query would fetch {} in {} requests, and {} are allowed.",
            megabytes(estimate.bytes),
            estimate.requests,
            megabytes(max_bytes)
        ),
    )
    .with_hint("Filter more, select fewer columns, or allow more bytes."))
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
