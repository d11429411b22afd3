//! Counts, sizes and durations.

/// `3000000` as `3,000,000`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `3,000,000 rows`.
pub fn plural(value: u64, noun: &str) -> String {
    let ending = if value == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(value))
}

/// How many hundredths of the whole a part is, rounded down: what is not whole never looks so.
pub fn percent(part: u64, whole: u64) -> Option<u64> {
    let percent = (u128::from(part) * 100).checked_div(u128::from(whole))?;
    u64::try_from(percent.min(100)).ok()
}

const BYTES: [&str; 6] = [" B", " kB", " MB", " GB", " TB", " PB"];

/// A size in decimal units with about three digits: `812 B`, `1.94 MB`.
pub fn bytes(value: u64) -> String {
    scaled(value, &BYTES)
}

/// How much of a size, in the unit of the whole: `1.2 of 1.9 MB`.
pub fn bytes_of(part: u64, whole: u64) -> String {
    let unit = unit_of(whole, BYTES.len());
    let digits = digits_of(in_unit(whole, unit), unit);
    let whole = number(in_unit(whole, unit), digits);
    format!(
        "{} of {whole}{}",
        number(in_unit(part, unit), digits),
        BYTES[unit]
    )
}

/// A count with about three digits: `812`, `1.94 M`; for places too narrow for [`count`].
pub fn compact(value: u64) -> String {
    scaled(value, &["", "k", "M", "B", "T", "Q"])
}

fn scaled(value: u64, units: &[&str]) -> String {
    let unit = unit_of(value, units.len());
    let scaled = in_unit(value, unit);
    format!("{}{}", number(scaled, digits_of(scaled, unit)), units[unit])
}

/// How many times a thousand goes into a value that is shown with three digits.
fn unit_of(value: u64, units: usize) -> usize {
    // 999.5 would be shown as 1000.
    (0..units)
        .find(|unit| in_unit(value, *unit) < 999.5)
        .unwrap_or(units - 1)
}

fn in_unit(value: u64, unit: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let value = value as f64;
    (0..unit).fold(value, |value, _| value / 1000.0)
}

fn digits_of(scaled: f64, unit: usize) -> usize {
    match scaled {
        _ if unit == 0 => 0,
        s if s < 9.995 => 2,
        s if s < 99.95 => 1,
        _ => 0,
    }
}

fn number(scaled: f64, digits: usize) -> String {
    let number = format!("{scaled:.digits$}");
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number
    }
}

/// A time span in the unit that suits it: `0.4 ms`, `42 ms`, `1.3 s`, `2 min 5 s`.
pub fn duration(milliseconds: f64) -> String {
    if milliseconds < 9.95 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 999.5 {
        format!("{milliseconds:.0} ms")
    } else if milliseconds < 59_950.0 {
        format!("{:.1} s", milliseconds / 1000.0)
    } else {
        let seconds = milliseconds / 1000.0;
        format!(
            "{} min {:.0} s",
            (seconds / 60.0).floor(),
            (seconds % 60.0).floor()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        let shown: Vec<String> = [0, 999, 1_000, 12_345, 3_000_000]
            .into_iter()
            .map(count)
            .collect();
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "3,000,000"]);
        assert_eq!(plural(1, "row"), "1 row");
        assert_eq!(plural(0, "row"), "0 rows");
    }

    #[test]
    fn sizes_have_about_three_digits_and_never_four() {
        let shown: Vec<String> = [0, 999, 1_000, 1_940_000, 13_100_000, 999_499_999, 999_999_999]
            .into_iter()
            .map(bytes)
            .collect();
        assert_eq!(
            shown,
            ["0 B", "999 B", "1 kB", "1.94 MB", "13.1 MB", "999 MB", "1 GB"]
        );
        assert_eq!(compact(1_940_000), "1.94M");
        assert_eq!(compact(100), "100", "zeros before the point stay");
    }

    #[test]
    fn parts_of_a_size_are_in_the_unit_of_the_whole() {
        assert_eq!(bytes_of(1_200_000, 1_900_000), "1.2 of 1.9 MB");
        assert_eq!(bytes_of(812, 1_900_000), "0 of 1.9 MB");
        assert_eq!(bytes_of(36_900_000, 36_900_000), "36.9 of 36.9 MB");
        assert_eq!(bytes_of(1_300_000_000, 1_200_000_000), "1.3 of 1.2 GB");
        assert_eq!(bytes_of(5, 812), "5 of 812 B");
    }

    #[test]
    fn a_part_is_never_a_hundred_percent() {
        let shown = [(0, 3), (2, 3), (999, 1_000), (3, 3), (4, 3)].map(|(part, whole)| percent(part, whole));
        assert_eq!(shown, [Some(0), Some(66), Some(99), Some(100), Some(100)]);
        assert_eq!(percent(1, 0), None);
    }

    #[test]
    fn durations_change_unit_before_they_get_long() {
        let shown: Vec<String> = [0.44, 42.4, 999.6, 1_260.0, 125_900.0]
            .into_iter()
            .map(duration)
            .collect();
        assert_eq!(shown, ["0.4 ms", "42 ms", "1.0 s", "1.3 s", "2 min 5 s"]);
    }
}
