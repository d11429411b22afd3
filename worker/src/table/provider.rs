//! A table as DataFusion plans and scans it.

use std::sync::Arc;

use async_trait::async_trait;
use catalog::{Column, DataFile, TableManifest};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PrunableStatistics;
use datafusion::common::{DFSchema, DataFusionError, Result, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use protocol::{Failure, FailureKind};

use super::of_scan::{FileOfScan, OfTable};
use super::read_ahead::ScanReads;
use super::statistics::{bounds, planned};
use super::types::arrow_type;
use super::{Source, TableFile};
use crate::io::{Counters, Object, Origin};

/// The URL by which DataFusion looks up a store that is never read: `scan` reads the files.
pub(crate) const UNUSED_STORE: &str = "goldpan://unused";

/// A table of immutable Parquet files.
#[derive(Debug)]
pub struct GoldTable {
    /// What is known of it.
    pub manifest: TableManifest,
    pub(super) schema: SchemaRef,
    pub(super) files: Vec<Arc<TableFile>>,
    pub(super) source: Source,
}

impl GoldTable {
    /// A table of the lake. Reads nothing, unless a column's type is one that only the files can tell: then the
    /// first file's footer.
    pub(super) async fn from_manifest(manifest: TableManifest, source: &Source) -> Result<Self, Failure> {
        let known: Option<Vec<Field>> = manifest
            .columns
            .iter()
            .map(|column| {
                let data_type = arrow_type(&column.column_type)?;
                Some(Field::new(&column.name, data_type, column.nullable))
            })
            .collect();
        let schema = match (known, manifest.files.first()) {
            (Some(fields), _) => Arc::new(Schema::new(fields)),
            (None, Some(first)) => {
                let of_file =
                    super::adhoc::arrow_schema(&object(first), first.footer.index_offset, source).await?;
                with_path_columns(&of_file, &manifest, first)
            }
            (None, None) => Arc::new(Schema::empty()),
        };
        let files = manifest
            .files
            .iter()
            .map(|file| {
                Arc::new(TableFile::new(
                    object(file),
                    u64::from(file.row_groups),
                    Some(file.footer.index_offset),
                    Arc::new(planned(file, &schema)),
                    Arc::new(bounds(file, &schema)),
                ))
            })
            .collect();
        Ok(Self {
            manifest,
            schema,
            files,
            source: source.clone(),
        })
    }

    /// Parquet's INTERVAL has months, days and milliseconds; its reader drops the months.
    fn refuse_intervals(&self, projection: Option<&Vec<usize>>) -> Result<()> {
        let is_wanted = |index: usize| projection.is_none_or(|wanted| wanted.contains(&index));
        let interval = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .find(|(index, field)| is_wanted(*index) && has_interval(field.data_type()));
        let Some((_, field)) = interval else {
            return Ok(());
        };
        let failure = Failure::new(
            FailureKind::InvalidQuery,
            format!(
                "Column {} holds a Parquet INTERVAL, which cannot be read without loss.",
                field.name()
            ),
        )
        .with_hint("Select the other columns, or write the interval as a number of seconds or as text.");
        Err(DataFusionError::External(Box::new(failure)))
    }

    fn of_table(&self, survivors: &[Arc<TableFile>]) -> OfTable {
        let mut row_groups = 0;
        let mut first_ordinals = Vec::with_capacity(survivors.len());
        for file in &self.files {
            let is_next = survivors
                .get(first_ordinals.len())
                .is_some_and(|next| Arc::ptr_eq(next, file));
            if is_next {
                first_ordinals.push(row_groups);
            }
            row_groups += file.row_groups;
        }
        OfTable {
            name: self.manifest.table.clone(),
            files: self.files.len() as u64,
            row_groups,
            rows: self.manifest.rows,
            first_ordinals,
            distinct_values: self.manifest.columns.iter().filter_map(distinct_values).collect(),
        }
    }

    /// Files that the filters cannot rule out.
    fn survivors(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<Arc<TableFile>>> {
        let Some(filter) = conjunction(filters.to_vec()) else {
            return Ok(self.files.clone());
        };
        let df_schema = DFSchema::try_from(Arc::clone(&self.schema))?;
        let predicate = state.create_physical_expr(filter, &df_schema)?;
        let Ok(pruning) = PruningPredicateBuilder::new()
            .with_file_schema(Arc::clone(&self.schema))
            .try_build(predicate)
        else {
            return Ok(self.files.clone());
        };
        let statistics = self.files.iter().map(|file| Arc::clone(&file.bounds)).collect();
        let keep = pruning.prune(&PrunableStatistics::new(statistics, Arc::clone(&self.schema)))?;
        Ok(self
            .files
            .iter()
            .zip(keep)
            .filter(|&(_, keep)| keep)
            .map(|(file, _)| Arc::clone(file))
            .collect())
    }
}

#[async_trait]
impl TableProvider for GoldTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.refuse_intervals(projection)?;
        let counters = state.config().get_extension::<Counters>().unwrap_or_default();
        let survivors = self.survivors(state, filters)?;
        let reads = Arc::new(ScanReads::new(
            self.source.clone(),
            counters,
            survivors.clone(),
            self.of_table(&survivors),
        ));
        let source = ParquetSource::new(TableSchema::from(Arc::clone(&self.schema)))
            .with_table_parquet_options(state.default_table_options().parquet);
        let files = survivors.iter().enumerate().map(|(index, file)| {
            let reads = Arc::clone(&reads);
            partitioned_file(file, FileOfScan { reads, index })
        });
        let group: FileGroup = files.collect::<Vec<_>>().into();
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(UNUSED_STORE)?, Arc::new(source))
            .with_statistics(group_statistics(&survivors, &self.schema))
            .with_file_group(group)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Used for pruning here; rows are filtered by the source itself once the physical optimizer has pushed them.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}

