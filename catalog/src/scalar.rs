//! One value of a column as JSON carries it.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A value in statistics, partitions and filters. Its meaning depends on the column's type:
/// dates are `YYYY-MM-DD`, timestamps `YYYY-MM-DDTHH:MM:SS[.ffffff]` (UTC, with a final `Z` when the
/// column has a time zone), times `HH:MM:SS[.ffffff]`, decimals and integers beyond 64 bits their digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// SQL's NULL.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer of at most 64 bits, signed.
    Integer(i64),
    /// A finite or infinite floating-point number; JSON has no infinity, so those travel as [`Scalar::Text`].
    Float(f64),
    /// Text, and every type whose value is written as text.
    Text(String),
}

impl Scalar {
    /// Whether this is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as a number, for axes and histograms; none for text that is no number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Null => None,
            Self::Boolean(value) => Some(f64::from(u8::from(*value))),
            #[expect(clippy::cast_precision_loss, reason = "an axis needs no more than 53 bits")]
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
        }
    }

    /// The order of two values of one column; none where they are not comparable. Decimals are text here, whose order is
    /// not that of the numbers: compare [`Scalar::as_f64`] of those.
    pub fn partial_cmp_same_type(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Integer(_) | Self::Float(_), Self::Integer(_) | Self::Float(_)) => {
                self.as_f64()?.partial_cmp(&other.as_f64()?)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_survives_json() {
        for value in [
            Scalar::Null,
            Scalar::Boolean(true),
            Scalar::Integer(i64::MIN),
            Scalar::Float(0.1),
            Scalar::Text("2001-01-01T00:00:00".to_owned()),
        ] {
            let json = serde_json::to_string(&value).expect("serialises");
            assert_eq!(
                serde_json::from_str::<Scalar>(&json).expect("parses"),
                value,
                "{json}"
            );
        }
    }

    #[test]
    fn numbers_compare_across_kinds_and_text_does_not_compare_with_numbers() {
        assert_eq!(
            Scalar::Integer(2).partial_cmp_same_type(&Scalar::Float(2.5)),
            Some(Ordering::Less)
        );
        assert_eq!(Scalar::Integer(2).partial_cmp_same_type(&Scalar::from("2")), None);
    }
}
