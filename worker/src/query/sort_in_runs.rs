//! Sorts in runs, so that a sort can be cancelled.
//!
//! DataFusion sorts all that it has collected in one step, and turns `ORDER BY … LIMIT k` into a heap of k rows, which it
//! empties in one step: for millions of rows, or a page far down a sorted table, that is longer than a cancellation may
//! wait. Here runs are sorted one by one, and merged a batch at a time.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::Partitioning;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::limit::LocalLimitExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::own_task::OwnTask;
use super::partitions;

/// Rows that a heap may hold.
const MAX_HEAP_ROWS: usize = 65_536;

/// The rule.
#[derive(Debug)]
pub(super) struct SortInRuns;

impl PhysicalOptimizerRule for SortInRuns {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            Ok(match plan.downcast_ref::<SortExec>() {
                Some(sort) => match in_runs(sort)? {
                    Some(sorted) => Transformed::yes(sorted),
                    None => Transformed::no(plan),
                },
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "sort_in_runs"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn in_runs(sort: &SortExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let limit = sort.fetch();
    if limit.is_some_and(|rows| rows <= MAX_HEAP_ROWS) {
        return Ok(None);
    }
    let runs = match sort.input().output_partitioning().partition_count() {
        1 => partitions::wanted(partitions::rows(sort.input().as_ref())),
        _ => 1,
    };
    let sorted: Arc<dyn ExecutionPlan> = match (runs, limit) {
        (1, None) => return Ok(None),
        (1, Some(_)) => Arc::new(sort.with_fetch(None)),
        _ => {
            let dealt =
                RepartitionExec::try_new(Arc::clone(sort.input()), Partitioning::RoundRobinBatch(runs))?;
            let runs = SortExec::new(sort.expr().clone(), Arc::new(dealt)).with_preserve_partitioning(true);
            let runs = Arc::new(OwnTask::new(Arc::new(runs)));
            Arc::new(SortPreservingMergeExec::new(sort.expr().clone(), runs))
        }
    };
    Ok(Some(match limit {
        Some(rows) => Arc::new(LocalLimitExec::new(sorted, rows)),
        None => sorted,
    }))
}
