//! Statistics of the catalog and DataFusion's, both ways.

use std::collections::HashSet;

use catalog::{ColumnStatistics as CatalogStatistics, DataFile, Scalar};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

/// What a manifest says of a file, for pruning: every bound is marked exact, since a bound is all that pruning needs.
pub(super) fn bounds(file: &DataFile, schema: &Schema) -> Statistics {
    for_pruning(from_manifest(file, schema, |_| true), schema)
}

/// The same with NULL for a bound that is not known: where one file has none, DataFusion prunes none.
pub(super) fn for_pruning(mut bounds: Statistics, schema: &Schema) -> Statistics {
    for (column, field) in bounds.column_statistics.iter_mut().zip(schema.fields()) {
        for bound in [&mut column.min_value, &mut column.max_value] {
            if let (Precision::Absent, Ok(null)) = (&*bound, ScalarValue::try_new_null(field.data_type())) {
                *bound = Precision::Exact(null);
            }
        }
    }
    bounds
}

/// What a manifest says of a file, for planning: `min(x)` is answered from it, so only bounds that are values
/// count as exact. Long texts may have been cut, and floats may hide NaN.
pub(super) fn planned(file: &DataFile, schema: &Schema) -> Statistics {
    from_manifest(file, schema, bound_is_value)
}

/// What a footer says of a file, for pruning. Its bounds are those of the row groups that have some: where a row group
/// with values has none, the file has none.
pub(super) fn bounds_from_footer(
    known: &Statistics,
    schema: &Schema,
    footer: &ParquetMetaData,
) -> Statistics {
    let unbounded: HashSet<&str> = footer
        .row_groups()
        .iter()
        .flat_map(RowGroupMetaData::columns)
        .filter(|column| !is_bounded(column))
        .filter_map(|column| column.column_path().parts().first())
        .map(String::as_str)
        .collect();
    let mut bounds = known.clone();
    for (column, field) in bounds.column_statistics.iter_mut().zip(schema.fields()) {
        if unbounded.contains(field.name().as_str()) {
            column.min_value = Precision::Absent;
            column.max_value = Precision::Absent;
        }
    }
    bounds
}

/// Whether a chunk has both bounds, or no values that they could be of.
fn is_bounded(column: &ColumnChunkMetaData) -> bool {
    let Some(known) = column.statistics() else {
        return column.num_values() == 0;
    };
    let has_both = known.min_bytes_opt().is_some() && known.max_bytes_opt().is_some();
    let values = u64::try_from(column.num_values()).unwrap_or_default();
    has_both || known.null_count_opt() == Some(values)
}

/// What a footer says of a file, for planning, by the same rule. A null count that a writer left out is unknown,
/// though Parquet's reader takes it for zero.
pub(super) fn planned_from_footer(
    bounds: &Statistics,
    schema: &Schema,
    footer: &ParquetMetaData,
) -> Statistics {
    let uncounted: HashSet<&str> = footer
        .row_groups()
        .iter()
        .flat_map(RowGroupMetaData::columns)
        .filter(|column| {
            column
                .statistics()
                .is_none_or(|known| known.null_count_opt().is_none())
        })
        .filter_map(|column| column.column_path().parts().first())
        .map(String::as_str)
        .collect();
    let mut planned = bounds.clone();
    for (column, field) in planned.column_statistics.iter_mut().zip(schema.fields()) {
        if !bound_is_value(field.data_type()) {
            column.min_value = std::mem::take(&mut column.min_value).to_inexact();
            column.max_value = std::mem::take(&mut column.max_value).to_inexact();
        }
        if uncounted.contains(field.name().as_str()) {
            column.null_count = Precision::Absent;
        }
    }
    planned
}

fn bound_is_value(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_temporal() || data_type.is_decimal()
}

