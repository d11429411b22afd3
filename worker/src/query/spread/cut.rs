//! Cuts a finished plan into what every worker does with its share of the row groups and what is done with the results.
//!
//! Invariant: the same plan is cut in the same way in every worker. What cannot be done in shares is left above a cut, or
//! as it is.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::scalar_subquery::ScalarSubqueryExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::gather::{GatherExec, Order};
use super::shares::{in_shares, is_scan};

/// Aggregates whose result depends on the order of rows.
const ORDERED: [&str; 5] = [
    "array_agg",
    "first_value",
    "last_value",
    "nth_value",
    "string_agg",
];

/// The rule: a plan for so many workers.
#[derive(Debug)]
pub(in crate::query) struct Spread {
    pub(in crate::query) shares: u32,
}

impl PhysicalOptimizerRule for Spread {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        Cut {
            shares: self.shares,
            gathers: 0,
        }
        .cut(plan, false)
    }

    fn name(&self) -> &'static str {
        "spread"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A plan that is being cut.
pub(super) struct Cut {
    shares: u32,
    gathers: u32,
}

impl Cut {
    /// The plan with cuts as near to its top as they can be. `is_limited`: somebody above stops after some rows, so that
    /// most of what all workers would read is not wanted.
    pub(super) fn cut(
        &mut self,
        plan: Arc<dyn ExecutionPlan>,
        is_limited: bool,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(aggregate) = plan.downcast_ref::<AggregateExec>()
            && let Some(cut) = self.aggregate(aggregate)?
        {
            return Ok(cut);
        }
        if let Some(sort) = plan.downcast_ref::<SortExec>()
            && let Some(cut) = self.sort(sort)?
        {
            return Ok(cut);
        }
        // Who expects partitions gets them from what is above the cut.
        let is_one = plan.output_partitioning().partition_count() == 1;
        if is_one
            && !is_limited
            && plan.fetch().is_none()
            && let Some(shared) = in_shares(&plan, self)?
        {
            let order = if is_scan(&shared) {
                Order::ByRowGroup
            } else {
                Order::AsTheyCome
            };
            return Ok(self.gather(shared, order));
        }
        self.below(plan, is_limited)
    }

    /// The plan with cuts below it.
    fn below(&mut self, plan: Arc<dyn ExecutionPlan>, is_limited: bool) -> Result<Arc<dyn ExecutionPlan>> {
        let is_breaker = plan.is::<AggregateExec>() || plan.is::<SortExec>();
        let is_limit = plan.is::<GlobalLimitExec>() || plan.is::<LocalLimitExec>() || plan.fetch().is_some();
        let is_limited = !is_breaker && (is_limited || is_limit);
        let children = plan.children();
        if children.is_empty() {
            return Ok(plan);
        }
        // After its input come subqueries, of which it takes all rows.
        let has_subqueries = plan.is::<ScalarSubqueryExec>();
        let mut is_changed = false;
        let mut next = Vec::with_capacity(children.len());
        for (index, child) in children.into_iter().enumerate() {
            let is_subquery = has_subqueries && index > 0;
            let cut = self.cut(Arc::clone(child), is_limited && !is_subquery)?;
            is_changed |= !Arc::ptr_eq(child, &cut);
            next.push(cut);
        }
        if is_changed {
            replace_children_if_necessary(plan, next)
        } else {
            Ok(plan)
        }
    }

    /// An aggregate over rows: each share is summed up, then the sums.
    fn aggregate(&mut self, aggregate: &AggregateExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let is_single = match aggregate.mode() {
            AggregateMode::Single | AggregateMode::SinglePartitioned => true,
            AggregateMode::Partial => false,
            _ => return Ok(None),
        };
        let ends_early = aggregate
            .limit_options()
            .is_some_and(|options| options.descending().is_none());
        let is_ordered = aggregate
            .aggr_expr()
            .iter()
            .any(|function| ORDERED.contains(&function.fun().name()) || !function.order_bys().is_empty());
        if ends_early || is_ordered {
            return Ok(None);
        }
        let Some(input) = in_shares(aggregate.input(), self)? else {
            return Ok(None);
        };
        let functions = aggregate.aggr_expr().to_vec();
        let partial = AggregateExec::try_new(
            AggregateMode::Partial,
            aggregate.group_expr().clone(),
            functions.clone(),
            aggregate.filter_expr().to_vec(),
            input,
            aggregate.input_schema(),
        )?;
        let gathered = self.gather(Arc::new(partial), Order::InTurn);
        if !is_single {
            return Ok(Some(gathered));
        }
        let no_filters = vec![None; functions.len()];
        let summed = AggregateExec::try_new(
            AggregateMode::Final,
            aggregate.group_expr().as_final(),
            functions,
            no_filters,
            gathered,
            aggregate.input_schema(),
        )?;
        Ok(Some(Arc::new(summed)))
    }

    /// A sort: each share is sorted, and the shares are merged.
    fn sort(&mut self, sort: &SortExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(input) = in_shares(sort.input(), self)? else {
            return Ok(None);
        };
        let input = one_partition(input);
        // Also the filter by which a top-k tells the scan what it can leave out belongs to the share's own sort.
        let sorted = replace_children_if_necessary(Arc::new(sort.clone()), vec![input])?;
        let ordering: LexOrdering = sort.expr().clone();
        let fetch = sort.fetch();
        Ok(Some(self.gather(sorted, Order::Merged { ordering, fetch })))
    }

    fn gather(&mut self, input: Arc<dyn ExecutionPlan>, order: Order) -> Arc<dyn ExecutionPlan> {
        let number = self.gathers;
        self.gathers += 1;
        Arc::new(GatherExec::new(number, one_partition(input), order, self.shares))
    }
}

fn one_partition(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    if plan.output_partitioning().partition_count() == 1 {
        plan
    } else {
        Arc::new(CoalescePartitionsExec::new(plan))
    }
}
