//! What the footer of a Parquet file that somebody else wrote says of it, in the catalog's terms.
//!
//! Invariant: statistics that a footer does not give for every row group are left out, and a type that the catalog
//! cannot carry exactly is refused by name.
//!
//! Entry point: [`ForeignFooter::of`].

use std::collections::BTreeMap;

use catalog::{Column, ColumnStatistics, ColumnType, FileColumnStatistics, Scalar};
use duckdb::arrow::array::{Array, ArrayRef};
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Schema, TimeUnit};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::basic::Type;
use parquet::file::metadata::ParquetMetaData;

use super::sketch::{TableSketch, Tally, is_long};

/// A footer, decoded.
#[derive(Debug)]
pub struct ForeignFooter {
    /// Rows.
    pub rows: u64,
    /// Row groups.
    pub row_groups: u32,
    /// Columns in the file's order; their ids are not set.
    pub columns: Vec<Column>,
    /// Statistics of each column.
    pub statistics: BTreeMap<String, FileColumnStatistics>,
}

/// Why a file is not taken.
#[derive(Debug)]
pub enum ForeignError {
    /// It is damaged, or does not match itself.
    Damaged(String),
    /// A column has a type that the catalog cannot carry.
    Column {
        /// The column.
        column: String,
        /// Its type, and what to write instead.
        reason: String,
    },
}

impl ForeignFooter {
    /// Of the metadata of a file whose metadata begins at this byte.
    pub fn of(metadata: &ParquetMetaData, offset: u64) -> Result<Self, ForeignError> {
        let damaged = |reason: &str| ForeignError::Damaged(reason.to_owned());
        let file = metadata.file_metadata();
        let rows =
            u64::try_from(file.num_rows()).map_err(|_| damaged("its footer counts less than no rows"))?;
        let of_groups: i64 = metadata.row_groups().iter().map(|group| group.num_rows()).sum();
        if of_groups != file.num_rows() {
            return Err(damaged(
                "its row groups do not have as many rows as its footer says",
            ));
        }
        let is_inside = |start: i64, bytes: i64| {
            let end = start.checked_add(bytes).and_then(|end| u64::try_from(end).ok());
            start >= 0 && bytes >= 0 && end.is_some_and(|end| end <= offset)
        };
        let mut chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
        if !chunks.all(|chunk| {
            let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
            is_inside(start, chunk.compressed_size())
        }) {
            return Err(damaged("its footer names bytes beyond its end"));
        }
        let schema = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())
            .map_err(|error| ForeignError::Damaged(error.to_string()))?;
        refuse_int96(metadata)?;
        let columns = columns(&schema)?;
        let statistics = columns
            .iter()
            .map(|column| (column.name.clone(), statistics(column, metadata, &schema)))
            .collect();
        Ok(Self {
            rows,
            row_groups: u32::try_from(metadata.num_row_groups()).unwrap_or(u32::MAX),
            columns,
            statistics,
        })
    }
}

impl TableSketch {
    /// Of rows that were not read.
    pub fn unread() -> Self {
        Self::of_tallies(0, &[], Vec::new())
    }
}

fn columns(schema: &Schema) -> Result<Vec<Column>, ForeignError> {
    let mut columns: Vec<Column> = Vec::new();
    for field in schema.fields() {
        let refused = |reason: String| ForeignError::Column {
            column: field.name().clone(),
            reason,
        };
        if columns.iter().any(|column| column.name == *field.name()) {
            return Err(refused("occurs twice: give one of them another name".to_owned()));
        }
        let column_type = column_type(field.data_type()).map_err(|remedy| {
            refused(format!(
                "is {}, which the catalog cannot express: {remedy}",
                field.data_type()
            ))
        })?;
        columns.push(Column {
            field_id: 0,
            name: field.name().clone(),
            original_name: None,
            role: column_type.default_role(),
            column_type,
            nullable: field.is_nullable(),
            description: None,
            statistics: ColumnStatistics::default(),
        });
    }
    Ok(columns)
}

