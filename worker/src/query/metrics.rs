//! What a finished plan knows of its scans.

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricValue;

use crate::scan::metrics::ROW_GROUPS_PRUNED;

/// Row groups that the scans below this plan did not read because statistics ruled them out while they ran.
pub(super) fn row_groups_pruned(plan: &dyn ExecutionPlan) -> u64 {
    let own: u64 = plan.metrics().map_or(0, |metrics| {
        metrics
            .iter()
            .map(|metric| match metric.value() {
                MetricValue::Count { name, count } if name == ROW_GROUPS_PRUNED => count.value() as u64,
                _ => 0,
            })
            .sum()
    });
    let below: u64 = plan
        .children()
        .into_iter()
        .map(|child| row_groups_pruned(child.as_ref()))
        .sum();
    own + below
}
