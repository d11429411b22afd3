//! Logical types of the catalog and Arrow's, both ways.

use catalog::ColumnType;
use datafusion::arrow::datatypes::{DataType, TimeUnit};

/// The Arrow type that a column of a manifest is read as; none where only the file itself tells.
pub(super) fn arrow_type(column_type: &ColumnType) -> Option<DataType> {
    Some(match column_type {
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
        ColumnType::String => DataType::Utf8View,
        ColumnType::Binary => DataType::BinaryView,
        ColumnType::Date => DataType::Date32,
        ColumnType::Time => DataType::Time64(TimeUnit::Microsecond),
        ColumnType::Timestamp { utc } => {
            DataType::Timestamp(TimeUnit::Microsecond, utc.then(|| "UTC".into()))
        }
        ColumnType::Other(_) => return None,
    })
}

/// The logical type of an Arrow type.
pub fn column_type(data_type: &DataType) -> ColumnType {
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
        DataType::Dictionary(_, value) => column_type(value),
        other => ColumnType::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_type_has_an_arrow_type_that_leads_back_to_it() {
        for name in [
            "boolean",
            "int8",
            "int64",
            "uint16",
            "uint64",
            "float32",
            "float64",
            "decimal(12,3)",
            "string",
            "binary",
            "date",
            "time",
            "timestamp",
            "timestamptz",
        ] {
            let known = ColumnType::from(name.to_owned());
            let arrow = arrow_type(&known).expect("has an Arrow type");
            assert_eq!(column_type(&arrow), known);
        }
        assert_eq!(arrow_type(&ColumnType::from("List(Int64)".to_owned())), None);
    }
}
