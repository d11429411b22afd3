//! PostgreSQL's `numeric`, exact.

use std::fmt;

/// Digits that a decimal has at most.
const DIGITS: u16 = 38;
/// A digit of the wire has four of ours.
const BASE_DIGITS: i32 = 4;

/// A number of any size, digit by digit.
pub(super) struct Numeric {
    /// `NaN` and the infinities have a name only.
    name: Option<&'static str>,
    is_negative: bool,
    /// The exponent of the first of `digits`, to the base 10,000.
    weight: i32,
    /// Digits behind the point that are shown.
    scale: i32,
    digits: Vec<u16>,
}

/// Digits and scale of a column by its modifier; none where any number is allowed, or one that is too large.
pub(super) fn decimal_type(modifier: i32) -> Option<(u8, i8)> {
    let packed = u32::try_from(modifier).ok()?.checked_sub(4)?;
    let precision = u16::try_from(packed >> 16).ok()?;
    // Eleven bits with a sign.
    let scale = i32::try_from(packed & 0x7ff).ok()?;
    let scale = (scale ^ 1024) - 1024;
    let (precision, scale) = match u16::try_from(scale) {
        // Zeros before the point, or behind it and before the first digit, count as digits here.
        Ok(scale) => (precision.max(scale), scale),
        Err(_) => (precision.checked_add(u16::try_from(-scale).ok()?)?, 0),
    };
    (precision <= DIGITS).then_some((u8::try_from(precision).ok()?, i8::try_from(scale).ok()?))
}

impl Numeric {
    /// A number as it was copied.
    pub fn of(raw: &[u8]) -> Result<Self, String> {
        let mut words = Vec::with_capacity(raw.len() / 2);
        for pair in raw.chunks(2) {
            let pair: [u8; 2] = pair.try_into().map_err(|_| cut_off())?;
            words.push(u16::from_be_bytes(pair));
        }
        let [count, weight, sign, scale, digits @ ..] = words.as_slice() else {
            return Err(cut_off());
        };
        if digits.len() != usize::from(*count) || digits.iter().any(|digit| *digit > 9999) {
            return Err(cut_off());
        }
        let (name, is_negative) = match sign {
            0 => (None, false),
            0x4000 => (None, true),
            0xC000 => (Some("NaN"), false),
            0xD000 => (Some("Infinity"), false),
            0xF000 => (Some("-Infinity"), true),
            _ => return Err(cut_off()),
        };
        Ok(Self {
            name,
            is_negative,
            weight: i32::from(weight.cast_signed()),
            scale: i32::from(*scale),
            digits: digits.to_vec(),
        })
    }

    /// The number without its point, with so many digits behind it.
    pub fn unscaled(&self, scale: i8) -> Result<i128, String> {
        if let Some(name) = self.name {
            return Err(format!(
                "it is {name}, which decimals do not have: write x::float8 or NULLIF(x, '{name}') in a query"
            ));
        }
        let too_large = || "it has more digits than 38: write x::text in a query".to_owned();
        let mut value = 0_i128;
        for (index, digit) in (0_i32..).zip(&self.digits) {
            let exponent = (self.weight - index) * BASE_DIGITS + i32::from(scale);
            let digit = i128::from(*digit);
            let part = match u32::try_from(exponent) {
                Ok(exponent) => 10_i128
                    .checked_pow(exponent)
                    .and_then(|power| power.checked_mul(digit)),
                Err(_) => {
                    let power = 10_i128.checked_pow(exponent.unsigned_abs());
                    power
                        .filter(|power| digit % power == 0)
                        .map(|power| digit / power)
                }
            };
            let part = match digit {
                0 => Some(0),
                _ => part,
            };
            value = part
                .and_then(|part| value.checked_add(part))
                .ok_or_else(too_large)?;
        }
        Ok(if self.is_negative { -value } else { value })
    }

    fn digit(&self, exponent: i32) -> u16 {
        usize::try_from(self.weight - exponent)
            .ok()
            .and_then(|index| self.digits.get(index))
            .copied()
            .unwrap_or(0)
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name {
            return f.write_str(name);
        }
        if self.is_negative {
            f.write_str("-")?;
        }
        let first = self.weight.max(0);
        write!(f, "{}", self.digit(first))?;
        for exponent in (0..first).rev() {
            write!(f, "{:04}", self.digit(exponent))?;
        }
        if self.scale == 0 {
            return Ok(());
        }
        let mut fraction = String::new();
        let mut exponent = -1;
        while i32::try_from(fraction.len()).is_ok_and(|length| length < self.scale) {
            fraction.push_str(&format!("{:04}", self.digit(exponent)));
            exponent -= 1;
        }
        fraction.truncate(usize::try_from(self.scale).unwrap_or_default());
        write!(f, ".{fraction}")
    }
}

fn cut_off() -> String {
    "the server sent a numeric in a form that is not known: write x::text in a query".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Numeric {
        let count = u16::try_from(digits.len()).expect("few digits");
        let words = [count, weight.cast_unsigned(), sign, scale];
        let raw: Vec<u8> = words
            .iter()
            .chain(digits)
            .flat_map(|word| word.to_be_bytes())
            .collect();
        Numeric::of(&raw).expect("a number")
    }

    #[test]
    fn a_number_is_written_with_all_its_digits() {
        let cases = [
            (number(0, 0, 2, &[12, 3400]), "12.34", 1234),
            (number(1, 0x4000, 0, &[1, 5]), "-10005", -1_000_500),
            (number(2, 0, 0, &[7]), "700000000", 70_000_000_000),
            (number(-1, 0, 2, &[500]), "0.05", 5),
            (number(0, 0, 2, &[]), "0.00", 0),
        ];
        for (number, text, unscaled) in cases {
            assert_eq!(number.to_string(), text);
            assert_eq!(number.unscaled(2), Ok(unscaled), "{text}");
        }
        assert_eq!(number(-3, 0, 10, &[12]).to_string(), "0.0000000000");
        assert!(
            number(0, 0, 4, &[0, 1]).unscaled(2).is_err(),
            "it would be rounded"
        );
        assert!(number(12, 0, 0, &[1]).unscaled(0).is_err());
        assert_eq!(number(0, 0xC000, 0, &[]).to_string(), "NaN");
    }

    #[test]
    fn a_modifier_tells_digits_and_scale() {
        let modifier = |precision: i32, scale: i32| ((precision << 16) | (scale & 0x7ff)) + 4;
        assert_eq!(decimal_type(modifier(10, 2)), Some((10, 2)));
        assert_eq!(decimal_type(modifier(38, 0)), Some((38, 0)));
        assert_eq!(decimal_type(modifier(2, -3)), Some((5, 0)));
        assert_eq!(decimal_type(modifier(3, 5)), Some((5, 5)));
        assert_eq!(decimal_type(modifier(39, 0)), None);
        assert_eq!(decimal_type(-1), None);
    }
}
