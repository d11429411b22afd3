//! The DataFusion session: settings for a browser tab, and planning of read-only statements.

use std::sync::Arc;

use chrono::DateTime;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::common::TableReference;
use datafusion::config::Dialect;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SQLOptions, SessionConfig};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use object_store::memory::InMemory;
use protocol::{Failure, FailureKind};

use super::group_by_codes::GroupByCodes;
use super::planning::Circumstances;
use super::sort_in_runs::SortInRuns;
use super::spread::Spread;
use super::yield_in_output::YieldInOutput;
use super::{functions, refusals, refused};
use crate::failure::from_datafusion;
use crate::memory::Memory;
use crate::scan::UseGoldScan;
use crate::table::{Tables, UNUSED_STORE};

const CATALOG: &str = "goldpan";
const SCHEMA: &str = "lake";

/// The state that every query starts from.
pub fn session(tables: Arc<Tables>, memory: Arc<Memory>) -> Result<SessionState, Failure> {
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_information_schema(true)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false);
    let options = config.options_mut();
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    options.execution.parquet.coerce_int96 = Some("us".to_owned());
    // A file is read by one reader, whatever follows.
    options.optimizer.repartition_file_scans = false;
    // Instants are UTC everywhere; without a zone their literals would lose theirs.
    options.execution.time_zone = Some("UTC".to_owned());
    options.sql_parser.dialect = Dialect::PostgreSQL;
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(memory)
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()
        .map_err(|error| from_datafusion(&error))?;
    let unused = url::Url::parse(UNUSED_STORE)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    runtime.register_object_store(&unused, Arc::new(InMemory::new()));
    let state = functions::register(SessionStateBuilder::new())
        .with_config(config)
        .with_runtime_env(runtime)
        .build();
    let catalog = MemoryCatalogProvider::new();
    catalog
        .register_schema(SCHEMA, tables)
        .map_err(|error| from_datafusion(&error))?;
    state
        .catalog_list()
        .register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    Ok(state)
}

/// A state of its own for one query: its rules, its start time, and counters that scans find. Gives the time, too.
pub(super) fn for_query(base: SessionState, circumstances: Circumstances) -> (SessionState, i64) {
    let config = base.config().clone().with_extension(circumstances.counters);
    let mut state = SessionStateBuilder::new_from_existing(base)
        .with_config(config)
        .with_physical_optimizer_rules(rules(circumstances.shares))
        .build();
    state.mark_start_execution();
    let props = state.execution_props_mut();
    if let Some(nanoseconds) = circumstances.started_at_ns {
        props.query_execution_start_time = Some(DateTime::from_timestamp_nanos(nanoseconds));
    }
    let started_at = props
        .query_execution_start_time
        .and_then(|time| time.timestamp_nanos_opt())
        .unwrap_or_default();
    (state, started_at)
}

/// The rules that make a plan fit for a browser, after DataFusion's own.
fn rules(shares: Option<u32>) -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    rules.push(Arc::new(UseGoldScan));
    if let Some(shares) = shares {
        rules.push(Arc::new(Spread { shares }));
    }
    rules.push(Arc::new(GroupByCodes));
    rules.push(Arc::new(SortInRuns));
    rules.push(Arc::new(YieldInOutput));
    rules
}

/// Parses and plans one read-only statement.
pub(super) async fn plan(
    state: &SessionState,
    tables: &Tables,
    sql: &str,
) -> Result<(Statement, LogicalPlan), Failure> {
    let failed = |error| from_datafusion(&error);
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect).map_err(failed)?;
    refusals::check(reading(&statement).ok_or_else(refused)?)?;
    let references = state.resolve_table_references(&statement).map_err(failed)?;
    if let Some(name) = references
        .iter()
        .find_map(|reference| unknown_name(tables, reference))
    {
        return Err(tables.unknown(&name));
    }
    let plan = state
        .statement_to_plan(statement.clone())
        .await
        .map_err(|error| functions::refusal(&error).unwrap_or_else(|| failed(error)))?;
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(&plan)
        .map_err(|_| refused())?;
    Ok((statement, plan))
}

/// The statement, or what it explains, if it is of a kind that only reads.
fn reading(statement: &Statement) -> Option<&SqlStatement> {
    match statement {
        Statement::Explain(explain) => reading(&explain.statement),
        Statement::Statement(statement) => matches!(
            statement.as_ref(),
            SqlStatement::Query(_)
                | SqlStatement::Explain { .. }
                | SqlStatement::ExplainTable { .. }
                | SqlStatement::ShowColumns { .. }
                | SqlStatement::ShowFunctions { .. }
                | SqlStatement::ShowTables { .. }
                | SqlStatement::ShowVariable { .. }
        )
        .then_some(statement.as_ref()),
        _ => None,
    }
}

/// The name of a table that is not there. Qualified names and table functions are left to the planner.
fn unknown_name(tables: &Tables, reference: &TableReference) -> Option<String> {
    use datafusion::catalog::SchemaProvider;
    match reference {
        TableReference::Bare { table } if !tables.table_exist(table) => Some(table.to_string()),
        _ => None,
    }
}
