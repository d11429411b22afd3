//! Values of columns: in facets, filter chips and beneath histograms.

use catalog::{ColumnType, Scalar};

use crate::result::number_text;

/// A value in a list of values.
pub fn value(value: &Scalar, column_type: &ColumnType) -> String {
    match value {
        Scalar::Text(text) if text.is_empty() => "(empty)".to_owned(),
        Scalar::Text(text) if matches!(column_type, ColumnType::Timestamp { .. }) => moment(text),
        _ => value.to_string(),
    }
}

/// A bound of a range: numbers short, times without a clock at midnight.
pub fn bound(bound: &Scalar, column_type: &ColumnType) -> String {
    match bound {
        Scalar::Float(number) => number_text(*number),
        Scalar::Text(text) if matches!(column_type, ColumnType::Timestamp { .. }) => {
            let to_the_minute = text.trim_end_matches('Z').get(..16).unwrap_or(text);
            moment(&format!("{to_the_minute}:00"))
        }
        Scalar::Integer(number) if number.unsigned_abs() >= 100_000 && column_type.is_numeric() => {
            let sign = if *number < 0 { "-" } else { "" };
            format!("{sign}{}", super::compact(number.unsigned_abs()))
        }
        _ => value(bound, column_type),
    }
}

fn moment(text: &str) -> String {
    let text = text.trim_end_matches('Z');
    let Some((date, clock)) = text.split_once('T') else {
        return text.to_owned();
    };
    match clock {
        "00:00:00" => date.to_owned(),
        _ => format!("{date} {}", clock.strip_suffix(":00").unwrap_or(clock)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_can_be_clicked_is_blank() {
        assert_eq!(value(&Scalar::from(""), &ColumnType::String), "(empty)");
        assert_eq!(value(&Scalar::Null, &ColumnType::String), "null");
    }

    #[test]
    fn midnight_shows_no_clock() {
        let stamp = ColumnType::Timestamp { utc: true };
        assert_eq!(value(&Scalar::from("2001-01-01T00:00:00Z"), &stamp), "2001-01-01");
        assert_eq!(
            value(&Scalar::from("2001-01-01T06:30:00Z"), &stamp),
            "2001-01-01 06:30"
        );
        assert_eq!(
            value(&Scalar::from("2001-01-01T06:30:05Z"), &stamp),
            "2001-01-01 06:30:05"
        );
    }

    #[test]
    fn bounds_are_short() {
        let float = ColumnType::Float { bits: 64 };
        assert_eq!(bound(&Scalar::Float(0.1 + 0.2), &float), "0.3");
        let stamp = ColumnType::Timestamp { utc: false };
        assert_eq!(
            bound(&Scalar::from("2001-07-01T00:00:00.000032"), &stamp),
            "2001-07-01"
        );
        assert_eq!(
            bound(&Scalar::from("2001-01-06T15:45:58.125001"), &stamp),
            "2001-01-06 15:45"
        );
        assert_eq!(
            bound(&Scalar::Integer(-1_500_000), &ColumnType::Int { bits: 64 }),
            "-1.5M"
        );
    }
}