/// The catalog's type, or what to write instead.
pub(crate) fn column_type(arrow: &DataType) -> Result<ColumnType, &'static str> {
    Ok(match arrow {
        DataType::Boolean => ColumnType::Boolean,
        DataType::Int8 => ColumnType::Int { bits: 8 },
        DataType::Int16 => ColumnType::Int { bits: 16 },
        DataType::Int32 => ColumnType::Int { bits: 32 },
        DataType::Int64 => ColumnType::Int { bits: 64 },
        DataType::UInt8 => ColumnType::UInt { bits: 8 },
        DataType::UInt16 => ColumnType::UInt { bits: 16 },
        DataType::UInt32 => ColumnType::UInt { bits: 32 },
        DataType::UInt64 => ColumnType::UInt { bits: 64 },
        DataType::Float32 => ColumnType::Float { bits: 32 },
        DataType::Float64 => ColumnType::Float { bits: 64 },
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => ColumnType::Decimal {
            precision: *precision,
            scale: *scale,
        },
        DataType::Decimal256(..) => return Err("write it with at most 38 digits"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::String,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            ColumnType::Binary
        }
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Time64(TimeUnit::Nanosecond) => return Err("write it in microseconds"),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => return Err("write it in microseconds"),
        DataType::Time32(_) | DataType::Time64(_) => ColumnType::Time,
        DataType::Timestamp(_, zone) => ColumnType::Timestamp { utc: zone.is_some() },
        DataType::Interval(_) => return Err("write a number, such as seconds"),
        DataType::Null => return Err("it is always NULL: give it a type"),
        DataType::Dictionary(_, value) => column_type(value)?,
        other => ColumnType::Other(other.to_string()),
    })
}

/// Readers take these as nanoseconds of 64 bits, in which years beyond 2262 come out wrong.
fn refuse_int96(metadata: &ParquetMetaData) -> Result<(), ForeignError> {
    let schema = metadata.file_metadata().schema_descr();
    match schema
        .columns()
        .iter()
        .find(|leaf| leaf.physical_type() == Type::INT96)
    {
        None => Ok(()),
        Some(leaf) => Err(ForeignError::Column {
            column: leaf.path().string(),
            reason: "is a timestamp of the outdated type INT96: write it in microseconds (in Spark \
                     spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS)"
                .to_owned(),
        }),
    }
}

/// The type in which ends are told.
fn told_as(column_type: &ColumnType) -> Option<DataType> {
    Some(match column_type {
        ColumnType::Binary | ColumnType::Other(_) => return None,
        ColumnType::String => DataType::Utf8,
        ColumnType::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
        ColumnType::Date => DataType::Date32,
        ColumnType::Time => DataType::Time64(TimeUnit::Microsecond),
        ColumnType::Timestamp { utc } => {
            DataType::Timestamp(TimeUnit::Microsecond, utc.then(|| "UTC".into()))
        }
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Int { bits: 8 } => DataType::Int8,
        ColumnType::Int { bits: 16 } => DataType::Int16,
        ColumnType::Int { bits: 32 } => DataType::Int32,
        ColumnType::Int { .. } => DataType::Int64,
        ColumnType::UInt { bits: 8 } => DataType::UInt8,
        ColumnType::UInt { bits: 16 } => DataType::UInt16,
        ColumnType::UInt { bits: 32 } => DataType::UInt32,
        ColumnType::UInt { .. } => DataType::UInt64,
        ColumnType::Float { bits: 32 } => DataType::Float32,
        ColumnType::Float { .. } => DataType::Float64,
    })
}

fn statistics(column: &Column, metadata: &ParquetMetaData, schema: &Schema) -> FileColumnStatistics {
    let unknown = FileColumnStatistics::default();
    let Some(told) = told_as(&column.column_type) else {
        return unknown;
    };
    let leaves = metadata.file_metadata().schema_descr();
    let Ok(converter) = StatisticsConverter::try_new(&column.name, schema, leaves) else {
        return unknown;
    };
    let converter = converter.with_missing_null_counts_as_zero(false);
    let groups = metadata.row_groups();
    let nulls: Option<Vec<u64>> = match converter.row_group_null_counts(groups) {
        Ok(counts) => counts.iter().collect(),
        Err(_) => None,
    };
    // A row group that is all NULL has no ends, and none are missed.
    let has_values: Vec<bool> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| nulls.as_ref().map(|nulls| nulls[at]) != u64::try_from(group.num_rows()).ok())
        .collect();
    let ends = |array: parquet::errors::Result<ArrayRef>| {
        let array = cast(&array.ok()?, &told).ok()?;
        let is_told = has_values
            .iter()
            .enumerate()
            .all(|(at, has_values)| !has_values || array.is_valid(at));
        is_told.then(|| Tally::of(column).add(&array)).flatten()
    };
    let told = |end: &Scalar| !end.is_null() && !is_long(end);
    FileColumnStatistics {
        min: ends(converter.row_group_mins(groups))
            .map(|ends| ends.0)
            .filter(told),
        max: ends(converter.row_group_maxes(groups))
            .map(|ends| ends.1)
            .filter(told),
        null_count: nulls.map(|nulls| nulls.iter().sum()),
    }
}
