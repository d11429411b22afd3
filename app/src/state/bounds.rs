//! Bounds of a range as a person types them.

use catalog::{ColumnType, Scalar};

use crate::format::{civil_micros, civil_text};

/// Which form control suits a column's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// `<input type=number>`.
    Number,
    /// `<input type=date>`.
    Date,
    /// `<input type=datetime-local>`.
    Moment,
}

impl InputKind {
    /// The `type` attribute.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Date => "date",
            Self::Moment => "datetime-local",
        }
    }
}

/// The form control for a column's bounds; none for types without a distance.
pub fn input_kind(column_type: &ColumnType) -> Option<InputKind> {
    match column_type {
        ColumnType::Date => Some(InputKind::Date),
        ColumnType::Timestamp { .. } => Some(InputKind::Moment),
        other => other.is_numeric().then_some(InputKind::Number),
    }
}

/// What was typed, as a value of the column; none for nothing or nonsense.
pub fn bound_of_text(text: &str, column_type: &ColumnType) -> Option<Scalar> {
    let text = text.trim();
    match column_type {
        ColumnType::Date | ColumnType::Timestamp { .. } => {
            civil_text(civil_micros(text)?, column_type).map(Scalar::Text)
        }
        ColumnType::Decimal { .. } => text.parse::<f64>().ok().map(|_| Scalar::Text(text.to_owned())),
        _ => match text.parse::<i64>() {
            Ok(whole) => Some(Scalar::Integer(whole)),
            Err(_) => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map(Scalar::Float),
        },
    }
}

/// A bound as its form control wants it.
pub fn text_of_bound(bound: Option<&Scalar>) -> String {
    bound
        .map(|bound| bound.to_string().trim_end_matches('Z').to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_into_the_form_as_it_was() {
        let cases = [
            ("2001-03-01", ColumnType::Date),
            ("2001-03-01T12:30:00", ColumnType::Timestamp { utc: true }),
            ("2001-03-01T12:30:00", ColumnType::Timestamp { utc: false }),
            ("-5", ColumnType::Int { bits: 16 }),
            (
                "1.50",
                ColumnType::Decimal {
                    precision: 9,
                    scale: 2,
                },
            ),
            ("0.25", ColumnType::Float { bits: 64 }),
        ];
        for (text, column_type) in cases {
            let bound = bound_of_text(text, &column_type).expect("is a bound");
            assert_eq!(text_of_bound(Some(&bound)), text);
        }
    }

    #[test]
    fn a_clock_without_seconds_is_completed() {
        let stamp = ColumnType::Timestamp { utc: false };
        assert_eq!(
            bound_of_text("2001-03-01T12:30", &stamp),
            Some(Scalar::from("2001-03-01T12:30:00"))
        );
    }

    #[test]
    fn nonsense_is_no_bound() {
        for (text, column_type) in [
            ("", ColumnType::Int { bits: 8 }),
            ("soon", ColumnType::Date),
            ("inf", ColumnType::Float { bits: 64 }),
            (
                "1; DROP",
                ColumnType::Decimal {
                    precision: 9,
                    scale: 2,
                },
            ),
        ] {
            assert_eq!(bound_of_text(text, &column_type), None, "{text}");
        }
    }
}
