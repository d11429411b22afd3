//! PostgreSQL's types, and values of them as they are copied in binary.
//!
//! Invariant: a type has one that holds all its values exactly, or is refused; a value that only PostgreSQL's type has
//! (infinity) is refused.
//!
//! Entry points: [`column_type`], [`value`].

use tokio_postgres::types::{Kind, Type};

use super::numeric::{Numeric, decimal_type};
use crate::source::database::column::{ColumnType, Value};

/// Microseconds and days from 1970 to 2000, where PostgreSQL counts from.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const EPOCH_DAYS: i64 = 10_957;

/// The type that holds a column's values; none where there is none.
pub(super) fn column_type(column: &Type, modifier: i32) -> Option<ColumnType> {
    let simple = match *column {
        Type::BOOL => ColumnType::Boolean,
        Type::INT2 => ColumnType::Int16,
        Type::INT4 => ColumnType::Int32,
        Type::INT8 | Type::OID => ColumnType::Int64,
        Type::FLOAT4 => ColumnType::Float32,
        Type::FLOAT8 => ColumnType::Float64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => ColumnType::Text,
        Type::UUID | Type::JSON | Type::JSONB => ColumnType::Text,
        Type::BYTEA => ColumnType::Binary,
        Type::DATE => ColumnType::Date,
        Type::TIME => ColumnType::Time,
        Type::TIMESTAMP => ColumnType::Timestamp { utc: false },
        Type::TIMESTAMPTZ => ColumnType::Timestamp { utc: true },
        Type::NUMERIC => {
            let decimal = decimal_type(modifier);
            decimal.map_or(ColumnType::Text, |(precision, scale)| {
                ColumnType::Decimal(precision, scale)
            })
        }
        _ => return of_kind(column, modifier),
    };
    Some(simple)
}

fn of_kind(column: &Type, modifier: i32) -> Option<ColumnType> {
    match column.kind() {
        Kind::Enum(_) => Some(ColumnType::Text),
        Kind::Domain(base) => column_type(base, -1),
        // One within another cannot be told by its type.
        Kind::Array(element) => match column_type(element, modifier)? {
            ColumnType::List(_) => None,
            element => Some(ColumnType::List(Box::new(element))),
        },
        // An extension's text without regard to case.
        Kind::Simple if column.name() == "citext" => Some(ColumnType::Text),
        _ => None,
    }
}

/// A value as it was copied. Fails in words that go on after the name of the column.
pub(super) fn value<'a>(column: &Type, target: &ColumnType, raw: &'a [u8]) -> Result<Value<'a>, String> {
    let base = match column.kind() {
        Kind::Domain(base) => return value(base, target, raw),
        Kind::Array(element) => return list(element, target, raw),
        _ => column,
    };
    let value = match *base {
        Type::BOOL => Value::Boolean(fixed::<1>(raw)? != [0]),
        Type::INT2 => Value::Int(i16::from_be_bytes(fixed(raw)?).into()),
        Type::INT4 => Value::Int(i32::from_be_bytes(fixed(raw)?).into()),
        Type::INT8 => Value::Int(i64::from_be_bytes(fixed(raw)?)),
        Type::OID => Value::Int(u32::from_be_bytes(fixed(raw)?).into()),
        Type::FLOAT4 => Value::Float(f32::from_be_bytes(fixed(raw)?).into()),
        Type::FLOAT8 => Value::Float(f64::from_be_bytes(fixed(raw)?)),
        Type::BYTEA => Value::Binary(raw),
        Type::DATE => match i32::from_be_bytes(fixed(raw)?) {
            i32::MAX | i32::MIN => return Err(no_infinity("date")),
            days => Value::Int(i64::from(days) + EPOCH_DAYS),
        },
        Type::TIME => Value::Int(i64::from_be_bytes(fixed(raw)?)),
        Type::TIMESTAMP | Type::TIMESTAMPTZ => match i64::from_be_bytes(fixed(raw)?) {
            i64::MAX | i64::MIN => return Err(no_infinity("timestamp")),
            micros => Value::Int(
                micros
                    .checked_add(EPOCH_MICROS)
                    .ok_or("its timestamp is later than 64 bits hold: leave the row out in a query")?,
            ),
        },
        Type::NUMERIC => {
            let number = Numeric::of(raw)?;
            match target {
                ColumnType::Decimal(_, scale) => Value::Decimal(number.unscaled(*scale)?),
                _ => Value::Text(number.to_string().into()),
            }
        }
        Type::UUID => {
            let digits = hex::encode(fixed::<16>(raw)?);
            let parts = [
                &digits[..8],
                &digits[8..12],
                &digits[12..16],
                &digits[16..20],
                &digits[20..],
            ];
            Value::Text(parts.join("-").into())
        }
        Type::JSONB => match raw.split_first() {
            Some((1, json)) => Value::Text(text(json)?.into()),
            _ => return Err("its jsonb is of a later version: write x::json in a query".to_owned()),
        },
        _ => Value::Text(text(raw)?.into()),
    };
    Ok(value)
}

