//! A file whose footer has been read.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::datasource::physical_plan::parquet::BloomFilterStatistics;
use datafusion::physical_plan::PhysicalExpr;
use parquet::bloom_filter::Sbbf;
use protocol::Failure;

use super::expressions::Expressions;
use super::external;
use super::file_columns::{Origin, origins};
use crate::io::gather;
use crate::table::{FileReads, Pruning, ReadFooter, ScanReads, ScanShape};

/// An open file of a scan.
#[derive(Debug, Clone)]
pub(super) struct OpenFile {
    pub(super) reads: Arc<ScanReads>,
    /// Its place in the scan.
    pub(super) index: usize,
    pub(super) footer: ReadFooter,
    pub(super) planned: Arc<FileReads>,
    /// Of the columns of [`Expressions::columns`], in their order.
    pub(super) origins: Arc<Vec<Origin>>,
}

impl OpenFile {
    /// Reads the footer, unless it is known.
    pub(super) async fn open(
        reads: &Arc<ScanReads>,
        shape: &ScanShape,
        index: usize,
        expressions: &Expressions,
    ) -> Result<Self> {
        let footer = reads.footer(index).await.map_err(external)?;
        let origins = origins(shape, &reads.files[index], &footer.decoding, &expressions.columns)?;
        Ok(Self {
            planned: reads.planned(index).map(Arc::clone).unwrap_or_default(),
            reads: Arc::clone(reads),
            index,
            footer,
            origins: Arc::new(origins),
        })
    }

    /// A filter over the table's columns, in terms of the file.
    pub(super) fn pruning(&self, shape: &ScanShape, filter: Option<&Arc<dyn PhysicalExpr>>) -> Pruning {
        let constants = shape.constants(&self.reads.files[self.index]);
        Pruning::new(shape, &self.footer.decoding.schema, &constants, filter)
    }

    /// The places, among the row groups planned, of those of the share that their bloom filters leave. What cannot be
    /// read of a bloom filter rules out nothing.
    pub(super) async fn survivors_of_bloom_filters(&self, pruning: &Pruning) -> Vec<usize> {
        let mut survivors = Vec::with_capacity(self.planned.groups.len());
        let compared = match self.reads.bloom_filters(self.index) {
            [] => Vec::new(),
            _ => pruning.compared(&self.footer.metadata),
        };
        for (place, group) in self.planned.groups.iter().enumerate() {
            if !self.reads.is_of_share(self.index, group.index) {
                continue;
            }
            let mut filters = BloomFilterStatistics::with_capacity(compared.len());
            for (name, leaf) in &compared {
                if let Ok(Some(filter)) = self.bloom_filter(group.index, *leaf).await {
                    let column = self
                        .footer
                        .metadata
                        .row_group(group.index)
                        .column(*leaf)
                        .column_descr();
                    filters.insert(name, filter, column.physical_type(), column.type_length());
                }
            }
            if compared.is_empty() || pruning.survives(&filters) {
                survivors.push(place);
            }
        }
        survivors
    }

    async fn bloom_filter(&self, row_group: usize, leaf: usize) -> Result<Option<Sbbf>, Failure> {
        let column = self.footer.metadata.row_group(row_group).column(leaf);
        let place = column.bloom_filter_offset().zip(column.bloom_filter_length());
        let Some((Ok(start), Ok(length))) =
            place.map(|(start, length)| (u64::try_from(start), u64::try_from(length)))
        else {
            return Ok(None);
        };
        let range = start..start.saturating_add(length);
        let range = std::slice::from_ref(&range);
        let held = self.reads.start(self.index, range)?;
        let bytes = gather(&held, &self.reads.files[self.index].object, range).await?;
        let filter = bytes.first().and_then(|bytes| Sbbf::from_bytes(bytes).ok());
        Ok(filter.filter(|filter| filter.num_blocks() > 0))
    }
}
