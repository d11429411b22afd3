//! A statement as a plan that is ready to run, in the lead and in its peers alike.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use protocol::Failure;

use super::results::{self, Question};
use super::{Statement, partitions, session};
use crate::failure::from_datafusion;
use crate::io::Counters;
use crate::table::Tables;

/// How a statement is planned.
#[derive(Debug, Clone)]
pub(super) struct Circumstances {
    pub(super) counters: Arc<Counters>,
    /// Workers among which the plan is cut; none: it is not cut.
    pub(super) shares: Option<u32>,
    /// When the query began, in nanoseconds since 1970; none: now.
    pub(super) started_at_ns: Option<i64>,
}

/// A statement that is ready to run.
pub(super) struct Planned {
    pub(super) state: SessionState,
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) question: Option<Question>,
    /// Names of the tables that the statement reads.
    pub(super) tables: Vec<String>,
    /// Nanoseconds since 1970.
    pub(super) started_at_ns: i64,
}

/// Plans a statement.
pub(super) async fn plan(
    base: &SessionState,
    tables: &Tables,
    statement: &Statement,
    circumstances: Circumstances,
) -> Result<Planned, Failure> {
    let failed = |error| from_datafusion(&error);
    let (state, started_at_ns) = session::for_query(base.clone(), circumstances);
    let (parsed, plan) = session::plan(&state, tables, &statement.sql).await?;
    let asked = (statement.sql.as_str(), statement.max_rows);
    let question = results::question(&state, tables, &parsed, &plan, asked);
    let references = state.resolve_table_references(&parsed).map_err(failed)?;
    let plan = limited(plan, statement.max_rows).map_err(failed)?;
    let (state, plan) = partitions::physical_plan(state, &plan).await.map_err(failed)?;
    Ok(Planned {
        state,
        plan,
        question,
        tables: references.iter().map(|name| name.table().to_owned()).collect(),
        started_at_ns,
    })
}

/// One row more than wanted, so that a cut is noticed; the limit reaches the scan.
fn limited(plan: LogicalPlan, max_rows: Option<u64>) -> Result<LogicalPlan> {
    let rows = max_rows.and_then(|rows| usize::try_from(rows).ok());
    match (rows, &plan) {
        (None, _) | (_, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) => Ok(plan),
        (Some(rows), _) => LogicalPlanBuilder::from(plan)
            .limit(0, Some(rows.saturating_add(1)))?
            .build(),
    }
}
