//! Statements that would compute for long without a break are planned in partitions.
//!
//! DataFusion builds the hash table of a join in one step: for millions of rows that takes longer than a cancellation may
//! wait. In partitions each step has its share. Small inputs stay in one partition, which costs least.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::stats::Precision;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{HashJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::windows::WindowAggExec;

/// Rows that one step may sort or pass to a window: of the widest rows these are some 100 ms.
const ROWS_IN_A_STEP: usize = 131_072;
/// Rows of which one step may build the hash table of a join, as long as they are not wider than this: some 100 ms, too.
/// Partitions cost more than they save: rows are hashed twice, and copied.
const BUILD_ROWS_IN_A_STEP: usize = 1 << 20;
const BUILD_BYTES_IN_A_STEP: usize = 64 * 1024 * 1024;
const MAX_PARTITIONS: usize = 32;
/// Where nobody knows how many rows there are.
const USUAL_ROWS: usize = 8 * ROWS_IN_A_STEP;

/// The physical plan, and the state to run it with.
pub(super) async fn physical_plan(
    state: SessionState,
    plan: &LogicalPlan,
) -> Result<(SessionState, Arc<dyn ExecutionPlan>)> {
    let physical = state.create_physical_plan(plan).await?;
    let partitions = match plan {
        LogicalPlan::Explain(explain) => {
            wanted_below(state.create_physical_plan(&explain.plan).await?.as_ref())
        }
        _ => wanted_below(physical.as_ref()),
    };
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

/// Partitions in which no operator below takes too many rows at once.
fn wanted_below(plan: &dyn ExecutionPlan) -> usize {
    let own = if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        wanted_to_build(join.left().as_ref())
    } else if plan.is::<SortMergeJoinExec>() || plan.is::<WindowAggExec>() {
        let first = plan.children().into_iter().next();
        first.map_or(1, |input| wanted(rows(input.as_ref())))
    } else {
        1
    };
    plan.children()
        .into_iter()
        .map(|child| wanted_below(child.as_ref()))
        .fold(own, usize::max)
}

/// Partitions for the side of a join of which a table is built.
fn wanted_to_build(input: &dyn ExecutionPlan) -> usize {
    let rows = rows(input);
    let schema = input.schema();
    // A text takes as much as its view and some letters more.
    let width = |data_type: &DataType| data_type.primitive_width().unwrap_or(32);
    let row_bytes: usize = schema.fields().iter().map(|field| width(field.data_type())).sum();
    let by_bytes = rows.saturating_mul(row_bytes).div_ceil(BUILD_BYTES_IN_A_STEP);
    rows.div_ceil(BUILD_ROWS_IN_A_STEP)
        .max(by_bytes)
        .clamp(1, MAX_PARTITIONS)
}

/// Rows that a plan gives, as far as is known.
pub(super) fn rows(input: &dyn ExecutionPlan) -> usize {
    let known = StatisticsContext::new().compute(input, &StatisticsArgs::new());
    match known.map(|known| known.num_rows) {
        Ok(Precision::Exact(rows) | Precision::Inexact(rows)) => rows,
        _ => USUAL_ROWS,
    }
}
