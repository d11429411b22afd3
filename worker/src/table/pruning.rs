//! Which row groups and rows of a file statistics rule out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use datafusion::datasource::physical_plan::ParquetFileMetrics;
use datafusion::datasource::physical_plan::parquet::{
    BloomFilterStatistics, PagePruningAccessPlanFilter, ParquetAccessPlan, RowGroupAccessPlanFilter,
};
use datafusion::physical_expr::simplifier::PhysicalExprSimplifier;
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapterFactory, replace_columns_with_literals,
};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use datafusion::physical_plan::PhysicalExpr;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use parquet::file::metadata::ParquetMetaData;

use super::scan_shape::ScanShape;

/// A filter, in terms of a file's types. A dynamic filter is taken as it stands now.
#[derive(Debug)]
pub(crate) struct Pruning {
    schema: SchemaRef,
    filter: Option<Arc<dyn PhysicalExpr>>,
    pub(super) predicate: Option<PruningPredicate>,
    preserves_order: bool,
}

impl Pruning {
    /// A filter over the table's columns, for a file of this schema and with these columns of one value.
    pub(crate) fn new(
        shape: &ScanShape,
        file_schema: &SchemaRef,
        constants: &BTreeMap<String, ScalarValue>,
        filter: Option<&Arc<dyn PhysicalExpr>>,
    ) -> Self {
        let schema = Arc::clone(file_schema);
        let filter = if schema == shape.schema {
            filter.cloned()
        } else {
            filter.and_then(|filter| in_terms_of(filter, &shape.schema, &schema, constants))
        };
        let predicate = filter.as_ref().and_then(|filter| {
            PruningPredicateBuilder::new()
                .with_file_schema(Arc::clone(&schema))
                .try_build(Arc::clone(filter))
                .ok()
        });
        Self {
            schema,
            filter,
            predicate,
            preserves_order: shape.preserves_order,
        }
    }

    /// What is left of a plan: row groups by their statistics, pages by the page index.
    pub(crate) fn access(
        &self,
        metadata: &ParquetMetaData,
        plan: ParquetAccessPlan,
        limit: Option<usize>,
    ) -> ParquetAccessPlan {
        let groups = metadata.row_groups();
        let parquet_schema = metadata.file_metadata().schema_descr();
        let metrics = uncounted();
        let mut left = RowGroupAccessPlanFilter::new(plan);
        if let Some(predicate) = &self.predicate {
            left.prune_by_statistics(&self.schema, parquet_schema, groups, predicate, &metrics);
        }
        if let (Some(limit), false) = (limit, self.preserves_order) {
            left.prune_by_limit(limit, groups, &metrics);
        }
        let access = left.build();
        match &self.filter {
            Some(filter) => PagePruningAccessPlanFilter::new(filter, Arc::clone(&self.schema))
                .prune_plan_with_page_index(access, &self.schema, parquet_schema, metadata, &metrics),
            None => access,
        }
    }

    /// The columns whose bloom filters may rule out a row group, with their places among the Parquet columns.
    pub(crate) fn compared(&self, metadata: &ParquetMetaData) -> Vec<(String, usize)> {
        let schema = metadata.file_metadata().schema_descr();
        let names = self.predicate.iter().flat_map(PruningPredicate::literal_columns);
        names
            .filter_map(|name| {
                let leaf = parquet::arrow::parquet_column(schema, &self.schema, &name)?.0;
                Some((name, leaf))
            })
            .collect()
    }

    /// Whether the bloom filters of a row group leave it.
    pub(crate) fn survives(&self, filters: &BloomFilterStatistics) -> bool {
        let kept = self.predicate.as_ref().map(|predicate| predicate.prune(filters));
        kept.is_none_or(|kept| kept.is_ok_and(|kept| kept.first() != Some(&false)))
    }
}

/// The scan counts for itself.
fn uncounted() -> ParquetFileMetrics {
    ParquetFileMetrics::new(0, "", &ExecutionPlanMetricsSet::new())
}

/// The filter over the columns of a file whose types differ from the table's. A column that it lacks is a constant, or NULL.
fn in_terms_of(
    filter: &Arc<dyn PhysicalExpr>,
    table: &SchemaRef,
    file: &SchemaRef,
    constants: &BTreeMap<String, ScalarValue>,
) -> Option<Arc<dyn PhysicalExpr>> {
    let lacking: HashMap<&str, &ScalarValue> = constants
        .iter()
        .filter(|(name, _)| file.index_of(name).is_err())
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    let filter = replace_columns_with_literals(Arc::clone(filter), &lacking).ok()?;
    let adapter = DefaultPhysicalExprAdapterFactory
        .create(Arc::clone(table), Arc::clone(file))
        .ok()?;
    let rewritten = adapter.rewrite(filter).ok()?;
    PhysicalExprSimplifier::new(file).simplify(rewritten).ok()
}
