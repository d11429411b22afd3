//! Columns of a sheet: what they are read as, and their values as Arrow arrays.

use std::collections::BTreeMap;
use std::sync::Arc;

use duckdb::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, IntervalDayTimeArray, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use duckdb::arrow::datatypes::IntervalDayTime;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::kind::Kind;
use super::sheet::Sheet;
use super::value::Value;

const DAY_MS: i64 = 86_400_000;
const DAY_SECONDS: i64 = 86_400;

/// A column as it is read.
pub(super) struct Column {
    /// In the first row.
    pub name: String,
    place: usize,
    /// Kinds of its values with the first row of each.
    seen: BTreeMap<Kind, usize>,
}

impl Column {
    /// The columns of a sheet. Cells that are errors are added to `errors`.
    pub fn of(sheet: &Sheet, rows: &[usize], errors: &mut Vec<String>) -> Vec<Self> {
        let names = sheet.columns();
        let columns = names.into_iter().map(|(place, name)| {
            let mut seen = BTreeMap::new();
            for row in rows {
                let value = sheet.value(*row, place);
                if let Value::Error(error) = &value {
                    errors.push(format!("{} is {error}", sheet.cell_name(*row, place)));
                }
                if let Some(kind) = Kind::of(&value) {
                    seen.entry(kind).or_insert(*row);
                }
            }
            Self { name, place, seen }
        });
        columns.collect()
    }

    /// The kind that holds all values; none where there are none.
    pub fn kind(&self) -> Option<Kind> {
        self.seen.keys().copied().reduce(Kind::with)
    }

    /// The first cell of which the value is of no such kind, with what it holds.
    pub fn misfit(&self, sheet: &Sheet, kind: Kind) -> Option<String> {
        let (_, row) = self.seen.iter().find(|(seen, _)| !kind.holds(**seen))?;
        let text = sheet.value(*row, self.place).text().unwrap_or_default();
        Some(format!("{} holds {text}", sheet.cell_name(*row, self.place)))
    }

    /// What it holds, where that are things which do not go together: `numbers (S!B2) and text (S!B7)`.
    pub fn mixture(&self, sheet: &Sheet) -> Option<String> {
        let mut firsts: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, row) in &self.seen {
            let first = firsts.entry(kind.in_words()).or_insert(*row);
            *first = (*first).min(*row);
        }
        let is_mixed = firsts.len() > 1 && self.kind() == Some(Kind::Text);
        is_mixed.then(|| {
            let parts: Vec<String> = firsts
                .iter()
                .map(|(words, row)| format!("{words} ({})", sheet.cell_name(*row, self.place)))
                .collect();
            parts.join(" and ")
        })
    }

    /// The values in these rows; what is of no such kind is NULL.
    pub fn array(&self, sheet: &Sheet, rows: &[usize], kind: Kind) -> ArrayRef {
        let values = rows.iter().map(|row| sheet.value(*row, self.place));
        match kind {
            Kind::Integer => Arc::new(values.map(|value| integer(&value)).collect::<Int64Array>()),
            Kind::Number => Arc::new(values.map(|value| number(&value)).collect::<Float64Array>()),
            Kind::Boolean => Arc::new(values.map(|value| boolean(&value)).collect::<BooleanArray>()),
            Kind::Date => Arc::new(values.map(|value| date(&value)).collect::<Date32Array>()),
            Kind::Timestamp => Arc::new(
                values
                    .map(|value| timestamp(&value))
                    .collect::<TimestampMicrosecondArray>(),
            ),
            Kind::Time => Arc::new(
                values
                    .map(|value| time(&value))
                    .collect::<Time64MicrosecondArray>(),
            ),
            Kind::Duration => Arc::new(
                values
                    .map(|value| duration(&value))
                    .collect::<IntervalDayTimeArray>(),
            ),
            Kind::Text => Arc::new(values.map(|value| text(&value)).collect::<StringArray>()),
        }
    }
}

fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a cell holds no whole number that is not exact"
)]
fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Boolean(flag) => Some(*flag),
        _ => None,
    }
}

fn date(value: &Value<'_>) -> Option<i32> {
    match value {
        Value::Date(date) => i32::try_from(micros(date.at(0, 0, 0, 0))? / 1_000_000 / DAY_SECONDS).ok(),
        _ => None,
    }
}

fn timestamp(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Date(date) => micros(date.at(0, 0, 0, 0)),
        Value::Timestamp(moment) => micros(*moment),
        _ => None,
    }
}

fn time(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Time(time) => since_midnight(*time),
        _ => None,
    }
}

fn duration(value: &Value<'_>) -> Option<IntervalDayTime> {
    let ms = match value {
        Value::Duration(ms) => *ms,
        Value::Time(time) => since_midnight(*time)? / 1000,
        _ => return None,
    };
    let days = i32::try_from(ms / DAY_MS).ok()?;
    Some(IntervalDayTime::new(days, i32::try_from(ms % DAY_MS).ok()?))
}

fn text(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Error(_) => None,
        value => value.text(),
    }
}

/// Microseconds since 1970.
fn micros(moment: DateTime) -> Option<i64> {
    let zoned = moment.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond())
}

fn since_midnight(time: Time) -> Option<i64> {
    micros(Date::constant(1970, 1, 1).to_datetime(time))
}
