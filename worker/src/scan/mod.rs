//! Stand-in until the scan operator is merged.
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::instant::Instant;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, SendableRecordBatchStream,
};
use futures::stream::BoxStream;

#[derive(Debug, Clone, Copy)]
pub struct Share {
    pub index: u32,
    pub of: u32,
}
#[derive(Debug, Clone, Copy, Default)]
pub struct Portion {
    pub until: Option<Instant>,
}
#[derive(Debug)]
pub struct OwnScan;
impl PhysicalOptimizerRule for OwnScan {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(plan)
    }
    fn name(&self) -> &'static str {
        "own_scan"
    }
    fn schema_check(&self) -> bool {
        true
    }
}
#[derive(Debug)]
pub struct GoldScan {
    properties: Arc<PlanProperties>,
    reads: Arc<crate::table::ScanReads>,
}
impl GoldScan {
    pub fn spread(&self) -> Arc<Self> {
        unimplemented!()
    }
    pub fn is_spread(&self) -> bool {
        false
    }
    pub fn rows_of_table(&self) -> u64 {
        0
    }
    pub fn has_limit(&self) -> bool {
        false
    }
    pub fn is_exhausted(&self) -> bool {
        true
    }
    pub fn reads(&self) -> &Arc<crate::table::ScanReads> {
        &self.reads
    }
    pub fn execute_in_order(&self, _: Arc<TaskContext>) -> Result<BoxStream<'static, Result<(u64, RecordBatch)>>> {
        unimplemented!()
    }
}
impl DisplayAs for GoldScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GoldScan")
    }
}
impl ExecutionPlan for GoldScan {
    fn name(&self) -> &'static str {
        "GoldScan"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }
    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }
    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        unimplemented!()
    }
}
