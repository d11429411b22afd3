//! Takes in the values of one column as they are written.
//!
//! Invariant: what a tally becomes depends on the values, not on their order or on how they were cut into arrays;
//! its memory is bounded.

use std::borrow::Cow;

use catalog::{Column, ColumnType, Role, Scalar};
use duckdb::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};

use super::ColumnSketch;
use super::counter::{Counter, Key};
use super::distinct::{Distinct, hash_bits, hash_bytes};
use super::grid::Grid;
use super::values::ValueCounts;
use crate::gold::histogram::axis_of;
use crate::gold::scalar;

/// The smallest and largest value of some rows, as the catalog writes them; NULL where it cannot write them. None
/// without values, where all are NaN, or where their type has no order that readers could use.
pub(in crate::gold) type Ends = Option<(Scalar, Scalar)>;

/// What is known of one column so far.
#[derive(Debug)]
pub(in crate::gold) struct Tally {
    column_type: ColumnType,
    lists_values: bool,
    rows: u64,
    nulls: u64,
    values: Values,
    /// None where the type has no axis, or a value lies beyond it.
    grid: Option<Grid>,
}

#[derive(Debug)]
enum Values {
    /// Types that are neither ordered nor counted.
    Unknown,
    Whole(Counter<i64>),
    /// By their bits, NaN and zero in one form each.
    Real(Counter<i64>),
    Decimal(Counter<i128>),
    Text(Counter<Box<str>>),
}

impl Tally {
    /// Of no rows.
    pub fn of(column: &Column) -> Self {
        let values = match &column.column_type {
            ColumnType::Float { .. } => Values::Real(Counter::default()),
            ColumnType::Decimal { .. } => Values::Decimal(Counter::default()),
            ColumnType::String => Values::Text(Counter::default()),
            ColumnType::Binary | ColumnType::Other(_) => Values::Unknown,
            _ => Values::Whole(Counter::default()),
        };
        Self {
            column_type: column.column_type.clone(),
            lists_values: column.role == Role::Dimension,
            rows: 0,
            nulls: 0,
            values,
            grid: axis_of(&column.column_type).map(Grid::new),
        }
    }

    /// Takes rows in, and tells their ends.
    pub fn add(&mut self, array: &ArrayRef) -> Ends {
        self.rows += array.len() as u64;
        self.nulls += array.logical_null_count() as u64;
        match &mut self.values {
            Values::Unknown => None,
            Values::Whole(counter) => {
                let values = whole_values(array)?;
                counter.add_all(
                    values.iter().copied(),
                    |value| hash_bits(value.cast_unsigned()),
                    |key, value| *key == value,
                    |value| value,
                );
                if let Some(grid) = &mut self.grid {
                    match &self.column_type {
                        ColumnType::UInt { bits: 64 } if values.iter().any(|value| *value < 0) => {
                            self.grid = None;
                        }
                        ColumnType::Date => grid.add_whole(&finite(&values, i64::from(i32::MAX))),
                        ColumnType::Timestamp { .. } => grid.add_whole(&finite(&values, i64::MAX)),
                        _ => grid.add_whole(&values),
                    }
                }
                whole_ends(&self.column_type, &values)
            }
            Values::Real(counter) => {
                let values = real_values(array)?;
                counter.add_all(
                    values.iter().map(|value| canonical_bits(*value)),
                    |bits| hash_bits(bits.cast_unsigned()),
                    |key, bits| *key == bits,
                    |bits| bits,
                );
                if let Some(grid) = &mut self.grid {
                    if values.iter().all(|value| value.is_finite()) {
                        grid.add_real(&values);
                    } else {
                        let finite: Vec<f64> =
                            values.iter().copied().filter(|value| value.is_finite()).collect();
                        grid.add_real(&finite);
                    }
                }
                let ends = values
                    .iter()
                    .filter(|value| !value.is_nan())
                    .fold(None, |ends, &value| {
                        let (min, max) = ends.unwrap_or((value, value));
                        Some((f64::min(min, value), f64::max(max, value)))
                    });
                ends.map(|(min, max)| (scalar::float(min + 0.0), scalar::float(max + 0.0)))
            }
            Values::Decimal(counter) => {
                let array = array.as_primitive_opt::<Decimal128Type>()?;
                let scale = array.scale();
                let values: Vec<i128> = array.iter().flatten().collect();
                counter.add_all(
                    values.iter().copied(),
                    |value| value.stable_hash(),
                    |key, value| *key == value,
                    |value| value,
                );
                if let Some(grid) = &mut self.grid {
                    let reals: Vec<f64> = values
                        .iter()
                        .map(|value| scalar::decimal_as_real(*value, scale))
                        .collect();
                    grid.add_real(&reals);
                }
                let (min, max) = (values.iter().min()?, values.iter().max()?);
                Some((scalar::decimal(*min, scale), scalar::decimal(*max, scale)))
            }
            Values::Text(counter) => {
                let array = array.as_string_opt::<i32>()?;
                counter.add_all(
                    array.iter().flatten(),
                    |value| hash_bytes(value.as_bytes()),
                    |key, value| **key == *value,
                    Box::from,
                );
                None
            }
        }
    }

