//! An operator whose input runs in a task of its own, so that its steps alternate with those of its siblings and with the
//! event loop.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, SendableRecordBatchStream,
};
use futures::StreamExt;

/// Batches that wait to be taken.
const WAITING_BATCHES: usize = 1;

/// The operator.
#[derive(Debug)]
pub(super) struct OwnTask {
    input: Arc<dyn ExecutionPlan>,
}

impl OwnTask {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        Self { input }
    }
}

impl DisplayAs for OwnTask {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnTask")
    }
}

impl ExecutionPlan for OwnTask {
    fn name(&self) -> &'static str {
        "OwnTask"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self::new(input))),
            _ => internal_err!("OwnTask has one input"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut input = self.input.execute(partition, context)?;
        let mut builder = RecordBatchReceiverStream::builder(self.schema(), WAITING_BATCHES);
        let output = builder.tx();
        builder.spawn(async move {
            while let Some(batch) = input.next().await {
                if output.send(batch).await.is_err() {
                    // Whoever wanted the rows has gone.
                    break;
                }
            }
            Ok(())
        });
        Ok(builder.build())
    }
}
