//! Puts the operator into finished plans, and finds it there.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::physical_plan::ParquetSource;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use protocol::{Estimate, Failure};

use super::exec::GoldScan;
use crate::table::ScanReads;

/// The last rule of the optimizer: until then DataFusion pushes filters, columns and limits into its own source.
#[derive(Debug)]
pub struct UseGoldScan;

impl PhysicalOptimizerRule for UseGoldScan {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let Some(source) = plan.downcast_ref::<DataSourceExec>() else {
                return Ok(Transformed::no(plan));
            };
            if let Some(scan) = GoldScan::in_place_of(source)? {
                return Ok(Transformed::yes(Arc::new(scan) as Arc<dyn ExecutionPlan>));
            }
            Ok(match is_empty(source) {
                true => Transformed::yes(Arc::new(EmptyExec::new(plan.schema()))),
                false => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "use_gold_scan"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether statistics have ruled out all files.
fn is_empty(source: &DataSourceExec) -> bool {
    source
        .downcast_to_file_source::<ParquetSource>()
        .is_some_and(|(config, _)| config.file_groups.iter().all(|group| group.files().is_empty()))
}

/// The reads of the scans below a plan.
fn scans(plan: &dyn ExecutionPlan) -> Vec<Arc<ScanReads>> {
    let own = plan
        .downcast_ref::<GoldScan>()
        .map(|scan| Arc::clone(scan.reads()));
    let below = plan
        .children()
        .into_iter()
        .flat_map(|child| scans(child.as_ref()));
    own.into_iter().chain(below).collect()
}

/// The same, and whether peers take part.
fn spread_or_not(plan: &dyn ExecutionPlan) -> Vec<(Arc<ScanReads>, bool)> {
    let own = plan
        .downcast_ref::<GoldScan>()
        .map(|scan| (Arc::clone(scan.reads()), scan.is_spread()));
    let below = plan
        .children()
        .into_iter()
        .flat_map(|child| spread_or_not(child.as_ref()));
    own.into_iter().chain(below).collect()
}

/// Counts what the scans below a plan name, before it runs.
pub(crate) fn begin(plan: &dyn ExecutionPlan) {
    for scan in scans(plan) {
        let left: u64 = scan.files.iter().map(|file| file.row_groups).sum();
        let rows = scan.files.iter().map(|file| file.rows()).sum();
        scan.counters.add_row_groups(scan.table.row_groups);
        scan.counters.add_pruned(scan.table.row_groups - left);
        scan.counters.add_rows_total(rows);
    }
}

/// Closes the counts of the scans below a plan.
pub(crate) fn finish(plan: &dyn ExecutionPlan) {
    scans(plan).iter().for_each(|scan| scan.finish());
}

/// What the scans below a plan would fetch.
///
/// # Errors
/// A footer cannot be read.
pub(crate) async fn estimate(plan: &dyn ExecutionPlan) -> Result<Estimate, Failure> {
    crate::table::estimate(&spread_or_not(plan)).await
}
