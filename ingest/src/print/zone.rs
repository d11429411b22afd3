//! Time zones in a form that Arrow prints without a database of zones.

use std::sync::Arc;

use duckdb::arrow::array::ArrayRef;
use duckdb::arrow::compute::cast;
use duckdb::arrow::datatypes::{DataType, Field, FieldRef};
use duckdb::arrow::error::ArrowError;

/// The column with the zone UTC, which is the session's, written as an offset.
pub(super) fn as_offset(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match offset_type(column.data_type()) {
        Some(data_type) => cast(column, &data_type),
        None => Ok(column.clone()),
    }
}

/// The type with its zones as offsets, also within nested types; none where there is nothing to change.
fn offset_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Timestamp(unit, Some(zone)) if zone.eq_ignore_ascii_case("UTC") => {
            Some(DataType::Timestamp(*unit, Some("+00:00".into())))
        }
        DataType::List(item) => offset_field(item).map(DataType::List),
        DataType::LargeList(item) => offset_field(item).map(DataType::LargeList),
        DataType::FixedSizeList(item, size) => {
            offset_field(item).map(|item| DataType::FixedSizeList(item, *size))
        }
        DataType::Map(entries, is_sorted) => {
            offset_field(entries).map(|entries| DataType::Map(entries, *is_sorted))
        }
        DataType::Struct(fields) if fields.iter().any(|field| offset_field(field).is_some()) => {
            let fields = fields
                .iter()
                .map(|field| offset_field(field).unwrap_or_else(|| field.clone()));
            Some(DataType::Struct(fields.collect()))
        }
        _ => None,
    }
}

fn offset_field(field: &FieldRef) -> Option<FieldRef> {
    let data_type = offset_type(field.data_type())?;
    Some(Arc::new(Field::clone(field).with_data_type(data_type)))
}
