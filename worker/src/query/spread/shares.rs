//! Which plans can be worked out share by share: all shares together give the rows of the whole, each once.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{JoinType, Result};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::scalar_subquery::ScalarSubqueryExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::unnest::UnnestExec;

use super::cut::Cut;
use crate::query::partitions::rows;
use crate::scan::GoldScan;

/// Tables below so many rows are read by the lead alone: what it takes to ask the others costs more.
const MIN_ROWS: u64 = 262_144;
/// The side of a join that every worker has as a whole.
const MAX_BUILD_ROWS: usize = 4_000_000;

/// The plan with its scans spread over the shares; none where the whole is not the sum of its shares.
pub(super) fn in_shares(
    plan: &Arc<dyn ExecutionPlan>,
    cut: &mut Cut,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if !is_repeatable(plan.as_ref())? {
        return Ok(None);
    }
    if let Some(scan) = plan.downcast_ref::<GoldScan>() {
        let is_large = scan.rows_of_table() >= MIN_ROWS && !scan.has_limit();
        return Ok(is_large.then(|| scan.spread() as Arc<dyn ExecutionPlan>));
    }
    if plan.fetch().is_some() {
        return Ok(None);
    }
    if is_row_wise(plan.as_ref()) {
        let mut children = Vec::new();
        for child in plan.children() {
            match in_shares(child, cut)? {
                Some(shared) => children.push(shared),
                None => return Ok(None),
            }
        }
        return replace_children_if_necessary(Arc::clone(plan), children).map(Some);
    }
    if let Some((build, probe)) = probed(plan.as_ref()) {
        if rows(build.as_ref()) > MAX_BUILD_ROWS || !is_deeply_repeatable(build.as_ref())? {
            return Ok(None);
        }
        let Some(probe) = in_shares(probe, cut)? else {
            return Ok(None);
        };
        let build = cut.cut(Arc::clone(build), false)?;
        return replace_children_if_necessary(Arc::clone(plan), vec![build, probe]).map(Some);
    }
    Ok(None)
}

/// Whether a plan reads so much that other workers would be of help.
pub(in crate::query) fn is_worth_it(plan: &dyn ExecutionPlan) -> bool {
    match plan.downcast_ref::<GoldScan>() {
        Some(scan) => scan.rows_of_table() >= MIN_ROWS,
        None => plan
            .children()
            .into_iter()
            .any(|child| is_worth_it(child.as_ref())),
    }
}

/// Whether a plan is a scan and nothing else: then its rows can be put in the order of the row groups.
pub(super) fn is_scan(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<GoldScan>()
}

/// Operators that treat each row by itself.
fn is_row_wise(plan: &dyn ExecutionPlan) -> bool {
    plan.is::<FilterExec>()
        || plan.is::<ProjectionExec>()
        || plan.is::<CooperativeExec>()
        || plan.is::<CoalescePartitionsExec>()
        || plan.is::<RepartitionExec>()
        || plan.is::<UnionExec>()
        || plan.is::<UnnestExec>()
}

/// Both sides of a join.
type Sides<'a> = (&'a Arc<dyn ExecutionPlan>, &'a Arc<dyn ExecutionPlan>);

/// The sides of a join of which each row of the second is joined by itself with all of the first.
fn probed(plan: &dyn ExecutionPlan) -> Option<Sides<'_>> {
    let of_rows = |join_type: &JoinType| {
        matches!(
            join_type,
            JoinType::Inner | JoinType::Right | JoinType::RightSemi | JoinType::RightAnti
        )
    };
    if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        return of_rows(join.join_type()).then_some((join.left(), join.right()));
    }
    if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
        return of_rows(join.join_type()).then_some((join.left(), join.right()));
    }
    let join = plan.downcast_ref::<CrossJoinExec>()?;
    Some((join.left(), join.right()))
}

/// Whether every worker comes to the same: nothing of chance, and nothing that only the lead knows.
fn is_repeatable(plan: &dyn ExecutionPlan) -> Result<bool> {
    let mut is_repeatable = true;
    plan.apply_expressions(&mut |expression| {
        is_repeatable &= !needs_lead(expression);
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(is_repeatable)
}

fn is_deeply_repeatable(plan: &dyn ExecutionPlan) -> Result<bool> {
    if !is_repeatable(plan)? {
        return Ok(false);
    }
    for child in plan.children() {
        if !is_deeply_repeatable(child.as_ref())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn needs_lead(expression: &Arc<dyn PhysicalExpr>) -> bool {
    expression.is_volatile_node()
        || expression.is::<ScalarSubqueryExpr>()
        || expression.children().into_iter().any(needs_lead)
}
