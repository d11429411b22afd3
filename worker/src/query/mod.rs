//! Runs one statement and turns its rows into messages.
//!
//! Invariant: [`Queries::run`] is one `Send` future; dropping it stops the execution and its fetches, also those of other
//! workers.

mod execute;
mod functions;
mod group_by_codes;
mod metrics;
mod outbox;
mod own_task;
mod partitions;
mod plain;
mod plan_tree;
mod planning;
mod refusals;
mod results;
mod session;
mod sort_in_runs;
mod spread;
mod strings_of_codes;
mod yield_in_output;

use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::instant::Instant;
use datafusion::execution::{SessionState, TaskContext};
use futures::channel::mpsc;
use protocol::{Estimate, Failure, FailureKind, Piece, QueryStats, QuerySummary, Stage, StageSummary};

use crate::failure::from_datafusion;
use crate::io::Counters;
use crate::memory::Memory;
use crate::scan;
use crate::table::Tables;
use execute::Execution;
use planning::{Circumstances, Planned};
use results::Kept;
use spread::{Beginning, Glance, ReadyStage, Together};

pub use outbox::{EncodedBatch, Outbox, Outgoing};
pub use results::Results;
pub use spread::{Crew, CrewRequest, StageItem};

/// A statement and how much of it is wanted.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// The SQL.
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

/// What statements are run with. Clones share tables and answers.
#[derive(Clone)]
pub struct Queries {
    base: SessionState,
    tables: Arc<Tables>,
    results: Arc<Results>,
    crew: Arc<Crew>,
}

impl Queries {
    /// Statements over these tables, with the help of a crew.
    pub fn new(
        tables: Arc<Tables>,
        memory: Arc<Memory>,
        results: Arc<Results>,
        crew: Arc<Crew>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            base: session::session(Arc::clone(&tables), memory)?,
            tables,
            results,
            crew,
        })
    }

    /// Answers that are kept.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Runs a statement; its batches go to the outbox. Where the other workers fail and no rows are out, the lead does
    /// all of it by itself.
    pub async fn run(
        &self,
        statement: &Statement,
        counters: &Arc<Counters>,
        outbox: &mut Outbox,
    ) -> Result<QuerySummary, Failure> {
        let shares = self.crew.shares();
        match self.run_with(shares, statement, counters, outbox).await {
            Err(failure) if shares > 1 && !outbox.is_used() && is_of_crew(&failure) => {
                self.crew.forget_told();
                self.run_with(1, statement, counters, outbox).await
            }
            outcome => outcome,
        }
    }

    async fn run_with(
        &self,
        shares: u32,
        statement: &Statement,
        counters: &Arc<Counters>,
        outbox: &mut Outbox,
    ) -> Result<QuerySummary, Failure> {
        let started = Instant::now();
        let circumstances = Circumstances {
            counters: Arc::clone(counters),
            shares: (shares > 1 || statement.partials_ms.is_some()).then_some(shares),
            started_at_ns: None,
        };
        let planned = self.plan(statement, circumstances).await?;
        // An answer that was kept has no plan that ran.
        if !statement.with_plan
            && let Some(question) = &planned.question
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
        let (glances, looked_at) = mpsc::channel(1);
        let glances = statement.partials_ms.map(|_| glances);
        let together = Arc::new(self.together(&planned, statement, counters, glances).await);
        let execution = Execution {
            plan: Arc::clone(&planned.plan),
            context: context(&planned.state, &together),
            max_rows: statement.max_rows,
            glances: statement.partials_ms.map(|_| looked_at),
            counters: Arc::clone(counters),
        };
        let mut kept = Kept::new(planned.question.as_ref());
        let mut summary = execution.run(&mut kept, outbox).await?;
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
            workers: together.workers(),
        };
        if let Some(question) = planned.question {
            self.results.insert(question, kept, summary.clone());
        }
        if statement.with_plan {
            summary.plan = Some(plan_tree::of_lead(planned.plan.as_ref(), together.take_work()));
        }
        if shares == 1 && spread::is_worth_it(planned.plan.as_ref()) {
            self.crew.call_up();
        }
        Ok(summary)
    }

    /// Runs a share of a stage for the lead of the pool; its pieces go to the sink. Buffers are what the stage refers to
    /// by index.
    pub async fn run_stage(
        &self,
        stage: &Stage,
        buffers: Vec<Bytes>,
        counters: &Arc<Counters>,
        sink: mpsc::Sender<(Piece, Vec<u8>)>,
    ) -> Result<StageSummary, Failure> {
        let statement = Statement {
            sql: stage.sql.clone(),
            max_rows: stage.max_rows,
            ..Statement::default()
        };
        let circumstances = Circumstances {
            counters: Arc::clone(counters),
            shares: Some(stage.shares),
            started_at_ns: Some(stage.started_at_ns),
        };
        let planned = self.plan(&statement, circumstances).await?;
        let ready = ReadyStage::find(&planned.plan, stage, &buffers)?;
        ready
            .run(stage, &planned.state.task_ctx(), sink)
            .await
            .map_err(|error| from_datafusion(&error))?;
        scan::finish(ready.plan().as_ref());
        counters.add_pruned(metrics::row_groups_pruned(ready.plan().as_ref()));
        Ok(StageSummary {
            progress: counters.progress(),
            plan: Some(plan_tree::of_worker(ready.plan().as_ref(), stage.share)),
            ..StageSummary::default()
        })
    }

    /// What a statement would fetch. An answer that is kept costs nothing.
    pub async fn estimate(&self, statement: &Statement) -> Result<Estimate, Failure> {
        let shares = self.crew.shares();
        let circumstances = Circumstances {
            counters: Arc::default(),
            shares: (shares > 1).then_some(shares),
            started_at_ns: None,
        };
        let planned = self.plan(statement, circumstances).await?;
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

    async fn plan(&self, statement: &Statement, circumstances: Circumstances) -> Result<Planned, Failure> {
        planning::plan(&self.base, &self.tables, statement, circumstances).await
    }

    async fn together(
        &self,
        planned: &Planned,
        statement: &Statement,
        counters: &Arc<Counters>,
        glances: Option<mpsc::Sender<Glance>>,
    ) -> Together {
        let mut tables = Vec::new();
        for name in &planned.tables {
            tables.extend(self.tables.open(name).await);
        }
        let beginning = Beginning {
            statement: statement.clone(),
            started_at_ns: planned.started_at_ns,
            fingerprint: spread::fingerprint(planned.plan.as_ref()),
            tables,
            counters: Arc::clone(counters),
            glances,
        };
        Together::new(Arc::clone(&self.crew), beginning)
    }
}

/// The context of a query by several workers.
fn context(state: &SessionState, together: &Arc<Together>) -> Arc<TaskContext> {
    let context = TaskContext::from(state);
    let config = context
        .session_config()
        .clone()
        .with_extension(Arc::clone(together));
    Arc::new(context.with_session_config(config))
}

/// Whether the lead may succeed where the pool did not.
fn is_of_crew(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::WorkerLost | FailureKind::ProtocolMismatch | FailureKind::UnknownTable
    )
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

/// A statement that the engine does not run.
fn refused() -> Failure {
    Failure::new(
        FailureKind::InvalidQuery,
        "This statement changes data or settings, and gold tables are read-only here.",
    )
    .with_hint("Use SELECT, WITH, VALUES, EXPLAIN, SHOW or DESCRIBE.")
}
