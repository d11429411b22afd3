//! How Parquet is encoded: pages, compression, statistics, bloom filters.

use catalog::{Column, ColumnType};
use duckdb::arrow::datatypes::{DataType, Schema};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::{GoldError, Layout};

const ZSTD_LEVEL: i32 = 3;
const PAGE_ROWS: usize = 20_000;
/// A page ends only at the end of such a batch, so this divides [`PAGE_ROWS`].
const PAGE_BATCH_ROWS: usize = 1_000;
/// Rows that a bloom filter lets through although they do not hold the value, at most.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// The properties of a table's files.
pub(super) fn properties(
    schema: &Schema,
    columns: &[Column],
    layout: &Layout<'_>,
) -> Result<WriterProperties, GoldError> {
    let declared = layout.partition_by.iter().map(|column| (column, false));
    let keys = layout.sort_keys.iter().map(|key| (&key.column, key.descending));
    let mut sorting: Vec<SortingColumn> = Vec::new();
    for (column, descending) in declared.chain(keys) {
        let Some(column_idx) = leaf_index(schema, column) else {
            continue;
        };
        if !sorting.iter().any(|known| known.column_idx == column_idx) {
            sorting.push(SortingColumn {
                column_idx,
                descending,
                nulls_first: false,
            });
        }
    }
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(
            ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default(),
        ))
        .set_max_row_group_row_count(Some(layout.row_group_rows))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_BATCH_ROWS)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns((!sorting.is_empty()).then_some(sorting));
    for name in layout.bloom {
        let column = columns.iter().find(|column| column.name == *name);
        match column.map(|column| &column.column_type) {
            None => {
                return Err(GoldError::Bloom(format!(
                    "bloom names `{name}`, which the table does not have"
                )));
            }
            Some(ColumnType::Other(_) | ColumnType::Boolean) => {
                return Err(GoldError::Bloom(format!(
                    "bloom names `{name}`, of which no bloom filter can be made: leave it out"
                )));
            }
            Some(_) => {}
        }
        // Sized for a row group of values that all differ; the writer folds it to what is there.
        builder =
            builder.set_column_bloom_filter_fpp(ColumnPath::new(vec![name.clone()]), BLOOM_FALSE_POSITIVES);
    }
    Ok(builder.build())
}

fn leaf_index(schema: &Schema, column: &str) -> Option<i32> {
    let index = schema.index_of(column).ok()?;
    let before = &schema.fields()[..index];
    let leaf: usize = before.iter().map(|field| leaves(field.data_type())).sum();
    i32::try_from(leaf).ok()
}

/// Parquet counts leaf columns: a struct has one for each of its fields.
pub(super) fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => leaves(field.data_type()),
        _ => 1,
    }
}
