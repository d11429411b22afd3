//! Single values as Iceberg writes them: in bounds, and in partitions.
//!
//! Entry points: [`bound`], [`partition`].

use catalog::{ColumnType, Scalar};
use jiff::civil::{Date, DateTime, Time};

use super::avro::Record;

/// A value by its physical type.
#[derive(Debug, Clone, PartialEq)]
enum Single {
    Boolean(bool),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    Text(String),
    Unscaled(i128),
}

/// Which end of a column's values a bound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Lower,
    Upper,
}

/// The bytes of a bound; none where there is none that can be expressed.
pub(super) fn bound(column_type: &ColumnType, value: &Scalar, end: End) -> Option<Vec<u8>> {
    // Zeros are compared with their signs.
    let sign: f32 = if end == End::Lower { -1.0 } else { 1.0 };
    Some(match single(column_type, value)? {
        Single::Boolean(value) => vec![u8::from(value)],
        Single::Int(value) => value.to_le_bytes().to_vec(),
        Single::Long(value) => value.to_le_bytes().to_vec(),
        Single::Float(value) if value.is_nan() => return None,
        Single::Float(0.0) => 0_f32.copysign(sign).to_le_bytes().to_vec(),
        Single::Float(value) => value.to_le_bytes().to_vec(),
        Single::Double(value) if value.is_nan() => return None,
        Single::Double(0.0) => 0_f64.copysign(f64::from(sign)).to_le_bytes().to_vec(),
        Single::Double(value) => value.to_le_bytes().to_vec(),
        Single::Text(text) => text.into_bytes(),
        Single::Unscaled(value) => shortest(value),
    })
}

/// Adds the value of a column that partitions, of a type that may be NULL; false where it cannot be expressed.
pub(super) fn partition(column_type: &ColumnType, value: &Scalar, record: &mut Record) -> bool {
    if value.is_null() {
        record.null();
        return true;
    }
    let Some(single) = single(column_type, value) else {
        return false;
    };
    record.some();
    match single {
        Single::Boolean(value) => record.raw(&[u8::from(value)]),
        Single::Int(value) => record.long(i64::from(value)),
        Single::Long(value) => record.long(value),
        Single::Float(value) => record.raw(&value.to_le_bytes()),
        Single::Double(value) => record.raw(&value.to_le_bytes()),
        Single::Text(text) => record.bytes(text.as_bytes()),
        Single::Unscaled(value) => {
            let bytes = decimal_bytes(column_type);
            record.raw(&value.to_be_bytes()[16 - bytes..])
        }
    };
    true
}

/// How many bytes the digits of a decimal need.
pub(super) fn decimal_bytes(column_type: &ColumnType) -> usize {
    let ColumnType::Decimal { precision, .. } = column_type else {
        return 16;
    };
    let most = 10_i128.checked_pow(u32::from(*precision)).unwrap_or(i128::MAX);
    shortest(most - 1).len()
}

/// Two's complement, the highest byte first, without bytes that only repeat the sign.
fn shortest(value: i128) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let sign = if value < 0 { 0xff } else { 0 };
    let redundant = |at: usize| bytes[at] == sign && (bytes[at + 1] ^ sign) & 0x80 == 0;
    let start = (0..15).find(|&at| !redundant(at)).unwrap_or(15);
    bytes[start..].to_vec()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a value of 32 bits that was widened"
)]
fn single(column_type: &ColumnType, value: &Scalar) -> Option<Single> {
    let epoch = DateTime::from_parts(Date::constant(1970, 1, 1), Time::midnight());
    Some(match (column_type, value) {
        (ColumnType::Boolean, Scalar::Boolean(value)) => Single::Boolean(*value),
        (ColumnType::Int { bits: 64 }, Scalar::Integer(value)) => Single::Long(*value),
        (ColumnType::Int { .. } | ColumnType::UInt { bits: 8 | 16 }, Scalar::Integer(value)) => {
            Single::Int(i32::try_from(*value).ok()?)
        }
        (ColumnType::Float { bits }, value) => {
            let value = value.as_f64()?;
            match bits {
                32 => Single::Float(value as f32),
                _ => Single::Double(value),
            }
        }
        (ColumnType::Decimal { scale, .. }, value) => unscaled(&value.to_string(), *scale)?,
        (ColumnType::String, Scalar::Text(text)) => Single::Text(text.clone()),
        (ColumnType::Date, Scalar::Text(text)) => {
            let days = text.parse::<Date>().ok()?.since(epoch.date()).ok()?.get_days();
            Single::Int(days)
        }
        (ColumnType::Time, Scalar::Text(text)) => {
            let since = text.parse::<Time>().ok()?.duration_since(Time::midnight());
            Single::Long(i64::try_from(since.as_micros()).ok()?)
        }
        (ColumnType::Timestamp { .. }, Scalar::Text(text)) => {
            let civil: DateTime = text.trim_end_matches('Z').parse().ok()?;
            Single::Long(i64::try_from(civil.duration_since(epoch).as_micros()).ok()?)
        }
        _ => return None,
    })
}

fn unscaled(digits: &str, scale: i8) -> Option<Single> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let missing = usize::try_from(scale).ok()?.checked_sub(fraction.len())?;
    format!("{whole}{fraction}{}", "0".repeat(missing))
        .parse()
        .ok()
        .map(Single::Unscaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_the_bytes_of_the_specification() {
        let decimal = "decimal(9,2)";
        for (name, value, expected) in [
            ("int16", Scalar::Integer(-2), &[0xfe, 0xff, 0xff, 0xff][..]),
            ("int64", Scalar::Integer(1), &[1, 0, 0, 0, 0, 0, 0, 0]),
            (decimal, Scalar::from("1.27"), &[0x7f]),
            (decimal, Scalar::from("1.28"), &[0, 0x80]),
            (decimal, Scalar::from("-1.28"), &[0x80]),
            (decimal, Scalar::Integer(1), &[100]),
            ("date", Scalar::from("1969-12-31"), &[0xff, 0xff, 0xff, 0xff]),
            (
                "timestamptz",
                Scalar::from("1970-01-01T00:00:00.000002Z"),
                &[2, 0, 0, 0, 0, 0, 0, 0],
            ),
            ("time", Scalar::from("00:00:00.000003"), &[3, 0, 0, 0, 0, 0, 0, 0]),
            ("float32", Scalar::Float(0.0), &[0, 0, 0, 0x80]),
            ("string", Scalar::from("é"), &[0xc3, 0xa9]),
        ] {
            let column_type = ColumnType::from(name.to_owned());
            let found = bound(&column_type, &value, End::Lower);
            assert_eq!(found.as_deref(), Some(expected), "{name} {value}");
        }
        let column_type = ColumnType::from("date".to_owned());
        assert_eq!(bound(&column_type, &Scalar::from("infinity"), End::Upper), None);
    }

    #[test]
    fn decimals_of_partitions_have_as_many_bytes_as_their_digits_need() {
        let bytes = |precision| decimal_bytes(&ColumnType::Decimal { precision, scale: 0 });
        assert_eq!([bytes(1), bytes(9), bytes(18), bytes(38)], [1, 4, 8, 16]);
    }
}
