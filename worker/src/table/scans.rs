//! The scans of a finished plan: told what they read, counted, found for an estimate.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::datasource::physical_plan::{FileScanConfig, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

use super::read_ahead::{FileOfScan, ScanReads};
use super::scan_shape::ScanShape;

/// Tells each scan of a finished plan what it is going to read. The last rule of the optimizer.
#[derive(Debug)]
pub struct ReadAhead;

impl PhysicalOptimizerRule for ReadAhead {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        for_each_scan(plan.as_ref(), &mut |scan, config, source| {
            scan.set_shape(ScanShape::of(config, source));
        });
        Ok(plan)
    }

    fn name(&self) -> &'static str {
        "read_ahead"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The scans below a plan.
pub(super) fn scans(plan: &dyn ExecutionPlan) -> Vec<Arc<ScanReads>> {
    let mut scans = Vec::new();
    for_each_scan(plan, &mut |scan, _, _| scans.push(Arc::clone(scan)));
    scans
}

/// Counts what the scans below a plan name, before it runs.
pub fn begin(plan: &dyn ExecutionPlan) {
    for scan in scans(plan) {
        let left: u64 = scan.files.iter().map(|file| file.row_groups).sum();
        scan.counters.add_row_groups(scan.row_groups_total);
        scan.counters.add_pruned(scan.row_groups_total - left);
    }
}

/// Closes the counts of the scans below a plan.
pub fn finish(plan: &dyn ExecutionPlan) {
    scans(plan).iter().for_each(|scan| scan.finish());
}

/// What is done with a scan.
type Visit<'a> = dyn FnMut(&Arc<ScanReads>, &FileScanConfig, &ParquetSource) + 'a;

fn for_each_scan(plan: &dyn ExecutionPlan, visit: &mut Visit<'_>) {
    if let Some(exec) = plan.downcast_ref::<DataSourceExec>()
        && let Some((config, source)) = exec.downcast_to_file_source::<ParquetSource>()
        && let Some(file) = config.file_groups.iter().flat_map(|group| group.files()).next()
        && let Some(file) = file.extension::<FileOfScan>()
    {
        visit(&file.reads, config, source);
    }
    for child in plan.children() {
        for_each_scan(child.as_ref(), visit);
    }
}
