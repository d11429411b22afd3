//! Numbers and times for the eye. The same in every locale, so that links, screenshots and tests agree.

/// Puts commas between thousands.
pub fn group_digits(number: &str) -> String {
    let digits_at = number.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (sign, rest) = number.split_at(digits_at);
    let whole_len = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, fraction) = rest.split_at(whole_len);
    if whole.len() <= 3 {
        return number.to_owned();
    }
    let mut grouped = String::with_capacity(number.len() + whole.len() / 3);
    grouped.push_str(sign);
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(fraction);
    grouped
}

/// A float with about six significant digits, at least two of them behind the point where there are any.
pub fn number_text(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value.is_nan() {
            "NaN".to_owned()
        } else if value.is_infinite() {
            format!("{}Infinity", if value < 0.0 { "-" } else { "" })
        } else {
            value.to_string()
        };
    }
    let magnitude = value.abs();
    if !(1e-5..1e15).contains(&magnitude) {
        let text = format!("{value:.5e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) => format!("{}e{exponent}", trim_zeros(mantissa)),
            None => text,
        };
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -5 and 15")]
    let exponent = magnitude.log10().floor() as i32;
    let decimals = usize::try_from(5 - exponent).unwrap_or(0).max(2);
    group_digits(trim_zeros(&format!("{value:.decimals$}")))
}

/// The double that is written as this float is: 0.1, not 0.10000000149.
pub(super) fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// A blank for the `T` of ISO 8601.
pub(super) fn spaced_moment(text: &str) -> String {
    text.replacen('T', " ", 1)
}

/// A moment at midnight as its date.
pub(super) fn without_midnight(text: &str) -> String {
    let date = text
        .strip_suffix(" 00:00:00")
        .or_else(|| text.strip_suffix(" 00:00:00Z"));
    date.unwrap_or(text).to_owned()
}

fn trim_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, expected) in [
            ("0", "0"),
            ("999", "999"),
            ("-2001", "-2,001"),
            ("12345", "12,345"),
            ("-9223372036854775808", "-9,223,372,036,854,775,808"),
            ("1234567.891011", "1,234,567.891011"),
            ("-0.000001", "-0.000001"),
            ("", ""),
        ] {
            assert_eq!(group_digits(number), expected);
        }
    }

    #[test]
    fn floats_show_what_the_eye_can_use() {
        for (value, expected) in [
            (8.123_456_789, "8.12346"),
            (0.1 + 0.2, "0.3"),
            (1234.5, "1,234.5"),
            (123_456.789, "123,456.79"),
            (-0.001_234_567, "-0.00123457"),
            (5e-324, "4.94066e-324"),
            (1e300, "1e300"),
            (999_999_999_999_999.0, "999,999,999,999,999"),
            (-0.0, "-0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(value), expected, "{value:?}");
        }
        assert_eq!(number_text(shortest(0.1)), "0.1");
    }
}
