//! What a scan counts and measures.

use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, Time,
};

/// The name under which row groups are counted that statistics, bloom filters or dynamic filters ruled out.
pub(crate) const ROW_GROUPS_PRUNED: &str = "row_groups_pruned";

/// The metrics of one execution.
#[derive(Debug, Clone)]
pub(super) struct ScanMetrics {
    pub(super) baseline: BaselineMetrics,
    /// Bytes of compressed columns that were decoded.
    pub(super) bytes: Count,
    pub(super) row_groups: Count,
    pub(super) row_groups_pruned: Count,
    /// Columns of row groups that were kept decoded, and those that had to be decoded.
    pub(super) columns_kept: Count,
    pub(super) columns_decoded: Count,
    pub(super) decoding: Time,
    pub(super) filtering: Time,
}

impl ScanMetrics {
    pub(super) fn new(set: &ExecutionPlanMetricsSet, partition: usize) -> Self {
        let count = |name: &'static str| MetricBuilder::new(set).counter(name, partition);
        let time = |name: &'static str| MetricBuilder::new(set).subset_time(name, partition);
        Self {
            baseline: BaselineMetrics::new(set, partition),
            bytes: count("bytes_decoded"),
            row_groups: count("row_groups"),
            row_groups_pruned: count(ROW_GROUPS_PRUNED),
            columns_kept: count("columns_kept"),
            columns_decoded: count("columns_decoded"),
            decoding: time("time_decoding"),
            filtering: time("time_filtering"),
        }
    }
}
