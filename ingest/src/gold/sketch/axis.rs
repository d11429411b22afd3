//! How the values of a column lie on an axis, and in which steps the axis is cut into cells.
//!
//! Invariant: the cells of a coarser level are made of whole cells of a finer one, so that counts stay exact when
//! cells are merged.

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
/// Widths of cells of time, in microseconds, each a multiple of the one before; beyond them days are doubled.
const CLOCK: [i64; 25] = [
    1,
    5,
    10,
    50,
    100,
    500,
    1_000,
    5_000,
    10_000,
    50_000,
    100_000,
    500_000,
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    60 * SECOND,
    300 * SECOND,
    900 * SECOND,
    1800 * SECOND,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    24 * HOUR,
];
/// Levels of floats: cells of `2^level`, from the smallest float to those that number the largest ones.
const REAL_LEVELS: std::ops::RangeInclusive<i16> = -1074..=971;
/// Floats have so many bits that a cell of a value's own exponent less 52 holds that value alone.
const MANTISSA_BITS: i16 = 52;

/// A kind of axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::gold) enum Axis {
    /// Whole numbers, days: cells are powers of two wide.
    Whole,
    /// Microseconds: cells lie on units that people read.
    Clock,
    /// Floats: cells are powers of two wide.
    Real,
}

impl Axis {
    /// The finest level.
    pub fn finest(self) -> i16 {
        match self {
            Self::Whole | Self::Clock => 0,
            Self::Real => *REAL_LEVELS.start(),
        }
    }

    /// The coarsest level.
    pub fn coarsest(self) -> i16 {
        match self {
            Self::Whole => 62,
            Self::Clock => 24 + 26,
            Self::Real => *REAL_LEVELS.end(),
        }
    }

    /// The width of a cell on an axis of whole numbers.
    pub fn whole_width(self, level: i16) -> i64 {
        let level = usize::try_from(level).unwrap_or(0);
        match self {
            Self::Clock => {
                let days = level.saturating_sub(CLOCK.len() - 1);
                CLOCK[level.min(CLOCK.len() - 1)] << days.min(26)
            }
            _ => 1 << level.min(62),
        }
    }

    /// The width of a cell on an axis of floats: a power of two, with which multiplying is exact.
    pub fn real_width(level: i16) -> f64 {
        power_of_two(level)
    }

    /// The cell of a coarser level that a cell is a part of.
    pub fn coarser(self, cell: i64, from: i16, to: i16) -> i64 {
        match self {
            Self::Clock => cell.div_euclid(self.whole_width(to) / self.whole_width(from)),
            Self::Whole | Self::Real => cell >> (to - from).clamp(0, 63),
        }
    }

    /// The finest level at which cells of a float of that size have numbers that are exact.
    pub fn level_of(size: f64) -> i16 {
        let exponent = ((size.abs().to_bits() >> 52) & 0x7ff) as i16 - 1023;
        (exponent - MANTISSA_BITS).clamp(*REAL_LEVELS.start(), *REAL_LEVELS.end())
    }

    /// What a float is multiplied with, twice, for its cell: one over the width is beyond floats at the finest levels.
    pub fn real_factors(level: i16) -> [f64; 2] {
        let half = -level / 2;
        [power_of_two(half), power_of_two(-level - half)]
    }

    /// The cell of a finite float.
    pub fn real_cell(value: f64, factors: [f64; 2]) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "levels keep cells below 2^53")]
        let cell = (value * factors[0] * factors[1]).floor() as i64;
        // The product of a tiny number vanishes; it is below zero all the same.
        if value < 0.0 && cell == 0 { -1 } else { cell }
    }
}

fn power_of_two(exponent: i16) -> f64 {
    f64::from_bits(match exponent {
        ..-1022 => 1 << (exponent + 1074).max(0),
        _ => i64::from(exponent.min(1023) + 1023).cast_unsigned() << 52,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_is_made_of_whole_cells_of_the_one_before() {
        for axis in [Axis::Whole, Axis::Clock] {
            for level in axis.finest()..axis.coarsest() {
                let (fine, coarse) = (axis.whole_width(level), axis.whole_width(level + 1));
                assert!(
                    coarse > fine && coarse % fine == 0,
                    "{axis:?} {level}: {fine} and {coarse}"
                );
            }
            assert_eq!(axis.coarser(-1, axis.finest(), axis.coarsest()), -1);
        }
        assert_eq!(Axis::real_width(0), 1.0);
        assert_eq!(Axis::real_width(-3), 0.125);
    }

    #[test]
    fn a_float_lies_in_its_cell() {
        for value in [
            0.1,
            -0.1,
            4.35,
            -1e300,
            f64::MAX,
            f64::MIN_POSITIVE,
            -f64::MIN_POSITIVE,
            0.0,
        ] {
            let level = Axis::level_of(value);
            for level in [level, level + 1, level + 40].map(|level| level.min(Axis::Real.coarsest())) {
                let width = Axis::real_width(level);
                let cell = Axis::real_cell(value, Axis::real_factors(level));
                let (from, to) = (cell as f64 * width, (cell + 1) as f64 * width);
                assert!(
                    from <= value && (value < to || to.is_infinite()),
                    "{value} at {level}: {from}..{to}"
                );
            }
        }
    }
}
