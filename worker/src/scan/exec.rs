//! The operator.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ColumnStatistics, Result, Statistics, assert_eq_or_internal_err};
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::{ProjectionExpr, ProjectionExprs};
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, SendableRecordBatchStream,
};
use futures::stream::{self, BoxStream, StreamExt};

use super::coalesced::coalesced;
use super::codes::Codes;
use super::expressions::Expressions;
use super::left::Left;
use super::metrics::ScanMetrics;
use super::portion::Portion;
use super::run::{Run, Step, Work};
use crate::table::{FileOfScan, ScanReads, ScanShape, Share};

/// Scans a table of Parquet files.
#[derive(Debug)]
pub struct GoldScan {
    /// DataFusion's own scan: it knows properties and statistics.
    planned: Arc<DataSourceExec>,
    properties: Arc<PlanProperties>,
    scan: Arc<Scan>,
    is_spread: bool,
    left: Arc<Left>,
    metrics: ExecutionPlanMetricsSet,
}

/// What the executions of a scan share.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) reads: Arc<ScanReads>,
    pub(super) expressions: Expressions,
    pub(super) source: ParquetSource,
    /// Places of the files, in the order of the plan.
    pub(super) files: Vec<usize>,
    shape: Arc<ScanShape>,
}

impl Scan {
    pub(super) fn shape(&self) -> &ScanShape {
        &self.shape
    }
}

