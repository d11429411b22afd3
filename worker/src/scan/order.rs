//! Which files and row groups come first where a top-k ends the scan: those at the end that it wants.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileSource;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;

use super::exec::Scan;
use super::open_file::OpenFile;

impl Scan {
    /// The files' places, the best first.
    pub(super) fn best_files_first(&self) -> Vec<usize> {
        if self.shape().preserves_order {
            return self.files.clone();
        }
        let statistics = |file: &usize| (*file, self.reads.files[*file].statistics());
        self.sorted(self.files.iter().map(statistics))
    }

    /// Row groups by their places among those planned, the best first.
    pub(super) fn best_first(&self, file: &OpenFile, groups: Vec<usize>) -> Vec<usize> {
        if self.shape().preserves_order || groups.len() < 2 {
            return groups;
        }
        let lowest = self.lowest(file);
        let statistics = groups.iter().map(|place| {
            let mut known = Statistics::new_unknown(&self.shape().schema);
            for (column, lowest) in &lowest {
                let lowest = ScalarValue::try_from_array(lowest, file.planned.groups[*place].index);
                if let (Some(column), Ok(lowest)) = (known.column_statistics.get_mut(*column), lowest)
                    && !lowest.is_null()
                {
                    column.min_value = Precision::Inexact(lowest);
                }
            }
            (*place, Arc::new(known))
        });
        self.sorted(statistics)
    }

    /// The lowest values of the filter's columns, for each row group of a file.
    fn lowest(&self, file: &OpenFile) -> Vec<(usize, ArrayRef)> {
        let decoding = &file.footer.decoding;
        let metadata = &file.footer.metadata;
        let schema = &self.shape().schema;
        let columns = self.shape().filter_columns.iter();
        columns
            .filter_map(|name| {
                let of_file = decoding.plain.parquet_schema();
                let converter = StatisticsConverter::try_new(name, &decoding.schema, of_file).ok()?;
                let lowest = converter.row_group_mins(metadata.row_groups()).ok()?;
                Some((schema.index_of(name).ok()?, lowest))
            })
            .collect()
    }

    /// As the planned source orders files; it knows the sort order.
    fn sorted(&self, places: impl Iterator<Item = (usize, Arc<Statistics>)>) -> Vec<usize> {
        let files = places.map(|(place, statistics)| {
            PartitionedFile::new("", 0)
                .with_statistics(statistics)
                .with_extension(place)
        });
        let sorted = self.source.reorder_files(files.collect());
        sorted
            .iter()
            .filter_map(|file| file.extension::<usize>().copied())
            .collect()
    }
}
