//! The operator above an aggregate that has grouped by codes: it puts the strings in their place.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, internal_err};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, SendableRecordBatchStream,
};
use futures::StreamExt;

use crate::scan::Codes;

/// The operator. The scan below its input has the same codes.
#[derive(Debug)]
pub(super) struct StringsOfCodesExec {
    input: Arc<dyn ExecutionPlan>,
    /// Columns of the input that are codes.
    coded: Vec<(usize, Arc<Codes>)>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl StringsOfCodesExec {
    /// `properties` are those of the aggregate by strings.
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        coded: Vec<(usize, Arc<Codes>)>,
        properties: Arc<PlanProperties>,
    ) -> Self {
        Self {
            input,
            coded,
            properties,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl DisplayAs for StringsOfCodesExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.schema();
        let names: Vec<&str> = self
            .coded
            .iter()
            .map(|(place, _)| schema.field(*place).name().as_str())
            .collect();
        write!(f, "StringsOfCodesExec: columns=[{}]", names.join(", "))
    }
}

impl ExecutionPlan for StringsOfCodesExec {
    fn name(&self) -> &'static str {
        "StringsOfCodesExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
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
            (Some(input), true) => Ok(Arc::new(Self::new(
                input,
                self.coded.clone(),
                Arc::clone(&self.properties),
            ))),
            _ => internal_err!("StringsOfCodesExec has one input"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let grouped = self.input.execute(partition, context)?;
        let (schema, coded) = (self.schema(), self.coded.clone());
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let strings = grouped.map(move |batch| {
            let batch = batch?;
            let timer = baseline.elapsed_compute().timer();
            let batch = with_strings(&schema, &coded, &batch)?;
            timer.done();
            baseline.record_output(batch.num_rows());
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), strings)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        inputs
            .first()
            .map(Arc::clone)
            .ok_or_else(|| DataFusionError::Internal("StringsOfCodesExec has one input".to_owned()))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }
}

fn with_strings(
    schema: &SchemaRef,
    coded: &[(usize, Arc<Codes>)],
    batch: &RecordBatch,
) -> Result<RecordBatch> {
    let mut columns = batch.columns().to_vec();
    for (place, codes) in coded {
        columns[*place] = codes.strings(columns[*place].as_ref())?;
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}