impl GoldScan {
    /// The operator that does what DataFusion's scan of one of our tables would do; none for other sources, and where no
    /// file is left to scan.
    ///
    /// # Errors
    /// The filter or the projection names a column that the table lacks.
    pub(super) fn in_place_of(planned: &DataSourceExec) -> Result<Option<Self>> {
        let Some((config, source)) = planned.downcast_to_file_source::<ParquetSource>() else {
            return Ok(None);
        };
        let files: Vec<&FileOfScan> = config
            .file_groups
            .iter()
            .flat_map(|group| group.files())
            .filter_map(|file| file.extension::<FileOfScan>())
            .collect();
        let ([_], Some(first)) = (config.file_groups.as_slice(), files.first()) else {
            return Ok(None);
        };
        let reads = Arc::clone(&first.reads);
        let shape = Arc::new(ScanShape::of(config, source));
        reads.set_shape(Arc::clone(&shape));
        Ok(Some(Self {
            scan: Arc::new(Scan {
                expressions: expressions(config, source, planned, &shape)?,
                source: source.clone(),
                files: files.iter().map(|file| file.index).collect(),
                reads,
                shape,
            }),
            properties: Arc::clone(planned.properties()),
            planned: Arc::new(planned.clone()),
            is_spread: false,
            left: Arc::default(),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }

    /// A scan like this one that reads only the share of its worker.
    pub fn spread(&self) -> Arc<Self> {
        Arc::new(Self {
            planned: Arc::clone(&self.planned),
            properties: Arc::clone(&self.properties),
            scan: Arc::clone(&self.scan),
            is_spread: true,
            left: Arc::default(),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// The codes by which an output column could be given: one that is a column of strings of the table, of which no
    /// more than so many distinct values are known. None for others.
    pub fn codes_for(&self, output: usize, max_values: u64) -> Option<Arc<Codes>> {
        let column = self.scan.expressions.plain_column(output)?;
        let field = self.scan.shape.schema.fields().get(column)?;
        let known = self.scan.reads.table.distinct_values.get(field.name());
        let is_string = matches!(field.data_type(), DataType::Utf8View | DataType::BinaryView);
        (is_string && known.is_none_or(|values| *values <= max_values)).then(|| Codes::new(field.data_type()))
    }

    /// A scan like this one that gives codes, as `UInt32`, in the place of these output columns.
    pub fn with_codes(&self, coded: &[(usize, Arc<Codes>)]) -> Arc<Self> {
        let expressions = self.scan.expressions.with_codes(coded);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&expressions.output_schema)),
            self.properties.output_partitioning().clone(),
            self.properties.emission_type,
            self.properties.boundedness,
        )
        .with_scheduling_type(self.properties.scheduling_type)
        .with_evaluation_type(self.properties.evaluation_type);
        Arc::new(Self {
            planned: Arc::clone(&self.planned),
            properties: Arc::new(properties),
            scan: Arc::new(Scan {
                expressions,
                reads: Arc::clone(&self.scan.reads),
                source: self.scan.source.clone(),
                files: self.scan.files.clone(),
                shape: Arc::clone(&self.scan.shape),
            }),
            is_spread: self.is_spread,
            left: Arc::default(),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// Whether it reads only the share of its worker.
    pub fn is_spread(&self) -> bool {
        self.is_spread
    }

    /// Whether an execution in portions has come to the end.
    pub fn is_exhausted(&self) -> bool {
        self.left.is_exhausted()
    }

    /// Rows of the table, as far as is known.
    pub fn rows_of_table(&self) -> u64 {
        self.scan.reads.table.rows
    }

    /// What it reads.
    pub(crate) fn reads(&self) -> &Arc<ScanReads> {
        &self.scan.reads
    }

    /// Whether it ends after a number of rows.
    pub fn has_limit(&self) -> bool {
        self.scan.shape.limit.is_some()
    }

    /// The filter, over the columns of the table.
    pub fn predicate(&self) -> Option<&Arc<dyn PhysicalExpr>> {
        self.scan.shape.filter.as_ref()
    }

    /// Batches with the ordinals of their row groups, ascending. No batch is of two row groups.
    ///
    /// # Errors
    /// A portion of this scan is under way.
    pub fn execute_in_order(
        &self,
        context: &TaskContext,
    ) -> Result<BoxStream<'static, Result<(u64, RecordBatch)>>> {
        let run = self.run(context, true)?;
        let batches = stream::try_unfold(run, |mut run| async move {
            loop {
                match run.next().await? {
                    Step::Rows(ordinal, batch) => {
                        run.metrics().baseline.record_output(batch.num_rows());
                        return Ok(Some(((ordinal, batch), run)));
                    }
                    Step::EndOfGroup => {}
                    Step::End => return Ok(None),
                }
            }
        });
        Ok(batches.boxed())
    }

    fn run(&self, context: &TaskContext, is_in_order: bool) -> Result<Run> {
        let config = context.session_config();
        if self.is_spread {
            let share = config.get_extension::<Share>().unwrap_or_default();
            self.scan.reads.set_share(*share);
        }
        let whole = || {
            let mut files = match is_in_order {
                true => self.scan.files.clone(),
                false => self.scan.best_files_first(),
            };
            if is_in_order {
                files.sort_unstable();
            }
            Work::new(files.into_iter(), self.scan.shape.limit)
        };
        for (_, codes) in self.scan.expressions.codes() {
            codes.reserve_from(context.memory_pool());
        }
        let metrics = ScanMetrics::new(&self.metrics, 0);
        let scan = Arc::clone(&self.scan);
        Ok(match config.get_extension::<Portion>() {
            Some(portion) => {
                let work = self.left.take(whole)?;
                let left = Some((Arc::clone(&self.left), *portion));
                Run::new(scan, work, left, metrics, is_in_order)
            }
            None => Run::new(scan, Some(whole()), None, metrics, is_in_order),
        })
    }
}

fn expressions(
    config: &FileScanConfig,
    source: &ParquetSource,
    planned: &DataSourceExec,
    shape: &ScanShape,
) -> Result<Expressions> {
    let all: Vec<usize> = (0..config.file_schema().fields().len()).collect();
    let output = match source.projection() {
        Some(projection) => projection.clone(),
        None => ProjectionExprs::from_indices(&all, config.file_schema()),
    };
    let output = output.expr_iter();
    Expressions::new(&shape.schema, shape.filter.as_ref(), output, planned.schema())
}

impl DisplayAs for GoldScan {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (table, files) = (&self.scan.reads.table, self.scan.files.len());
        if let DisplayFormatType::TreeRender = format {
            writeln!(f, "table={}", table.name)?;
            return writeln!(f, "files={files} of {}", table.files);
        }
        write!(
            f,
            "GoldScan: table={}, files={files} of {}",
            table.name, table.files
        )?;
        let projection = self.scan.source.projection();
        let shown: Vec<String> = projection
            .into_iter()
            .flat_map(ProjectionExprs::iter)
            .map(shown)
            .collect();
        write!(f, ", projection=[{}]", shown.join(", "))?;
        let schema = self.schema();
        let coded = self.scan.expressions.codes();
        let coded: Vec<&str> = coded
            .map(|(output, _)| schema.field(output).name().as_str())
            .collect();
        if !coded.is_empty() {
            write!(f, ", codes=[{}]", coded.join(", "))?;
        }
        if let Some(filter) = &self.scan.shape.filter {
            write!(f, ", predicate={filter}")?;
        }
        if let Some(limit) = self.scan.shape.limit {
            write!(f, ", limit={limit}")?;
        }
        if self.is_spread {
            f.write_str(", spread")?;
        }
        Ok(())
    }
}

fn shown(projected: &ProjectionExpr) -> String {
    let name = projected.expr.downcast_ref::<Column>().map(Column::name);
    match name {
        Some(name) if name == projected.alias => name.to_owned(),
        _ => format!("{} as {}", projected.expr, projected.alias),
    }
}

impl ExecutionPlan for GoldScan {
    fn name(&self) -> &'static str {
        "GoldScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.planned.apply_expressions(visit)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self {
            planned: Arc::clone(&self.planned),
            properties: Arc::clone(&self.properties),
            scan: Arc::clone(&self.scan),
            is_spread: self.is_spread,
            left: Arc::default(),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        assert_eq_or_internal_err!(partition, 0, "a scan has one partition");
        let run = self.run(&context, false)?;
        let batch_rows = context.session_config().batch_size();
        let batches = coalesced(run, self.schema(), batch_rows);
        let stream = RecordBatchStreamAdapter::new(self.schema(), batches);
        Ok(Box::pin(cooperative(stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = self.planned.statistics_from_inputs(inputs, args)?;
        for (output, _) in self.scan.expressions.codes() {
            if let Some(column) = Arc::make_mut(&mut statistics).column_statistics.get_mut(output) {
                // What is known of strings is not so of codes.
                *column = ColumnStatistics {
                    distinct_count: column.distinct_count,
                    null_count: column.null_count,
                    ..ColumnStatistics::new_unknown()
                };
            }
        }
        Ok(statistics)
    }

    fn fetch(&self) -> Option<usize> {
        self.scan.shape.limit
    }
}