fn from_manifest(file: &DataFile, schema: &Schema, is_exact: impl Fn(&DataType) -> bool) -> Statistics {
    let rows = usize::try_from(file.rows).unwrap_or(usize::MAX);
    let column_statistics = schema
        .fields()
        .iter()
        .map(|field| {
            let Some(known) = file.columns.get(field.name()) else {
                let constant = file.path_value(field.name());
                return constant.map_or_else(ColumnStatistics::new_unknown, |value| {
                    of_constant(value, field.data_type(), rows)
                });
            };
            let bound = |value: &Option<Scalar>| match value
                .as_ref()
                .and_then(|v| to_scalar_value(v, field.data_type()))
            {
                Some(value) if is_exact(field.data_type()) => Precision::Exact(value),
                Some(value) => Precision::Inexact(value),
                None => Precision::Absent,
            };
            ColumnStatistics {
                min_value: bound(&known.min),
                max_value: bound(&known.max),
                null_count: known
                    .null_count
                    .and_then(|count| usize::try_from(count).ok())
                    .map_or(Precision::Absent, Precision::Exact),
                ..ColumnStatistics::new_unknown()
            }
        })
        .collect();
    Statistics {
        num_rows: Precision::Exact(rows),
        total_byte_size: Precision::Inexact(usize::try_from(file.bytes).unwrap_or(usize::MAX)),
        column_statistics,
    }
}

/// A column with one value in all rows.
fn of_constant(value: &Scalar, data_type: &DataType, rows: usize) -> ColumnStatistics {
    let end = to_scalar_value(value, data_type).map_or(Precision::Absent, Precision::Exact);
    ColumnStatistics {
        null_count: Precision::Exact(if value.is_null() { rows } else { 0 }),
        min_value: end.clone(),
        max_value: end,
        ..ColumnStatistics::new_unknown()
    }
}

/// A value of a manifest as one of this type; none where it is NULL or does not fit.
fn to_scalar_value(value: &Scalar, data_type: &DataType) -> Option<ScalarValue> {
    match value {
        Scalar::Null => None,
        other => ScalarValue::try_from_string(other.to_string(), data_type).ok(),
    }
}

/// Statistics of one column over all files of an ad-hoc table, for the field list.
pub(super) fn for_catalog<'a>(files: impl Iterator<Item = &'a ColumnStatistics>) -> CatalogStatistics {
    let mut min: Option<ScalarValue> = None;
    let mut max: Option<ScalarValue> = None;
    let mut null_count = Some(0_u64);
    for file in files {
        if let Some(value) = file.min_value.get_value().filter(|value| !value.is_null())
            && min.as_ref().is_none_or(|least| value < least)
        {
            min = Some(value.clone());
        }
        if let Some(value) = file.max_value.get_value().filter(|value| !value.is_null())
            && max.as_ref().is_none_or(|most| value > most)
        {
            max = Some(value.clone());
        }
        null_count = match (null_count, &file.null_count) {
            (Some(sum), Precision::Exact(count)) => Some(sum + *count as u64),
            _ => None,
        };
    }
    CatalogStatistics {
        min: min.as_ref().and_then(from_scalar_value),
        max: max.as_ref().and_then(from_scalar_value),
        null_count,
        ..CatalogStatistics::default()
    }
}

fn float(value: f64) -> Scalar {
    if value.is_finite() {
        Scalar::Float(value)
    } else {
        Scalar::Text(value.to_string())
    }
}

fn from_scalar_value(value: &ScalarValue) -> Option<Scalar> {
    if value.is_null() {
        return None;
    }
    Some(match value {
        ScalarValue::Boolean(Some(value)) => Scalar::Boolean(*value),
        ScalarValue::Float32(Some(value)) => float(f64::from(*value)),
        ScalarValue::Float64(Some(value)) => float(*value),
        ScalarValue::Binary(_)
        | ScalarValue::LargeBinary(_)
        | ScalarValue::BinaryView(_)
        | ScalarValue::FixedSizeBinary(..) => return None,
        integer if integer.data_type().is_integer() => match integer.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(Some(value))) => Scalar::Integer(value),
            _ => Scalar::Text(integer.to_string()),
        },
        // Arrow's own text of dates, times, timestamps and decimals is ISO 8601 and plain digits.
        other => match other.cast_to(&DataType::Utf8).ok()? {
            ScalarValue::Utf8(Some(text)) => Scalar::Text(text),
            _ => return None,
        },
    })
}
