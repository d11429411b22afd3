//! Strings that are nothing but keys of a group-by are grouped by their codes.
//!
//! A scan has most strings as keys of dictionaries. To hash and compare the strings takes longer than all else that a
//! simple aggregate does with a row; their codes are integers.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode, PhysicalExpr};

use super::strings_of_codes::StringsOfCodesExec;
use crate::scan::{Codes, GoldScan};

/// With more distinct values row groups often have no dictionary, and the string of every row would be looked up twice.
const MAX_VALUES: u64 = 100_000;

/// The rule. It comes after plans are cut: codes mean nothing to another worker.
#[derive(Debug)]
pub(super) struct GroupByCodes;

impl PhysicalOptimizerRule for GroupByCodes {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let by_codes = match plan.downcast_ref::<AggregateExec>() {
                Some(aggregate) => by_codes(aggregate)?,
                None => None,
            };
            Ok(match by_codes {
                Some(by_codes) => Transformed::yes(by_codes),
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "group_by_codes"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What gives the same as an aggregate; none where there is nothing to win.
fn by_codes(aggregate: &AggregateExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(scan) = aggregate.input().downcast_ref::<GoldScan>() else {
        return Ok(None);
    };
    if !is_plain(aggregate) {
        return Ok(None);
    }
    let others = others(aggregate);
    let mut of_scan: Vec<(usize, Arc<Codes>)> = Vec::new();
    let mut of_output = Vec::new();
    for (place, (key, _)) in aggregate.group_expr().expr().iter().enumerate() {
        let Some(column) = key.downcast_ref::<Column>().map(Column::index) else {
            continue;
        };
        if others.contains(&column) || of_scan.iter().any(|(known, _)| *known == column) {
            continue;
        }
        if let Some(codes) = scan.codes_for(column, MAX_VALUES) {
            of_scan.push((column, Arc::clone(&codes)));
            of_output.push((place, codes));
        }
    }
    if of_scan.is_empty() {
        return Ok(None);
    }
    let scan = scan.with_codes(&of_scan);
    let schema = scan.schema();
    let grouped = AggregateExec::try_new(
        *aggregate.mode(),
        aggregate.group_expr().clone(),
        aggregate.aggr_expr().to_vec(),
        aggregate.filter_expr().to_vec(),
        scan,
        schema,
    )?;
    let properties = Arc::clone(aggregate.properties());
    let strings = StringsOfCodesExec::new(Arc::new(grouped), of_output, properties);
    Ok(Some(Arc::new(strings)))
}

/// Whether an aggregate takes rows in any order, and all of them.
fn is_plain(aggregate: &AggregateExec) -> bool {
    let takes_rows = matches!(
        aggregate.mode(),
        AggregateMode::Single | AggregateMode::SinglePartitioned | AggregateMode::Partial
    );
    let is_ordered = |functions: &AggregateExec| {
        let mut functions = functions.aggr_expr().iter();
        functions.any(|function| !function.order_bys().is_empty())
    };
    takes_rows
        && aggregate.group_expr().is_single()
        && aggregate.limit_options().is_none()
        && *aggregate.input_order_mode() == InputOrderMode::Linear
        && !is_ordered(aggregate)
}

/// Columns of the input that are used otherwise than as keys by themselves; also a key that is there twice.
fn others(aggregate: &AggregateExec) -> BTreeSet<usize> {
    let mut others = BTreeSet::new();
    let mut add = |expression: &Arc<dyn PhysicalExpr>| {
        others.extend(collect_columns(expression).iter().map(Column::index));
    };
    let mut keys = BTreeSet::new();
    for (key, _) in aggregate.group_expr().expr() {
        let is_first = key
            .downcast_ref::<Column>()
            .is_some_and(|column| keys.insert(column.index()));
        if !is_first {
            add(key);
        }
    }
    for function in aggregate.aggr_expr() {
        function.expressions().iter().for_each(&mut add);
    }
    aggregate.filter_expr().iter().flatten().for_each(&mut add);
    others
}
