//! The order of values as the catalog writes them.
//!
//! Entry point: [`compare`].

use std::cmp::Ordering;

use catalog::{ColumnType, Scalar};

/// The order of two values of a column, NULL last; none where their texts do not tell.
pub(super) fn compare(column_type: &ColumnType, a: &Scalar, b: &Scalar) -> Option<Ordering> {
    match (a.is_null(), b.is_null()) {
        (false, false) => {}
        (a, b) => return Some(a.cmp(&b)),
    }
    let (Scalar::Text(left), Scalar::Text(right)) = (a, b) else {
        return match column_type {
            ColumnType::UInt { .. } => Some(whole(a)?.cmp(&whole(b)?)),
            ColumnType::Float { .. } => Some(a.as_f64()?.total_cmp(&b.as_f64()?)),
            _ => a.partial_cmp_same_type(b),
        };
    };
    match column_type {
        ColumnType::UInt { .. } => Some(whole(a)?.cmp(&whole(b)?)),
        ColumnType::Float { .. } => Some(a.as_f64()?.total_cmp(&b.as_f64()?)),
        ColumnType::Decimal { .. } => decimals(left, right),
        ColumnType::Date | ColumnType::Timestamp { .. } => {
            (is_calendar(left) && is_calendar(right)).then(|| left.cmp(right))
        }
        _ => Some(left.cmp(right)),
    }
}

/// The lesser of two values; none where that cannot be told.
pub(super) fn least(column_type: &ColumnType, a: Scalar, b: Scalar) -> Option<Scalar> {
    compare(column_type, &a, &b).map(|order| if order.is_le() { a } else { b })
}

/// The greater of two values that are not NULL; none where that cannot be told.
pub(super) fn most(column_type: &ColumnType, a: Scalar, b: Scalar) -> Option<Scalar> {
    compare(column_type, &a, &b).map(|order| if order.is_ge() { a } else { b })
}

fn whole(value: &Scalar) -> Option<i128> {
    match value {
        Scalar::Integer(value) => Some(i128::from(*value)),
        Scalar::Text(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// By their digits, since floats would round them; scales may differ.
fn decimals(a: &str, b: &str) -> Option<Ordering> {
    let parts = |text: &str| -> Option<(bool, u128, String)> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        Some((
            text.starts_with('-'),
            whole,
            fraction.trim_end_matches('0').to_owned(),
        ))
    };
    let (a, b) = (parts(a)?, parts(b)?);
    let size = (a.1, &a.2).cmp(&(b.1, &b.2));
    Some(match (a.0, b.0) {
        (false, false) => size,
        (true, true) => size.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// Years of four digits, and infinity, are in the order of their texts.
fn is_calendar(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(text, "infinity" | "-infinity")
        || !text.ends_with(')') && bytes.get(4) == Some(&b'-') && bytes[..4].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_the_order_of_their_type() {
        let decimal = ColumnType::Decimal {
            precision: 38,
            scale: 2,
        };
        let local = ColumnType::Timestamp { utc: false };
        for (column_type, ascending) in [
            (
                &decimal,
                vec!["-10.00", "-9.99", "-0.50", "0.00", "0.5", "9.99", "10.00"],
            ),
            (
                &ColumnType::UInt { bits: 64 },
                vec!["7", "9223372036854775808", "18446744073709551615"],
            ),
            (&ColumnType::Float { bits: 64 }, vec!["-inf", "inf"]),
            (
                &local,
                vec![
                    "-infinity",
                    "0044-01-01T00:00:00",
                    "2001-01-01T00:00:00",
                    "2001-01-01T00:00:00.500000",
                    "infinity",
                ],
            ),
        ] {
            for pair in ascending.windows(2) {
                let order = compare(column_type, &Scalar::from(pair[0]), &Scalar::from(pair[1]));
                assert_eq!(order, Some(Ordering::Less), "{pair:?}");
            }
        }
        let u64 = ColumnType::UInt { bits: 64 };
        let (small, large) = (Scalar::Integer(5), Scalar::from("18446744073709551615"));
        assert_eq!(compare(&u64, &small, &large), Some(Ordering::Less));
        assert_eq!(
            compare(&u64, &Scalar::Null, &large),
            Some(Ordering::Greater),
            "NULL is last"
        );
    }

    #[test]
    fn what_texts_do_not_tell_is_not_guessed() {
        let day = ColumnType::Date;
        for odd in ["0044-03-15 (BC)", "12001-01-01"] {
            assert_eq!(
                compare(&day, &Scalar::from(odd), &Scalar::from("2001-01-01")),
                None
            );
        }
    }
}
