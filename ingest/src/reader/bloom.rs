//! Which values a bloom filter knows.

use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::{DataType, Float32Type, Float64Type};
use parquet::bloom_filter::Sbbf;

use crate::gold::stored_whole_values;

/// Whether the filter rules out all of the values.
pub(super) fn rules_out(filter: &Sbbf, values: &ArrayRef) -> bool {
    !may_hold(filter, values).unwrap_or(true)
}

/// Whether it may hold one of them; none where it is not known how the writer hashed them.
fn may_hold(filter: &Sbbf, values: &ArrayRef) -> Option<bool> {
    Some(match values.data_type() {
        DataType::Utf8 => values
            .as_string::<i32>()
            .iter()
            .flatten()
            .any(|value| filter.check(value)),
        DataType::Binary => values
            .as_binary::<i32>()
            .iter()
            .flatten()
            .any(|value| filter.check(value)),
        DataType::Float32 => {
            let values = values.as_primitive::<Float32Type>();
            values.iter().flatten().any(|value| filter.check(&value))
        }
        DataType::Float64 => {
            let values = values.as_primitive::<Float64Type>();
            values.iter().flatten().any(|value| filter.check(&value))
        }
        _ => {
            let (bytes, values) = stored_whole_values(values)?;
            values.iter().any(|value| match bytes {
                // The lower half, as the column stores it.
                4 => i32::try_from(*value)
                    .or_else(|_| u32::try_from(*value).map(u32::cast_signed))
                    .is_ok_and(|value| filter.check(&value)),
                _ => filter.check(value),
            })
        }
    })
}