fn distinct_values(column: &Column) -> Option<(String, u64)> {
    Some((column.name.clone(), column.statistics.distinct_count?))
}

/// Also within lists, records and maps.
fn has_interval(data_type: &DataType) -> bool {
    match data_type {
        DataType::Interval(_) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => has_interval(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_interval(field.data_type())),
        _ => false,
    }
}

/// The schema of a file, and the columns that stand in its path.
fn with_path_columns(of_file: &Schema, manifest: &TableManifest, file: &DataFile) -> SchemaRef {
    let in_path = manifest
        .columns
        .iter()
        .filter(|column| file.path_value(&column.name).is_some());
    let in_path = in_path.filter_map(|column| {
        let data_type = arrow_type(&column.column_type)?;
        Some(Arc::new(Field::new(&column.name, data_type, column.nullable)))
    });
    let fields: Vec<_> = of_file.fields().iter().cloned().chain(in_path).collect();
    Arc::new(Schema::new(fields))
}

fn object(file: &DataFile) -> Arc<Object> {
    Arc::new(Object {
        origin: Origin::Lake(file.key.clone()),
        bytes: file.bytes,
        etag: file.etag.clone(),
    })
}

fn partitioned_file(file: &TableFile, of_scan: FileOfScan) -> PartitionedFile {
    let name = match &file.object.origin {
        Origin::Lake(key) => key.clone(),
        Origin::Url(_) | Origin::File { .. } => "adhoc.parquet".to_owned(),
    };
    PartitionedFile::new(name, file.object.bytes)
        .with_statistics(Arc::clone(&file.statistics))
        .with_extension(of_scan)
}

fn group_statistics(files: &[Arc<TableFile>], schema: &Schema) -> Statistics {
    Statistics::try_merge_iter(files.iter().map(|file| file.statistics.as_ref()), schema)
        .unwrap_or_else(|_: DataFusionError| Statistics::new_unknown(schema))
}