    /// How many values differ, as far as it is known exactly.
    pub fn few(&self) -> Option<u64> {
        match &self.values {
            Values::Unknown => None,
            Values::Whole(counter) | Values::Real(counter) => counter.few(),
            Values::Decimal(counter) => counter.few(),
            Values::Text(counter) => counter.few(),
        }
    }

    /// What is kept of it.
    pub fn finish(self) -> ColumnSketch {
        let column_type = &self.column_type;
        let list = |counts: Option<Vec<(Scalar, u64)>>| {
            counts
                .filter(|_| self.lists_values)
                .map(|counts| ValueCounts::of_all(column_type, counts))
        };
        let exact_distinct = self.few();
        let (distinct, values): (Option<Distinct>, _) = match &self.values {
            Values::Unknown => (None, None),
            Values::Whole(counter) => (
                Some(counter.distinct()),
                list(counter.counts().map(|counts| {
                    counts
                        .map(|(value, count)| (scalar::whole(column_type, *value), count))
                        .collect()
                })),
            ),
            Values::Real(counter) => (
                Some(counter.distinct()),
                list(counter.counts().map(|counts| {
                    counts
                        .map(|(bits, count)| (scalar::float(f64::from_bits(bits.cast_unsigned())), count))
                        .collect()
                })),
            ),
            Values::Decimal(counter) => {
                let ColumnType::Decimal { scale, .. } = column_type else {
                    return ColumnSketch::default();
                };
                (
                    Some(counter.distinct()),
                    list(counter.counts().map(|counts| {
                        counts
                            .map(|(value, count)| (scalar::decimal(*value, *scale), count))
                            .collect()
                    })),
                )
            }
            Values::Text(counter) => (
                Some(counter.distinct()),
                list(counter.counts().map(|counts| {
                    counts
                        .map(|(value, count)| (Scalar::Text(value.to_string()), count))
                        .collect()
                })),
            ),
        };
        ColumnSketch {
            nulls: self.nulls,
            distinct,
            exact_distinct,
            values,
            grid: self.grid,
        }
    }
}

/// The values that are not NULL, as whole numbers; unsigned ones by their bits. None for other types.
pub(in crate::gold) fn whole_values(array: &ArrayRef) -> Option<Vec<i64>> {
    fn all<T: ArrowPrimitiveType>(array: &ArrayRef, value: impl Fn(T::Native) -> i64) -> Vec<i64> {
        let array = array.as_primitive::<T>();
        if array.null_count() == 0 {
            array.values().iter().map(|each| value(*each)).collect()
        } else {
            array.iter().flatten().map(value).collect()
        }
    }
    Some(match array.data_type() {
        DataType::Boolean => array.as_boolean().iter().flatten().map(i64::from).collect(),
        DataType::Int8 => all::<Int8Type>(array, i64::from),
        DataType::Int16 => all::<Int16Type>(array, i64::from),
        DataType::Int32 => all::<Int32Type>(array, i64::from),
        DataType::Int64 => all::<Int64Type>(array, |value| value),
        DataType::UInt8 => all::<UInt8Type>(array, i64::from),
        DataType::UInt16 => all::<UInt16Type>(array, i64::from),
        DataType::UInt32 => all::<UInt32Type>(array, i64::from),
        DataType::UInt64 => all::<UInt64Type>(array, u64::cast_signed),
        DataType::Date32 => all::<Date32Type>(array, i64::from),
        DataType::Time64(TimeUnit::Microsecond) => all::<Time64MicrosecondType>(array, |value| value),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            all::<TimestampMicrosecondType>(array, |value| value)
        }
        _ => return None,
    })
}

/// The values that are not NULL, as floats of 64 bits. None for other types.
fn real_values(array: &ArrayRef) -> Option<Vec<f64>> {
    Some(match array.data_type() {
        DataType::Float32 => array
            .as_primitive::<Float32Type>()
            .iter()
            .flatten()
            .map(f64::from)
            .collect(),
        DataType::Float64 => {
            let array = array.as_primitive::<Float64Type>();
            if array.null_count() == 0 {
                array.values().to_vec()
            } else {
                array.iter().flatten().collect()
            }
        }
        _ => return None,
    })
}

/// Equal floats have equal bits, and there is one NaN.
fn canonical_bits(value: f64) -> i64 {
    let one_form = if value.is_nan() { f64::NAN } else { value + 0.0 };
    one_form.to_bits().cast_signed()
}

/// Without infinity, which DuckDB writes as the largest number and its negative.
fn finite(values: &[i64], infinity: i64) -> Cow<'_, [i64]> {
    let is_finite = |value: &i64| -infinity < *value && *value < infinity;
    if values.iter().all(is_finite) {
        Cow::Borrowed(values)
    } else {
        Cow::Owned(values.iter().copied().filter(is_finite).collect())
    }
}

fn whole_ends(column_type: &ColumnType, values: &[i64]) -> Ends {
    let (min, max) = if matches!(column_type, ColumnType::UInt { .. }) {
        let unsigned = || values.iter().map(|value| value.cast_unsigned());
        (unsigned().min()?.cast_signed(), unsigned().max()?.cast_signed())
    } else {
        (*values.iter().min()?, *values.iter().max()?)
    };
    Some((scalar::whole(column_type, min), scalar::whole(column_type, max)))
}
