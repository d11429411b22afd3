//! What a scan reads of each file, taken from the finished physical plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue};
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource, ParquetSource};
use datafusion::physical_expr::expressions::{DynamicFilterPhysicalExpr, DynamicFilterTracking};
use datafusion::physical_expr::utils::{collect_columns, conjunction, split_conjunction};
use datafusion::physical_plan::PhysicalExpr;

use super::TableFile;

/// Columns, filter and limit of a scan.
#[derive(Debug)]
pub(crate) struct ScanShape {
    /// The table's schema.
    pub(crate) schema: SchemaRef,
    /// Names of the columns that the filter looks at.
    pub(crate) filter_columns: BTreeSet<String>,
    /// Names of the columns that go into the rows.
    pub(crate) row_columns: BTreeSet<String>,
    /// The filter.
    pub(crate) filter: Option<Arc<dyn PhysicalExpr>>,
    /// The filter, as far as it is known before the scan.
    pub(crate) predicate: Option<Arc<dyn PhysicalExpr>>,
    /// Rows after which the scan ends.
    pub(crate) limit: Option<usize>,
    /// Whether rows must come in the files' order.
    pub(crate) preserves_order: bool,
    /// Whether the scan will read all that the filter does not rule out: no limit and no top-k ends it earlier.
    pub(crate) is_settled: bool,
}

impl ScanShape {
    pub(crate) fn of(config: &FileScanConfig, source: &ParquetSource) -> Self {
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
            filter,
        }
    }

    /// Columns that have one value in all rows of a file, as statistics tell: they are not read.
    pub(crate) fn constants(&self, file: &TableFile) -> BTreeMap<String, ScalarValue> {
        let known = file.statistics.as_ref();
        let rows = match known.num_rows {
            Precision::Exact(rows) => Some(rows),
            _ => None,
        };
        let columns = self.schema.fields().iter().zip(&known.column_statistics);
        columns
            .filter_map(|(field, column)| {
                Some((field.name().clone(), constant(column, rows, field.data_type())?))
            })
            .collect()
    }
}

fn constant(column: &ColumnStatistics, rows: Option<usize>, data_type: &DataType) -> Option<ScalarValue> {
    if data_type.is_nested() {
        return None;
    }
    let Precision::Exact(nulls) = column.null_count else {
        return None;
    };
    if rows == Some(nulls) {
        return ScalarValue::try_new_null(data_type).ok();
    }
    match (&column.min_value, &column.max_value) {
        (Precision::Exact(min), Precision::Exact(max)) if nulls == 0 && min == max && !min.is_null() => {
            min.cast_to(data_type).ok()
        }
        _ => None,
    }
}
