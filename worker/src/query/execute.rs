//! Runs a plan to its end, and shows what it has come to on the way.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, collect, execute_stream};
use futures::StreamExt;
use futures::channel::mpsc;
use futures::future::{Either, select};
use protocol::{Failure, QueryStats, QuerySummary, ResultColumn, Seen};

use super::outbox::{EncodedBatch, Outbox};
use super::plain;
use super::results::Kept;
use super::spread::{GatherExec, Glance, encode};
use crate::failure::from_datafusion;
use crate::io::Counters;
use crate::scan::GoldScan;
use crate::table::column_type;

/// Rows of an intermediate answer: it is there to be looked at.
const MAX_PARTIAL_ROWS: usize = 10_000;

/// A plan that is run, and who looks on.
pub(super) struct Execution {
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) context: Arc<TaskContext>,
    pub(super) max_rows: Option<u64>,
    /// Glances at an aggregate that is not finished, where somebody wants to see them.
    pub(super) glances: Option<mpsc::Receiver<Glance>>,
    pub(super) counters: Arc<Counters>,
}

impl Execution {
    /// Executes the plan to its end. The summary's cost is left to the caller.
    pub(super) async fn run(mut self, kept: &mut Kept, outbox: &mut Outbox) -> Result<QuerySummary, Failure> {
        let failed = |error| from_datafusion(&error);
        let schema = plain::schema(&self.plan.schema());
        let mut stream = execute_stream(Arc::clone(&self.plan), Arc::clone(&self.context)).map_err(failed)?;
        let mut left = self.max_rows.unwrap_or(u64::MAX);
        let mut rows = 0;
        let mut truncated = false;
        while let Some(batch) = self.next(&mut stream, &schema, outbox).await? {
            if batch.num_rows() == 0 {
                continue;
            }
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(batch.num_rows());
            truncated = wanted < batch.num_rows();
            if wanted > 0 {
                rows += wanted as u64;
                left -= wanted as u64;
                let encoded = encoded(&batch.slice(0, wanted), &schema).map_err(failed)?;
                kept.push(&encoded);
                // Who sees rows of the answer wants no guess any more.
                self.glances = None;
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

    /// The next batch; until it is there, intermediate answers.
    async fn next(
        &mut self,
        stream: &mut SendableRecordBatchStream,
        schema: &SchemaRef,
        outbox: &mut Outbox,
    ) -> Result<Option<RecordBatch>, Failure> {
        let failed = |error: DataFusionError| from_datafusion(&error);
        loop {
            let Some(glances) = &mut self.glances else {
                return stream.next().await.transpose().map_err(failed);
            };
            let glance = match select(stream.next(), glances.next()).await {
                Either::Left((batch, _)) => return batch.transpose().map_err(failed),
                Either::Right((glance, _)) => glance,
            };
            let Some(glance) = glance else {
                self.glances = None;
                continue;
            };
            if let Some(partial) = self.partial(glance, schema).await.map_err(failed)? {
                let progress = self.counters.progress();
                let seen = Seen {
                    rows: progress.rows_seen,
                    rows_total: progress.rows_total,
                };
                outbox.send_partial(seen, partial).await?;
            }
        }
    }

    /// The answer as it would be, were there no more rows. None where the plan reads something else, too.
    async fn partial(&self, glance: Glance, schema: &SchemaRef) -> Result<Option<Vec<u8>>> {
        let mut is_whole = true;
        let mut batches = Some(glance.batches);
        let plan = Arc::clone(&self.plan).transform_down(|node| {
            is_whole &= !node.is::<GoldScan>();
            let Some(gather) = node.downcast_ref::<GatherExec>() else {
                return Ok(Transformed::no(node));
            };
            match batches.take() {
                Some(batches) if gather.number() == glance.number => {
                    let seen = MemorySourceConfig::try_new_exec(&[batches], node.schema(), None)?;
                    Ok(Transformed::new(
                        seen as Arc<dyn ExecutionPlan>,
                        true,
                        TreeNodeRecursion::Jump,
                    ))
                }
                _ => {
                    is_whole = false;
                    Ok(Transformed::new(node, false, TreeNodeRecursion::Jump))
                }
            }
        })?;
        if !is_whole {
            return Ok(None);
        }
        let plan = reset_plan_states(plan.data)?;
        let answer = collect(Arc::clone(&plan), Arc::clone(&self.context)).await?;
        let answer = concat_batches(&plan.schema(), &answer)?;
        let most = self
            .max_rows
            .and_then(|rows| usize::try_from(rows).ok())
            .map_or(MAX_PARTIAL_ROWS, |rows| rows.min(MAX_PARTIAL_ROWS));
        let answer = answer.slice(0, answer.num_rows().min(most));
        encoded(&answer, schema).map(|encoded| Some(encoded.payload))
    }
}

fn encoded(batch: &RecordBatch, schema: &SchemaRef) -> Result<EncodedBatch> {
    let batch = plain::batch(batch, schema)?;
    Ok(EncodedBatch {
        rows: batch.num_rows() as u64,
        payload: encode(schema, std::slice::from_ref(&batch))?,
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
