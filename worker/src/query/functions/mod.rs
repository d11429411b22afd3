//! The functions of this engine: what analysts reach for, instead of everything that DataFusion has.
//!
//! Whoever opens the page downloads each function that is registered, so a function is here because a statement over
//! gold tables may want it. What DataFusion has beyond them is refused by name, with what to write instead.
//!
//! Entry points: [`register`], [`refusal`].

mod absent;
mod nested;
mod scalar;

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::functions::core::planner::CoreFunctionPlanner;
use datafusion::functions::datetime::planner::DatetimeFunctionPlanner;
use datafusion::functions::unicode::planner::UnicodeFunctionPlanner;
use datafusion::functions_aggregate::all_default_aggregate_functions;
use datafusion::functions_aggregate::planner::AggregateFunctionPlanner;
use datafusion::functions_nested::planner::{FieldAccessPlanner, NestedFunctionPlanner};
use datafusion::functions_window::all_default_window_functions;
use datafusion::functions_window::planner::WindowFunctionPlanner;
use datafusion::logical_expr::planner::ExprPlanner;

pub(super) use absent::refusal;

/// Adds functions, and the planners that turn syntax such as `EXTRACT` and `a[1]` into calls of them.
pub(super) fn register(builder: SessionStateBuilder) -> SessionStateBuilder {
    let mut scalar = scalar::functions();
    scalar.extend(nested::functions());
    builder
        .with_expr_planners(planners())
        .with_scalar_functions(scalar)
        .with_aggregate_functions(all_default_aggregate_functions())
        .with_window_functions(all_default_window_functions())
}

fn planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![
        Arc::new(CoreFunctionPlanner::default()),
        Arc::new(NestedFunctionPlanner),
        Arc::new(FieldAccessPlanner),
        Arc::new(DatetimeFunctionPlanner),
        Arc::new(UnicodeFunctionPlanner),
        Arc::new(AggregateFunctionPlanner),
        Arc::new(WindowFunctionPlanner),
    ]
}
