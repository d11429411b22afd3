//! Reads [`Cell`]s from an Arrow array of any type.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, OffsetSizeTrait, PrimitiveArray};
use arrow::datatypes::{
    ArrowTimestampType, DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::temporal_conversions::{as_date, as_datetime, as_time};
use arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};

use super::Cell;

const DATE: &str = "%Y-%m-%d";
const TIME: &str = "%H:%M:%S%.f";
const DATE_TIME: &str = "%Y-%m-%dT%H:%M:%S%.f";

/// Reads one array. Made once for many rows.
pub(super) struct CellReader<'a> {
    array: &'a dyn Array,
    /// Items of a list, fields of a struct, keys and values of a map or a dictionary.
    children: Vec<CellReader<'a>>,
    /// Only for types that Arrow knows how to write and nothing else is done with.
    formatter: Option<ArrayFormatter<'a>>,
}

impl<'a> CellReader<'a> {
    pub(super) fn new(array: &'a dyn Array) -> Self {
        let child = |array: &'a ArrayRef| CellReader::new(array.as_ref());
        let children = match array.data_type() {
            DataType::List(_) => vec![child(array.as_list::<i32>().values())],
            DataType::LargeList(_) => vec![child(array.as_list::<i64>().values())],
            DataType::ListView(_) => vec![child(array.as_list_view::<i32>().values())],
            DataType::LargeListView(_) => vec![child(array.as_list_view::<i64>().values())],
            DataType::FixedSizeList(..) => vec![child(array.as_fixed_size_list().values())],
            DataType::Struct(_) => array.as_struct().columns().iter().map(child).collect(),
            DataType::Map(..) => vec![child(array.as_map().keys()), child(array.as_map().values())],
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                vec![CellReader::new(dictionary.keys()), child(dictionary.values())]
            }
            _ => Vec::new(),
        };
        let options = FormatOptions::new()
            .with_display_error(true)
            .with_duration_format(DurationFormat::ISO8601);
        let formatter = match array.data_type() {
            DataType::Duration(_)
            | DataType::Interval(_)
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
            | DataType::Union(..)
            | DataType::RunEndEncoded(..) => ArrayFormatter::try_new(array, &options).ok(),
            _ => None,
        };
        Self {
            array,
            children,
            formatter,
        }
    }

    /// The value of a row; NULL for one that does not exist.
    pub(super) fn read(&self, row: usize) -> Cell {
        let array = self.array;
        if row >= array.len() || array.is_null(row) {
            return Cell::Null;
        }
        match array.data_type() {
            DataType::Null => Cell::Null,
            DataType::Boolean => Cell::Boolean(array.as_boolean().value(row)),
            DataType::Int8 => self.integer::<Int8Type>(row),
            DataType::Int16 => self.integer::<Int16Type>(row),
            DataType::Int32 => self.integer::<Int32Type>(row),
            DataType::Int64 => self.integer::<Int64Type>(row),
            DataType::UInt8 => self.integer::<UInt8Type>(row),
            DataType::UInt16 => self.integer::<UInt16Type>(row),
            DataType::UInt32 => self.integer::<UInt32Type>(row),
            DataType::UInt64 => self.integer::<UInt64Type>(row),
            DataType::Float16 => Cell::Float32(self.primitive::<Float16Type>().value(row).to_f32()),
            DataType::Float32 => Cell::Float32(self.primitive::<Float32Type>().value(row)),
            DataType::Float64 => Cell::Float64(self.primitive::<Float64Type>().value(row)),
            DataType::Decimal32(..) => self.decimal::<Decimal32Type>(row),
            DataType::Decimal64(..) => self.decimal::<Decimal64Type>(row),
            DataType::Decimal128(..) => self.decimal::<Decimal128Type>(row),
            DataType::Decimal256(..) => self.decimal::<Decimal256Type>(row),
            DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
            DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row).to_owned()),
            DataType::Utf8View => Cell::Text(array.as_string_view().value(row).to_owned()),
            DataType::Date32 => self.date::<Date32Type>(row, 86_400_000.0),
            DataType::Date64 => self.date::<Date64Type>(row, 1.0),
            DataType::Time32(TimeUnit::Second) => self.clock::<Time32SecondType>(row),
            DataType::Time32(_) => self.clock::<Time32MillisecondType>(row),
            DataType::Time64(TimeUnit::Microsecond) => self.clock::<Time64MicrosecondType>(row),
            DataType::Time64(_) => self.clock::<Time64NanosecondType>(row),
            DataType::Timestamp(TimeUnit::Second, zone) => {
                self.timestamp::<TimestampSecondType>(row, 1e3, zone.is_some())
            }
            DataType::Timestamp(TimeUnit::Millisecond, zone) => {
                self.timestamp::<TimestampMillisecondType>(row, 1.0, zone.is_some())
            }
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                self.timestamp::<TimestampMicrosecondType>(row, 1e-3, zone.is_some())
            }
            DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
                self.timestamp::<TimestampNanosecondType>(row, 1e-6, zone.is_some())
            }
            DataType::Duration(TimeUnit::Second) => self.span::<DurationSecondType>(row, 1.0),
            DataType::Duration(TimeUnit::Millisecond) => self.span::<DurationMillisecondType>(row, 1e-3),
            DataType::Duration(TimeUnit::Microsecond) => self.span::<DurationMicrosecondType>(row, 1e-6),
            DataType::Duration(TimeUnit::Nanosecond) => self.span::<DurationNanosecondType>(row, 1e-9),
            DataType::Dictionary(..) => self.dictionary(row),
            DataType::List(_) => self.items(offsets(array.as_list::<i32>().value_offsets(), row)),
            DataType::LargeList(_) => self.items(offsets(array.as_list::<i64>().value_offsets(), row)),
            DataType::ListView(_) => {
                let list = array.as_list_view::<i32>();
                self.items(view(list.value_offset(row), list.value_size(row)))
            }
            DataType::LargeListView(_) => {
                let list = array.as_list_view::<i64>();
                self.items(view(list.value_offset(row), list.value_size(row)))
            }
            DataType::FixedSizeList(..) => {
                let list = array.as_fixed_size_list();
                self.items(view(list.value_offset(row), list.value_length()))
            }
            DataType::Struct(fields) => Cell::Record(
                fields
                    .iter()
                    .zip(&self.children)
                    .map(|(field, child)| (field.name().clone(), child.read(row)))
                    .collect(),
            ),
            DataType::Map(..) => self.entries(offsets(array.as_map().value_offsets(), row)),
            _ => Cell::Opaque(self.formatted(row)),
        }
    }

    fn primitive<T: ArrowPrimitiveType>(&self) -> &PrimitiveArray<T> {
        self.array.as_primitive::<T>()
    }

    fn integer<T: ArrowPrimitiveType<Native: Into<i128>>>(&self, row: usize) -> Cell {
        Cell::Integer(self.primitive::<T>().value(row).into())
    }

    fn decimal<T: DecimalType>(&self, row: usize) -> Cell {
        Cell::Decimal(self.primitive::<T>().value_as_string(row))
    }

    /// Counts of the type's own unit as a float, for axes.
    fn scaled<T: ArrowPrimitiveType<Native: Into<i128>>>(&self, row: usize, factor: f64) -> f64 {
        let count: i128 = self.primitive::<T>().value(row).into();
        #[expect(clippy::cast_precision_loss, reason = "an axis needs no more than 53 bits")]
        let count = count as f64;
        // Dividing by a whole number rounds once where multiplying by its inverse rounds twice.
        if factor < 1.0 {
            count / (1.0 / factor).round()
        } else {
            count * factor
        }
    }

    fn date<T: ArrowPrimitiveType<Native: Into<i64> + Into<i128>>>(
        &self,
        row: usize,
        ms_per_unit: f64,
    ) -> Cell {
        let value = self.primitive::<T>().value(row);
        match as_date::<T>(value.into()) {
            Some(date) => Cell::Moment {
                text: date.format(DATE).to_string(),
                epoch_ms: self.scaled::<T>(row, ms_per_unit),
            },
            None => out_of_range::<T>(value.into()),
        }
    }

    fn clock<T: ArrowPrimitiveType<Native: Into<i64>>>(&self, row: usize) -> Cell {
        let value = self.primitive::<T>().value(row).into();
        match as_time::<T>(value) {
            Some(time) => Cell::Clock(time.format(TIME).to_string()),
            None => out_of_range::<T>(value),
        }
    }

    fn timestamp<T: ArrowTimestampType>(&self, row: usize, ms_per_unit: f64, is_instant: bool) -> Cell {
        let value = self.primitive::<T>().value(row);
        match as_datetime::<T>(value) {
            Some(time) => Cell::Moment {
                text: format!("{}{}", time.format(DATE_TIME), if is_instant { "Z" } else { "" }),
                epoch_ms: self.scaled::<T>(row, ms_per_unit),
            },
            None => out_of_range::<T>(value),
        }
    }

    fn span<T: ArrowPrimitiveType<Native: Into<i128>>>(&self, row: usize, seconds_per_unit: f64) -> Cell {
        Cell::Span {
            text: self.formatted(row),
            seconds: self.scaled::<T>(row, seconds_per_unit),
        }
    }

    fn dictionary(&self, row: usize) -> Cell {
        match self.children.as_slice() {
            [keys, values] => match keys.read(row) {
                Cell::Integer(key) => usize::try_from(key).map_or(Cell::Null, |key| values.read(key)),
                _ => Cell::Null,
            },
            _ => Cell::Null,
        }
    }

    fn items(&self, rows: std::ops::Range<usize>) -> Cell {
        let items = self.children.first();
        Cell::List(rows.filter_map(|row| Some(items?.read(row))).collect())
    }

    fn entries(&self, rows: std::ops::Range<usize>) -> Cell {
        let [keys, values] = self.children.as_slice() else {
            return Cell::Null;
        };
        Cell::Record(
            rows.map(|row| (keys.read(row).exact().unwrap_or_default(), values.read(row)))
                .collect(),
        )
    }

    fn formatted(&self, row: usize) -> String {
        match &self.formatter {
            Some(formatter) => formatter.value(row).to_string(),
            None => format!("({})", self.array.data_type()),
        }
    }
}

fn offsets<O: OffsetSizeTrait>(offsets: &[O], row: usize) -> std::ops::Range<usize> {
    offsets[row].as_usize()..offsets[row + 1].as_usize()
}

fn view<O: OffsetSizeTrait>(offset: O, size: O) -> std::ops::Range<usize> {
    offset.as_usize()..offset.as_usize() + size.as_usize()
}

/// A count that no calendar holds is shown as it is, with its unit.
fn out_of_range<T: ArrowPrimitiveType>(value: i64) -> Cell {
    Cell::Opaque(format!("{value} ({})", T::DATA_TYPE))
}

#[cfg(test)]
mod tests;
