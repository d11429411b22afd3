//! Column types as Arrow and as the catalog name them.

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use catalog::ColumnType;
use protocol::ResultColumn;

/// How a column is shown: aligned, plotted and sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Integers, floats, decimals, durations.
    Number,
    /// Dates and timestamps.
    Time,
    /// `true` and `false`.
    Boolean,
    /// Everything that is read as text.
    Text,
}

impl ColumnKind {
    /// The kind of an Arrow type.
    pub fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Dictionary(_, values) => Self::of(values),
            DataType::Boolean => Self::Boolean,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Self::Time,
            DataType::Duration(_) => Self::Number,
            other if other.is_numeric() => Self::Number,
            _ => Self::Text,
        }
    }
}

/// The schema of a result of which no batch came.
pub(super) fn schema_of(columns: &[ResultColumn]) -> Schema {
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| {
            Field::new(
                &column.name,
                data_type_of(&ColumnType::from(column.column_type.clone())),
                true,
            )
        })
        .collect();
    Schema::new(fields)
}

/// The columns of a result, as its batches name them.
pub(super) fn columns_of(schema: &Schema) -> Vec<ResultColumn> {
    let fields = schema.fields().iter();
    fields
        .map(|field| ResultColumn {
            name: field.name().clone(),
            column_type: column_type_of(field.data_type()).to_string(),
        })
        .collect()
}

fn column_type_of(data_type: &DataType) -> ColumnType {
    match data_type {
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
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => ColumnType::Decimal {
            precision: *precision,
            scale: *scale,
        },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::String,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            ColumnType::Binary
        }
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Time32(_) | DataType::Time64(_) => ColumnType::Time,
        DataType::Timestamp(_, zone) => ColumnType::Timestamp { utc: zone.is_some() },
        DataType::Dictionary(_, values) => column_type_of(values),
        other => ColumnType::Other(other.to_string()),
    }
}

fn data_type_of(column_type: &ColumnType) -> DataType {
    match column_type {
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
        ColumnType::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
        ColumnType::String => DataType::Utf8,
        ColumnType::Binary => DataType::Binary,
        ColumnType::Date => DataType::Date32,
        ColumnType::Time => DataType::Time64(TimeUnit::Microsecond),
        ColumnType::Timestamp { utc } => {
            DataType::Timestamp(TimeUnit::Microsecond, utc.then(|| "UTC".into()))
        }
        // Arrow's own notation, for example `List(Int64)`; a name that it cannot read has no values here anyway.
        ColumnType::Other(name) => name.parse().unwrap_or(DataType::Null),
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::IntervalUnit;

    use super::*;

    #[test]
    fn every_type_name_of_the_catalog_has_an_arrow_type() {
        let column = |name: &str| ResultColumn {
            name: "c".to_owned(),
            column_type: name.to_owned(),
        };
        for (name, expected) in [
            ("boolean", DataType::Boolean),
            ("int16", DataType::Int16),
            ("uint64", DataType::UInt64),
            ("float32", DataType::Float32),
            ("decimal(38,-2)", DataType::Decimal128(38, -2)),
            ("date", DataType::Date32),
            ("timestamp", DataType::Timestamp(TimeUnit::Microsecond, None)),
            (
                "timestamptz",
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            ),
            ("Interval(DayTime)", DataType::Interval(IntervalUnit::DayTime)),
            ("LargeUtf8", DataType::LargeUtf8),
            ("no such type", DataType::Null),
        ] {
            assert_eq!(
                schema_of(&[column(name)]).field(0).data_type(),
                &expected,
                "{name}"
            );
        }
    }

    #[test]
    fn columns_of_batches_are_called_as_the_catalog_calls_them() {
        for name in [
            "boolean",
            "int64",
            "float32",
            "decimal(38,-2)",
            "date",
            "time",
            "timestamptz",
            "Interval(DayTime)",
        ] {
            let column = ResultColumn {
                name: "c".to_owned(),
                column_type: name.to_owned(),
            };
            let columns = vec![column];
            assert_eq!(columns_of(&schema_of(&columns)), columns);
        }
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8View));
        assert_eq!(column_type_of(&dictionary), ColumnType::String);
    }

    #[test]
    fn a_dictionary_is_of_the_kind_of_its_values() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        assert_eq!(ColumnKind::of(&dictionary), ColumnKind::Text);
        assert_eq!(ColumnKind::of(&DataType::Decimal256(40, 2)), ColumnKind::Number);
    }
}
