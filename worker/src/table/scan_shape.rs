//! What a scan reads of each file, taken from the finished physical plan.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource, ParquetSource};
use datafusion::physical_expr::expressions::{DynamicFilterPhysicalExpr, DynamicFilterTracking};
use datafusion::physical_expr::utils::{collect_columns, conjunction, split_conjunction};
use datafusion::physical_plan::PhysicalExpr;

/// Columns, filter and limit of a scan.
#[derive(Debug)]
pub(super) struct ScanShape {
    /// The table's schema.
    pub(super) schema: SchemaRef,
    /// Names of the columns that the filter looks at.
    pub(super) filter_columns: BTreeSet<String>,
    /// Names of the columns that go into the rows.
    pub(super) row_columns: BTreeSet<String>,
    /// The filter, as far as it is known before the scan.
    pub(super) predicate: Option<Arc<dyn PhysicalExpr>>,
    /// Rows after which the scan ends.
    pub(super) limit: Option<usize>,
    /// Whether rows must come in the files' order.
    pub(super) preserves_order: bool,
    /// Whether the scan will read all that the filter does not rule out: no limit and no top-k ends it earlier.
    pub(super) is_settled: bool,
}

impl ScanShape {
    pub(super) fn of(config: &FileScanConfig, source: &ParquetSource) -> Self {
        let schema = Arc::clone(config.file_schema());
        let name = |index: usize| schema.fields().get(index).map(|field| field.name().clone());
        let filter = source.filter();
        let row_columns = match source.projection() {
            Some(projection) => projection.column_indices().into_iter().filter_map(name).collect(),
            None => schema.fields().iter().map(|field| field.name().clone()).collect(),
        };
        let filter_columns = filter
            .iter()
            .flat_map(collect_columns)
            .map(|column| column.name().to_owned())
            .collect();
        let is_dynamic = filter.as_ref().is_some_and(|filter| {
            matches!(
                DynamicFilterTracking::classify(filter),
                DynamicFilterTracking::Watching(_)
            )
        });
        let known: Vec<_> = filter
            .iter()
            .flat_map(|filter| split_conjunction(filter))
            .filter(|part| !part.is::<DynamicFilterPhysicalExpr>())
            .map(Arc::clone)
            .collect();
        Self {
            filter_columns,
            row_columns,
            predicate: (!known.is_empty()).then(|| conjunction(known)),
            limit: config.limit,
            preserves_order: config.preserve_order,
            is_settled: config.limit.is_none() && !is_dynamic,
            schema,
        }
    }
}
