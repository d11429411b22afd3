//! Keeps columns of a table on disk, so that they can be queried without a network.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use parquet::file::metadata::ParquetMetaData;
use protocol::{Failure, FailureKind};

use super::{GoldTable, TableFile};
use crate::io::{Counters, union};

/// What the disk must hold for a pinned table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedObjects {
    /// The manifest by which the table was opened.
    pub manifest_key: String,
    /// The objects' names on disk.
    pub disk_names: Vec<String>,
    /// Bytes of the ranges that are kept.
    pub bytes: u64,
}

impl GoldTable {
    /// Fetches the chosen columns of all files, and their footers, to the disk. Progress goes to `counters`.
    pub(super) async fn pin(
        &self,
        manifest_key: String,
        columns: Option<Vec<String>>,
        counters: &Arc<Counters>,
    ) -> Result<PinnedObjects, Failure> {
        let chosen = self.chosen(columns)?;
        let mut files = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let (footer, _) = file.footer(&self.source, counters).await?;
            let ranges = ranges(file, &footer.metadata, &chosen);
            counters.add_estimated(self.source.io.cost_of_pin(&file.object, &ranges));
            files.push((file, ranges));
        }
        let mut pinned = PinnedObjects {
            manifest_key,
            disk_names: Vec::new(),
            bytes: 0,
        };
        for (file, ranges) in files {
            self.source.io.pin(&file.object, &ranges, counters).await?;
            pinned.bytes += ranges.iter().map(|range| range.end - range.start).sum::<u64>();
            pinned.disk_names.extend(file.object.disk_name());
            counters.add_done(false);
        }
        Ok(pinned)
    }

    fn chosen(&self, columns: Option<Vec<String>>) -> Result<BTreeSet<String>, Failure> {
        let known: BTreeSet<String> = self
            .schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let Some(columns) = columns else {
            return Ok(known);
        };
        match columns.iter().find(|column| !known.contains(*column)) {
            None => Ok(columns.into_iter().collect()),
            Some(unknown) => Err(Failure::new(
                FailureKind::InvalidQuery,
                format!("Table {} has no column {unknown}.", self.manifest.table),
            )
            .with_hint(format!(
                "Columns: {}.",
                known.into_iter().collect::<Vec<_>>().join(", ")
            ))),
        }
    }
}

fn ranges(file: &TableFile, footer: &ParquetMetaData, columns: &BTreeSet<String>) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = footer
        .row_groups()
        .iter()
        .flat_map(|group| group.columns())
        .filter(|column| {
            let root = column.column_path().parts().first();
            root.is_some_and(|root| columns.contains(root))
        })
        .map(|column| {
            let (start, length) = column.byte_range();
            start..start + length
        })
        .collect();
    ranges.extend(file.footer_start.map(|start| start..file.object.bytes));
    union(&ranges)
}
