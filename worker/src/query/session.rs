//! The DataFusion session: settings for a browser tab, and planning of read-only statements.

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::common::TableReference;
use datafusion::config::Dialect;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionConfig};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use object_store::memory::InMemory;
use protocol::{Failure, FailureKind};

use super::sort_in_runs::SortInRuns;
use super::yield_in_output::YieldInOutput;
use super::{functions, refusals, refused};
use crate::failure::from_datafusion;
use crate::io::Counters;
use crate::table::{ReadAhead, Tables, UNUSED_STORE};

/// What operators of all running queries may hold. There is no disk to spill to, and a tab has at most 4 GiB.
pub const MEMORY_BUDGET_BYTES: usize = 1 << 30;

const CATALOG: &str = "goldpan";
const SCHEMA: &str = "lake";

/// The state that every query starts from.
pub fn session(tables: Arc<Tables>) -> Result<SessionState, Failure> {
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
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(MEMORY_BUDGET_BYTES)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()
        .map_err(|error| from_datafusion(&error))?;
    let unused = url::Url::parse(UNUSED_STORE)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    runtime.register_object_store(&unused, Arc::new(InMemory::new()));
    let state = functions::register(SessionStateBuilder::new())
        .with_config(config)
        .with_runtime_env(runtime)
        .with_physical_optimizer_rule(Arc::new(SortInRuns))
        .with_physical_optimizer_rule(Arc::new(YieldInOutput))
        .with_physical_optimizer_rule(Arc::new(ReadAhead))
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

/// A state of its own for one query: its start time, and counters that scans find.
pub(super) fn for_query(base: SessionState, counters: Arc<Counters>) -> SessionState {
    let config = base.config().clone().with_extension(counters);
    let mut state = SessionStateBuilder::new_from_existing(base)
        .with_config(config)
        .build();
    state.mark_start_execution();
    state
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
