//! One value of a result, read from Arrow.

use catalog::Scalar;

use super::display;

/// A value, with all that any of its forms needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// SQL's NULL.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer of any width.
    Integer(i128),
    /// A 32-bit float (also widened from 16 bits): kept apart because `0.1f32` is not to be shown as 0.10000000149.
    Float32(f32),
    /// A 64-bit float.
    Float64(f64),
    /// A decimal, by its digits.
    Decimal(String),
    /// A date or timestamp: as [`Scalar`] writes it, and as milliseconds since 1970.
    Moment {
        /// ISO 8601; ends with `Z` when it is an instant.
        text: String,
        /// Milliseconds since 1970, for axes.
        epoch_ms: f64,
    },
    /// A time of day, ISO 8601.
    Clock(String),
    /// A duration: ISO 8601 and seconds.
    Span {
        /// ISO 8601.
        text: String,
        /// Seconds, for axes.
        seconds: f64,
    },
    /// Text.
    Text(String),
    /// What is only shown: bytes in hexadecimal, intervals, dates beyond the calendar.
    Opaque(String),
    /// A list.
    List(Vec<Cell>),
    /// A struct by field name, or a map by the text of its keys.
    Record(Vec<(String, Cell)>),
}

impl Cell {
    /// Whether this is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value for a filter; none for what has no literal in a filter (nested values, bytes, intervals).
    pub fn scalar(&self) -> Option<Scalar> {
        Some(match self {
            Self::Null => Scalar::Null,
            Self::Boolean(value) => Scalar::Boolean(*value),
            Self::Integer(value) => match i64::try_from(*value) {
                Ok(value) => Scalar::Integer(value),
                Err(_) => Scalar::Text(value.to_string()),
            },
            Self::Float32(value) => float_scalar(f64::from(*value)),
            Self::Float64(value) => float_scalar(*value),
            Self::Decimal(text) | Self::Moment { text, .. } | Self::Clock(text) | Self::Text(text) => {
                Scalar::Text(text.clone())
            }
            Self::Span { .. } | Self::Opaque(_) | Self::List(_) | Self::Record(_) => return None,
        })
    }

    /// The value on a numeric axis; times in milliseconds since 1970, durations in seconds.
    pub fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "an axis needs no more than 53 bits")]
            Self::Integer(value) => Some(*value as f64),
            Self::Float32(value) => Some(f64::from(*value)),
            Self::Float64(value) => Some(*value),
            Self::Decimal(text) => text.parse().ok(),
            Self::Moment { epoch_ms, .. } => Some(*epoch_ms),
            Self::Span { seconds, .. } => Some(*seconds),
            _ => None,
        }
    }

    /// The value for a person to read, without what the column decides (see [`super::ColumnStyle`]); none for NULL.
    pub(super) fn display(&self) -> Option<String> {
        Some(match self {
            Self::Float32(value) => display::number_text(display::shortest(*value)),
            Self::Float64(value) => display::number_text(*value),
            Self::Moment { text, .. } => display::spaced_moment(text),
            other => return other.exact(),
        })
    }

    /// The value without loss, for copies, exports and tooltips; none for NULL.
    pub fn exact(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float32(value) => without_point_zero(format!("{value:?}")),
            Self::Float64(value) => without_point_zero(format!("{value:?}")),
            Self::Decimal(text)
            | Self::Moment { text, .. }
            | Self::Clock(text)
            | Self::Span { text, .. }
            | Self::Text(text)
            | Self::Opaque(text) => text.clone(),
            Self::List(_) | Self::Record(_) => {
                let mut json = String::new();
                self.write_json(&mut json);
                json
            }
        })
    }

    /// Nested values are written as JSON, in the order of their fields.
    fn write_json(&self, json: &mut String) {
        match self {
            Self::Null => json.push_str("null"),
            Self::List(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        json.push_str(", ");
                    }
                    item.write_json(json);
                }
                json.push(']');
            }
            Self::Record(fields) => {
                json.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        json.push_str(", ");
                    }
                    push_json_string(json, name);
                    json.push_str(": ");
                    value.write_json(json);
                }
                json.push('}');
            }
            Self::Boolean(_) | Self::Integer(_) => json.push_str(&self.exact().unwrap_or_default()),
            Self::Float32(value) if value.is_finite() => json.push_str(&self.exact().unwrap_or_default()),
            Self::Float64(value) if value.is_finite() => json.push_str(&self.exact().unwrap_or_default()),
            other => push_json_string(json, &other.exact().unwrap_or_default()),
        }
    }
}

/// JSON has neither infinity nor NaN: they travel as text.
fn float_scalar(value: f64) -> Scalar {
    if value.is_finite() {
        Scalar::Float(value)
    } else {
        Scalar::Text(value.to_string())
    }
}

/// Rust writes whole floats as `1.0`; other tools as `1`.
fn without_point_zero(mut text: String) -> String {
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
}

fn push_json_string(json: &mut String, text: &str) {
    json.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_beyond_64_bits_signed_become_digits_in_a_filter() {
        assert_eq!(
            Cell::Integer(i64::MIN.into()).scalar(),
            Some(Scalar::Integer(i64::MIN))
        );
        assert_eq!(
            Cell::Integer(u64::MAX.into()).scalar(),
            Some(Scalar::from("18446744073709551615"))
        );
    }

    #[test]
    fn floats_that_json_cannot_say_travel_as_text() {
        assert_eq!(Cell::Float64(f64::NAN).scalar(), Some(Scalar::from("NaN")));
        assert_eq!(
            Cell::Float64(f64::NEG_INFINITY).scalar(),
            Some(Scalar::from("-inf"))
        );
        assert_eq!(
            Cell::Float32(0.1).scalar(),
            Some(Scalar::Float(f64::from(0.1_f32))),
            "the exact value, or the filter would not match"
        );
    }

    #[test]
    fn the_exact_form_loses_nothing() {
        for (cell, expected) in [
            (Cell::Float64(0.1 + 0.2), "0.30000000000000004"),
            (Cell::Float64(-0.0), "-0"),
            (Cell::Float64(1e300), "1e300"),
            (Cell::Float64(3.0), "3"),
            (Cell::Float32(0.1), "0.1"),
            (Cell::Integer(i64::MIN.into()), "-9223372036854775808"),
        ] {
            assert_eq!(cell.exact().as_deref(), Some(expected));
        }
        assert_eq!(Cell::Null.exact(), None);
    }

    #[test]
    fn nested_values_read_as_json() {
        let cell = Cell::Record(vec![
            (
                "b".to_owned(),
                Cell::List(vec![Cell::Integer(1), Cell::Null, Cell::Float64(f64::NAN)]),
            ),
            ("a\"".to_owned(), Cell::Text("x\ny".to_owned())),
        ]);
        assert_eq!(
            cell.exact().as_deref(),
            Some(r#"{"b": [1, null, "NaN"], "a\"": "x\ny"}"#)
        );
        assert_eq!(cell.scalar(), None, "no filter can be made of it");
    }
}
