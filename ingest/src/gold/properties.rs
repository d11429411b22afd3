//! How Parquet is encoded: pages, compression, statistics, bloom filters.
//!
//! `cargo xtask bench gold` chose the numbers. Of 4,000,000 taxi trips, in bytes a row (all columns), kB for a week of
//! them by day, and ms to decode all pickup times:
//!
//! | layout | B/row | week kB | ms |
//! | --- | ---: | ---: | ---: |
//! | row groups of 122,880, pages of 20,000, zstd 3, dictionaries only | 24.3 | 1308 | 75 |
//! | the same, differences for times and 64-bit numbers | 14.5 | 393 | 22 |
//! | row groups of 65,536 | 24.4 | 882 | 75 |
//! | row groups of 524,288 | 19.8 | 1008 | 64 |
//! | pages of 5,000 | 24.2 | 1194 | 77 |
//! | zstd 1 | 27.5 | 1938 | 53 |
//! | zstd 9, which takes twice the time to write | 24.2 | 1304 | 72 |
//! | LZ4 | 31.6 | 1972 | 32 |
//! | no dictionaries | 25.7 | 729 | 67 |
//!
//! So numbers are stored as differences where these are smaller, chunk by chunk; with them zstd 1 and 3 differ by a
//! hundredth. Smaller pages double the footer for a tenth of a slice's bytes; smaller row groups double the requests of
//! a scan, larger ones the wait for a first batch.

use catalog::{Column, ColumnType};
use duckdb::arrow::array::{Array, ArrayRef};
use duckdb::arrow::datatypes::{DataType, Schema};
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::sketch::whole_values;
use super::{GoldError, Layout};

const PAGE_ROWS: usize = 20_000;
/// A page ends only at the end of such a batch, so this divides [`PAGE_ROWS`].
const PAGE_BATCH_ROWS: usize = 1_000;
/// Rows that a bloom filter lets through although they do not hold the value, at most.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// How a table's files are written.
pub(super) struct Properties {
    /// With dictionaries for all columns, as far as they stay small.
    pub dictionary: WriterProperties,
    /// The same with differences in place of dictionaries for whole numbers and times.
    pub delta: WriterProperties,
}

/// The properties of a table's files.
pub(super) fn properties(
    schema: &Schema,
    columns: &[Column],
    layout: &Layout<'_>,
) -> Result<Properties, GoldError> {
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
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(layout.zstd_level)?))
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
    let mut delta = builder.clone();
    for field in schema
        .fields()
        .iter()
        .filter(|field| delta_width(field.data_type()).is_some())
    {
        let path = ColumnPath::new(vec![field.name().clone()]);
        delta = delta
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    let built = |builder: WriterPropertiesBuilder| {
        let mut properties = builder.build();
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
        properties
    };
    Ok(Properties {
        dictionary: built(builder),
        delta: built(delta),
    })
}

/// Bytes of a stored number where a type can be stored as differences.
pub(super) fn delta_width(data_type: &DataType) -> Option<u64> {
    match data_type {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::Date32 => Some(4),
        DataType::Int64 | DataType::UInt64 | DataType::Time64(_) | DataType::Timestamp(..) => Some(8),
        _ => None,
    }
}

/// Whole numbers and times as files store them: bytes of each, and the values that are not NULL. None for other types.
pub(crate) fn stored_whole_values(array: &ArrayRef) -> Option<(u64, Vec<i64>)> {
    delta_width(array.data_type()).zip(whole_values(array))
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