fn list<'a>(element: &Type, target: &ColumnType, raw: &'a [u8]) -> Result<Value<'a>, String> {
    let ColumnType::List(target) = target else {
        return Err(broken());
    };
    let mut rest = raw;
    let (dimensions, _has_null, _type) = (int(&mut rest)?, int(&mut rest)?, int(&mut rest)?);
    match dimensions {
        0 => return Ok(Value::List(Vec::new())),
        1 => {}
        _ => {
            return Err(format!(
                "it is an array of {dimensions} dimensions: write a query that makes it a text or json, as in to_json(x)"
            ));
        }
    }
    let (count, _lower_bound) = (int(&mut rest)?, int(&mut rest)?);
    let mut values = Vec::new();
    for _ in 0..count {
        let length = int(&mut rest)?;
        let Ok(length) = usize::try_from(length) else {
            values.push(Value::Null);
            continue;
        };
        let (raw, after) = rest.split_at_checked(length).ok_or_else(broken)?;
        rest = after;
        values.push(value(element, target, raw)?);
    }
    Ok(Value::List(values))
}

fn int(rest: &mut &[u8]) -> Result<i32, String> {
    let (raw, after) = rest.split_first_chunk().ok_or_else(broken)?;
    *rest = after;
    Ok(i32::from_be_bytes(*raw))
}

fn fixed<const N: usize>(raw: &[u8]) -> Result<[u8; N], String> {
    raw.try_into().map_err(|_| broken())
}

fn text(raw: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(raw)
        .map_err(|_| "its text is no UTF-8: write convert_to(x, 'UTF8') in a query".to_owned())
}

fn broken() -> String {
    "the server sent it in a form that is not known: write x::text in a query".to_owned()
}

fn no_infinity(kind: &str) -> String {
    format!(
        "its {kind} is infinite, which other programs do not know: write NULLIF(x, 'infinity') in a query"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_without_an_exact_one_is_refused() {
        assert_eq!(column_type(&Type::INT4, -1), Some(ColumnType::Int32));
        for refused in [
            Type::INTERVAL,
            Type::TIMETZ,
            Type::MONEY,
            Type::INET,
            Type::POINT,
            Type::INT4_RANGE,
            Type::TS_VECTOR,
            Type::BIT,
            Type::XML,
        ] {
            assert_eq!(column_type(&refused, -1), None, "{refused}");
        }
    }

    #[test]
    fn a_value_that_is_cut_off_is_no_other_value() {
        assert!(value(&Type::INT4, &ColumnType::Int32, &[0, 0, 1]).is_err());
        let list = ColumnType::List(Box::new(ColumnType::Int32));
        let one = [
            0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 9,
        ];
        assert_eq!(
            value(&Type::INT4_ARRAY, &list, &one),
            Ok(Value::List(vec![Value::Int(9)]))
        );
        for length in 0..one.len() {
            assert!(
                value(&Type::INT4_ARRAY, &list, &one[..length]).is_err(),
                "{length}"
            );
        }
    }
}
