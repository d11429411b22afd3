//! Values of DuckDB as the catalog writes them.
//!
//! A value leaves DuckDB as a BIGINT, DOUBLE, BOOLEAN or VARCHAR ([`transport`]) and becomes a
//! [`catalog::Scalar`] here ([`scalar`]).

use catalog::{ColumnType, Scalar};
use duckdb::types::Value;
use jiff::civil::DateTime;
use jiff::{Span, Timestamp};

/// The SQL that carries a value of that type out of DuckDB; none for types that statistics leave out.
pub(super) fn transport(column_type: &ColumnType, expression: &str) -> Option<String> {
    let target = match column_type {
        ColumnType::Boolean => "BOOLEAN",
        ColumnType::Int { .. } => "BIGINT",
        ColumnType::UInt { bits } if *bits < 64 => "BIGINT",
        ColumnType::Float { .. } => "DOUBLE",
        ColumnType::UInt { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::String
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp { .. } => "VARCHAR",
        ColumnType::Binary | ColumnType::Other(_) => return None,
    };
    Some(format!("CAST({expression} AS {target})"))
}

/// The catalog's form of a value that [`transport`] carried out.
pub(super) fn scalar(column_type: &ColumnType, value: Value) -> Scalar {
    match value {
        Value::Boolean(value) => Scalar::Boolean(value),
        Value::BigInt(value) => Scalar::Integer(value),
        Value::Double(value) => float(value),
        Value::Text(text) => match column_type {
            ColumnType::UInt { .. } => text.parse().map_or(Scalar::Text(text), Scalar::Integer),
            ColumnType::Time => Scalar::Text(full_fraction(&text)),
            ColumnType::Timestamp { utc: false } => Scalar::Text(full_fraction(&text.replace(' ', "T"))),
            ColumnType::Timestamp { utc: true } => {
                let local = text.strip_suffix("+00").unwrap_or(&text).replace(' ', "T");
                Scalar::Text(instant(&local))
            }
            _ => Scalar::Text(text),
        },
        _ => Scalar::Null,
    }
}

/// A whole number, date, time or truth value by its number in Arrow, unsigned ones by their bits; NULL where the
/// catalog cannot write it: beyond the years 0 to 9999.
pub(super) fn whole(column_type: &ColumnType, value: i64) -> Scalar {
    match column_type {
        ColumnType::Boolean => Scalar::Boolean(value != 0),
        ColumnType::UInt { .. } if value < 0 => Scalar::Text(value.cast_unsigned().to_string()),
        ColumnType::Date => infinity(value, i64::from(i32::MAX))
            .or_else(|| date(value))
            .unwrap_or(Scalar::Null),
        ColumnType::Timestamp { utc } => infinity(value, i64::MAX)
            .or_else(|| timestamp(value, *utc))
            .unwrap_or(Scalar::Null),
        ColumnType::Time => Scalar::Text(time(value)),
        _ => Scalar::Integer(value),
    }
}

/// DuckDB's infinity is the largest number, or its negative.
fn infinity(value: i64, largest: i64) -> Option<Scalar> {
    let sign = match value {
        _ if value == largest => "",
        _ if value == -largest => "-",
        _ => return None,
    };
    Some(Scalar::Text(format!("{sign}infinity")))
}

/// Microseconds since midnight, which may be 24:00:00.
fn time(microseconds: i64) -> String {
    let seconds = microseconds / 1_000_000;
    let mut text = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    let fraction = microseconds % 1_000_000;
    if fraction != 0 {
        text.push_str(&format!(".{fraction:06}"));
    }
    text
}

/// The digits of a decimal.
pub(super) fn decimal(unscaled: i128, scale: i8) -> Scalar {
    let scale = usize::try_from(scale).unwrap_or(0);
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    Scalar::Text(format!("{sign}{whole}{point}{fraction}"))
}

/// A decimal on an axis.
#[expect(clippy::cast_precision_loss, reason = "an axis needs no more than 53 bits")]
pub(super) fn decimal_as_real(unscaled: i128, scale: i8) -> f64 {
    unscaled as f64 / 10_f64.powi(i32::from(scale))
}

/// A number; JSON has no NaN and no infinity, so those are text.
pub(super) fn float(value: f64) -> Scalar {
    if value.is_finite() {
        Scalar::Float(value)
    } else {
        Scalar::Text(value.to_string())
    }
}

/// Days since 1970 as a date; none beyond the calendar.
pub(super) fn date(days: i64) -> Option<Scalar> {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(Span::new().try_days(days).ok()?).ok()?;
    (date.year() >= 0).then(|| Scalar::Text(date.to_string()))
}

/// Microseconds since 1970 as a timestamp; none beyond the calendar.
pub(super) fn timestamp(microseconds: i64, utc: bool) -> Option<Scalar> {
    let point = Timestamp::from_microsecond(microseconds).ok()?;
    let civil: DateTime = point.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    if civil.year() < 0 {
        return None;
    }
    let mut text = civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let fraction = microseconds.rem_euclid(1_000_000);
    if fraction != 0 {
        text.push_str(&format!(".{fraction:06}"));
    }
    Some(Scalar::Text(if utc { instant(&text) } else { text }))
}

/// An instant always has its six digits: as text, `05.5Z` comes before `05Z`.
fn instant(local: &str) -> String {
    let whole = if local.contains('.') { "" } else { ".000000" };
    format!("{}{whole}Z", full_fraction(local))
}

/// DuckDB leaves trailing zeros of a fraction out; the catalog writes none or six digits.
fn full_fraction(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{fraction:0<6}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_catalog_says() {
        let text = |text: &str| Value::Text(text.to_owned());
        let instant = ColumnType::Timestamp { utc: true };
        let local = ColumnType::Timestamp { utc: false };
        for (column_type, value, expected) in [
            (
                &local,
                text("2001-01-01 00:01:00"),
                Scalar::from("2001-01-01T00:01:00"),
            ),
            (
                &local,
                text("2001-01-01 00:01:00.5"),
                Scalar::from("2001-01-01T00:01:00.500000"),
            ),
            (
                &instant,
                text("2001-01-01 00:01:00.25+00"),
                Scalar::from("2001-01-01T00:01:00.250000Z"),
            ),
            (&ColumnType::UInt { bits: 64 }, text("7"), Scalar::Integer(7)),
            (
                &ColumnType::UInt { bits: 64 },
                text("18446744073709551615"),
                Scalar::from("18446744073709551615"),
            ),
            (
                &ColumnType::Float { bits: 64 },
                Value::Double(f64::INFINITY),
                Scalar::from("inf"),
            ),
            (&ColumnType::Boolean, Value::Null, Scalar::Null),
        ] {
            assert_eq!(scalar(column_type, value), expected);
        }
    }

    #[test]
    fn numbers_of_arrow_are_written_like_values_of_duckdb() {
        let local = ColumnType::Timestamp { utc: false };
        for (column_type, number, expected) in [
            (&ColumnType::Boolean, 1, Scalar::Boolean(true)),
            (
                &ColumnType::UInt { bits: 64 },
                -1,
                Scalar::from("18446744073709551615"),
            ),
            (&ColumnType::Date, i64::from(i32::MAX), Scalar::from("infinity")),
            (&ColumnType::Date, i64::from(i32::MAX) - 1, Scalar::Null),
            (&local, -i64::MAX, Scalar::from("-infinity")),
            (&local, 500_000, Scalar::from("1970-01-01T00:00:00.500000")),
            (&ColumnType::Time, 86_400_000_000, Scalar::from("24:00:00")),
            (&ColumnType::Time, 86_399_250_000, Scalar::from("23:59:59.250000")),
        ] {
            assert_eq!(whole(column_type, number), expected);
        }
        for (unscaled, scale, expected) in [
            (-50, 2, "-0.50"),
            (12_345, 3, "12.345"),
            (0, 0, "0"),
            (7, 1, "0.7"),
        ] {
            assert_eq!(decimal(unscaled, scale), Scalar::from(expected));
        }
    }

    #[test]
    fn edges_on_the_time_axis_are_written_like_values() {
        assert_eq!(date(-1), Some(Scalar::from("1969-12-31")));
        assert_eq!(
            timestamp(-1, true),
            Some(Scalar::from("1969-12-31T23:59:59.999999Z"))
        );
        assert_eq!(
            timestamp(60_000_000, false),
            Some(Scalar::from("1970-01-01T00:01:00"))
        );
        assert_eq!(timestamp(i64::MAX, false), None);
        assert_eq!(date(i64::MAX), None);
    }
}
