//! What a cell holds, whatever workbook it is of.

use calamine::Data;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

/// Whole numbers up to this are exact in a cell.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
const DAY_MS: f64 = 86_400_000.0;
/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Empty,
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Date(Date),
    Timestamp(DateTime),
    Time(Time),
    /// In milliseconds.
    Duration(i64),
    Text(&'a str),
    /// Of a formula, as the workbook shows it.
    Error(String),
}

impl<'a> Value<'a> {
    /// The value of a cell.
    #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    pub fn of(cell: &'a Data) -> Self {
        match cell {
            Data::Empty => Self::Empty,
            // A formula that gives no text.
            Data::String(text) if text.is_empty() => Self::Empty,
            Data::String(text) => Self::Text(text),
            Data::Int(number) => Self::Integer(*number),
            Data::Float(number) if number.fract() == 0.0 && number.abs() <= LARGEST_EXACT => {
                Self::Integer(*number as i64)
            }
            Data::Float(number) => Self::Number(*number),
            Data::Bool(flag) => Self::Boolean(*flag),
            Data::Error(error) => Self::Error(error.to_string()),
            Data::DateTime(moment) if moment.is_duration() => {
                Self::Duration((moment.as_f64() * DAY_MS).round() as i64)
            }
            Data::DateTime(moment) => {
                let serial = moment.as_f64();
                let (year, month, day, hour, minute, second, ms) = moment.to_ymd_hms_milli();
                let known = DateTime::new(
                    year.cast_signed(),
                    month.cast_signed(),
                    day.cast_signed(),
                    hour.cast_signed(),
                    minute.cast_signed(),
                    second.cast_signed(),
                    i32::from(ms) * 1_000_000,
                );
                match known {
                    // Without a day there is a time of day only.
                    Ok(known) if (0.0..1.0).contains(&serial) => Self::Time(known.time()),
                    Ok(known) if serial >= 1.0 => Self::of_moment(known),
                    // Excel shows no date for it either.
                    _ => Self::Number(serial),
                }
            }
            Data::DateTimeIso(text) => text
                .parse()
                .map(Self::of_moment)
                .or_else(|_| text.parse().map(Self::Time))
                .unwrap_or(Self::Text(text)),
            Data::DurationIso(text) => match text.parse::<SignedDuration>() {
                Ok(length) => Self::Duration(i64::try_from(length.as_millis()).unwrap_or_default()),
                Err(_) => Self::Text(text),
            },
        }
    }

    fn of_moment(moment: DateTime) -> Self {
        if moment.time() == Time::midnight() {
            Self::Date(moment.date())
        } else {
            Self::Timestamp(moment)
        }
    }

    /// As text; none of an empty cell.
    pub fn text(&self) -> Option<String> {
        Some(match self {
            Self::Empty => return None,
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Boolean(flag) => flag.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Timestamp(moment) => format!("{} {}", moment.date(), moment.time()),
            Self::Time(time) => time.to_string(),
            Self::Duration(ms) => {
                let (sign, ms) = (if *ms < 0 { "-" } else { "" }, ms.unsigned_abs());
                let seconds = ms / 1000;
                let part = if ms % 1000 == 0 {
                    String::new()
                } else {
                    format!(".{:03}", ms % 1000)
                };
                format!(
                    "{sign}{:02}:{:02}:{:02}{part}",
                    seconds / 3600,
                    seconds / 60 % 60,
                    seconds % 60
                )
            }
            Self::Text(text) => (*text).to_owned(),
            Self::Error(error) => error.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{ExcelDateTime, ExcelDateTimeType};

    fn serial(value: f64, kind: ExcelDateTimeType) -> Data {
        Data::DateTime(ExcelDateTime::new(value, kind, false))
    }

    #[test]
    fn serial_numbers_are_dates_and_times_of_day() {
        for (value, text) in [
            (45_322.0, "2024-01-31"),
            (45_322.75, "2024-01-31 18:00:00"),
            (45_322.999_999_999, "2024-02-01"),
            (0.5, "12:00:00"),
            (1.0, "1900-01-01"),
            (-3.0, "-3"),
            (60.0, "60"),
        ] {
            let cell = serial(value, ExcelDateTimeType::DateTime);
            assert_eq!(Value::of(&cell).text().as_deref(), Some(text), "{value}");
        }
        let cell = serial(1.5, ExcelDateTimeType::TimeDelta);
        assert_eq!(Value::of(&cell), Value::Duration(129_600_000));
    }

    #[test]
    fn texts_of_iso_8601_are_dates_and_durations() {
        for (cell, text) in [
            (Data::DateTimeIso("2024-01-31".into()), "2024-01-31"),
            (
                Data::DateTimeIso("2024-01-31T10:30:00".into()),
                "2024-01-31 10:30:00",
            ),
            (Data::DurationIso("PT26H03M00.5S".into()), "26:03:00.500"),
            (Data::DateTimeIso("soon".into()), "soon"),
            (Data::Float(12.0), "12"),
            (Data::Float(0.1), "0.1"),
        ] {
            assert_eq!(Value::of(&cell).text().as_deref(), Some(text), "{cell:?}");
        }
    }
}
