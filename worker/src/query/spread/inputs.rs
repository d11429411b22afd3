//! Stages that another stage reads: small sides of joins, which every worker needs as a whole.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::error::ArrowError;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, collect};

use super::gather::GatherExec;
use super::pieces::{compact, decode, encode};

/// The result of a stage: its number, and an Arrow IPC stream.
pub(super) type Input = (u32, Bytes);

/// Runs the stages that a plan reads, and puts their results in their place.
pub(super) async fn work_out(
    plan: Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
) -> Result<(Arc<dyn ExecutionPlan>, Vec<Input>)> {
    let mut stages = Vec::new();
    plan.apply(|node| {
        Ok(if node.is::<GatherExec>() {
            stages.push(Arc::clone(node));
            TreeNodeRecursion::Jump
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    let mut inputs = Vec::with_capacity(stages.len());
    for stage in stages {
        let Some(number) = stage.downcast_ref::<GatherExec>().map(GatherExec::number) else {
            continue;
        };
        let schema = stage.schema();
        let batches = collect(stage, Arc::clone(context)).await?;
        inputs.push((number, encode(&schema, &batches)?.into()));
    }
    let plan = put_in(plan, &inputs)?;
    Ok((plan, inputs))
}

/// The plan with results in the place of the stages that gave them.
pub(super) fn put_in(plan: Arc<dyn ExecutionPlan>, inputs: &[Input]) -> Result<Arc<dyn ExecutionPlan>> {
    if inputs.is_empty() {
        return Ok(plan);
    }
    let replaced = plan.transform_down(|node| {
        let Some(gather) = node.downcast_ref::<GatherExec>() else {
            return Ok(Transformed::no(node));
        };
        let Some((_, stream)) = inputs.iter().find(|(number, _)| *number == gather.number()) else {
            return Err(DataFusionError::Internal(format!(
                "the result of stage {} is missing",
                gather.number()
            )));
        };
        let schema = node.schema();
        let batches = decode(&schema, stream.clone())?;
        let batches: Vec<RecordBatch> = batches.iter().map(owned).collect::<Result<_, _>>()?;
        let source: Arc<dyn ExecutionPlan> = MemorySourceConfig::try_new_exec(&[batches], schema, None)?;
        Ok(Transformed::new(source, true, TreeNodeRecursion::Jump))
    })?;
    Ok(replaced.data)
}

/// A batch that shares no memory with others: those of one stream do, and each would be taken to be as large as all of it.
fn owned(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let rows = u32::try_from(batch.num_rows())
        .map_err(|_| ArrowError::InvalidArgumentError("a batch has too many rows".to_owned()))?;
    compact(&take_record_batch(
        batch,
        &UInt32Array::from_iter_values(0..rows),
    )?)
}
