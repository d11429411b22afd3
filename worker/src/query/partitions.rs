//! Statements that would compute for long without a break are planned in partitions.
//!
//! DataFusion builds the hash table of a join in one step: for millions of rows that takes longer than a cancellation may
//! wait. In partitions each step has its share. Small inputs stay in one partition, which costs least.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::stats::Precision;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{HashJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::windows::WindowAggExec;

/// Rows that one step may take: of the widest rows these are some 100 ms.
const ROWS_IN_A_STEP: usize = 131_072;
const MAX_PARTITIONS: usize = 32;
/// Where nobody knows how many rows there are.
const USUAL_ROWS: usize = 8 * ROWS_IN_A_STEP;

/// The physical plan, and the state to run it with.
pub(super) async fn physical_plan(
    state: SessionState,
    plan: &LogicalPlan,
) -> Result<(SessionState, Arc<dyn ExecutionPlan>)> {
    let physical = state.create_physical_plan(plan).await?;
    let rows = match plan {
        LogicalPlan::Explain(explain) => {
            rows_in_longest_step(state.create_physical_plan(&explain.plan).await?.as_ref())
        }
        _ => rows_in_longest_step(physical.as_ref()),
    };
    let partitions = wanted(rows);
    if partitions == 1 {
        return Ok((state, physical));
    }
    let config = state.config().clone().with_target_partitions(partitions);
    let state = SessionStateBuilder::new_from_existing(state)
        .with_config(config)
        .build();
    let physical = state.create_physical_plan(plan).await?;
    Ok((state, physical))
}

/// Partitions for so many rows.
pub(super) fn wanted(rows: usize) -> usize {
    rows.div_ceil(ROWS_IN_A_STEP).clamp(1, MAX_PARTITIONS)
}

/// The most rows that an operator below takes at once.
fn rows_in_longest_step(plan: &dyn ExecutionPlan) -> usize {
    let collected = if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        Some(join.left())
    } else if plan.is::<SortMergeJoinExec>() || plan.is::<WindowAggExec>() {
        plan.children().into_iter().next()
    } else {
        None
    };
    let own = collected.map_or(0, |input| rows(input.as_ref()));
    plan.children()
        .into_iter()
        .map(|child| rows_in_longest_step(child.as_ref()))
        .fold(own, usize::max)
}

/// Rows that a plan gives, as far as is known.
pub(super) fn rows(input: &dyn ExecutionPlan) -> usize {
    let known = StatisticsContext::new().compute(input, &StatisticsArgs::new());
    match known.map(|known| known.num_rows) {
        Ok(Precision::Exact(rows) | Precision::Inexact(rows)) => rows,
        _ => USUAL_ROWS,
    }
}
