//! How many values differ: a HyperLogLog, estimated as in O. Ertl, "New cardinality estimation algorithms for
//! HyperLogLog sketches" (2017), algorithm 8.
//!
//! Invariant: it depends on the set of hashes alone, not on their order, and the union of two is exact.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bits of a hash that choose a register: 4096 registers are 1.6 % off, on average.
const INDEX_BITS: u32 = 12;
const REGISTERS: usize = 1 << INDEX_BITS;
const RANK_BITS: u32 = 64 - INDEX_BITS;
/// One character for each register: ranks are at most 53.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
/// Encloses how many registers in a row are empty.
const RUN: char = '.';

/// A set of values, by their hashes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Distinct {
    registers: Box<[u8]>,
}

impl Default for Distinct {
    fn default() -> Self {
        Self {
            registers: vec![0; REGISTERS].into(),
        }
    }
}

impl std::fmt::Debug for Distinct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Distinct(~{})", self.estimate())
    }
}

/// The hash of a number's bits. Stored in sketches by what it sets: it must never change.
pub(in crate::gold) fn hash_bits(bits: u64) -> u64 {
    let mut bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The hash of bytes. Stored in sketches by what it sets: it must never change.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    twox_hash::XxHash64::oneshot(0, bytes)
}

impl Distinct {
    /// Takes a value in.
    pub fn insert(&mut self, hash: u64) {
        let register = &mut self.registers[(hash >> RANK_BITS) as usize];
        // The marker bit bounds the rank where all other bits are zero.
        let rank = ((hash << INDEX_BITS) | (1 << (INDEX_BITS - 1))).leading_zeros() + 1;
        *register = (*register).max(rank as u8);
    }

    /// Takes in what the other has.
    pub fn merge(&mut self, other: &Self) {
        for (own, others) in self.registers.iter_mut().zip(&other.registers) {
            *own = (*own).max(*others);
        }
    }

    /// How many values, within a few per cent.
    pub fn estimate(&self) -> u64 {
        let mut counts = [0_u32; RANK_BITS as usize + 2];
        for &rank in &self.registers {
            counts[usize::from(rank).min(RANK_BITS as usize + 1)] += 1;
        }
        let registers = REGISTERS as f64;
        let last = RANK_BITS as usize + 1;
        let mut z = registers * tau(1.0 - f64::from(counts[last]) / registers);
        for &count in counts[1..last].iter().rev() {
            z = 0.5 * (z + f64::from(count));
        }
        z += registers * sigma(f64::from(counts[0]) / registers);
        let estimate = registers * registers / (2.0 * std::f64::consts::LN_2 * z);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let rounded = estimate.round() as u64;
        rounded
    }
}

/// Corrects for registers that are empty.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z <= before {
            return z;
        }
    }
}

/// Corrects for registers that are full.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z >= before {
            return z / 3.0;
        }
    }
}

impl Serialize for Distinct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        for run in self.registers.chunk_by(|a, b| *a == 0 && *b == 0) {
            if run.len() > 3 {
                text.push_str(&format!("{RUN}{}{RUN}", run.len()));
            } else {
                text.extend(run.iter().map(|&rank| char::from(DIGITS[usize::from(rank & 63)])));
            }
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom("the registers of a distinct count are damaged");
        let mut registers = Vec::with_capacity(REGISTERS);
        for (index, part) in text.split(RUN).enumerate() {
            if index % 2 == 1 {
                let empty: usize = part.parse().map_err(|_| wrong())?;
                if empty > REGISTERS {
                    return Err(wrong());
                }
                registers.resize(registers.len() + empty, 0);
            } else {
                for byte in part.bytes() {
                    let rank = DIGITS.iter().position(|digit| *digit == byte).ok_or_else(wrong)?;
                    registers.push(u8::try_from(rank).map_err(|_| wrong())?);
                }
            }
        }
        if registers.len() != REGISTERS {
            return Err(wrong());
        }
        Ok(Self {
            registers: registers.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = u64>) -> Distinct {
        let mut distinct = Distinct::default();
        for value in values {
            distinct.insert(hash_bits(value));
        }
        distinct
    }

    #[test]
    fn estimates_are_within_a_few_per_cent_at_every_size() {
        assert_eq!(Distinct::default().estimate(), 0);
        for count in [1, 10, 100, 1_000, 5_000, 10_000, 20_000, 100_000, 1_000_000] {
            let estimate = of(0..count).estimate();
            let error = estimate.abs_diff(count) as f64 / count as f64;
            assert!(error < 0.05, "{count}: {estimate}");
        }
    }

    #[test]
    fn the_union_of_parts_is_the_whole() {
        let mut union = of(0..60_000);
        union.merge(&of(40_000..100_000));
        assert_eq!(union, of((0..100_000).rev()));
    }

    #[test]
    fn registers_survive_json_and_few_values_take_few_bytes() {
        for count in [0, 1, 50, 5_000, 1_000_000] {
            let distinct = of(0..count);
            let json = serde_json::to_string(&distinct).expect("serialises");
            assert_eq!(
                serde_json::from_str::<Distinct>(&json).expect("parses"),
                distinct,
                "{count}"
            );
            assert!(
                json.len() <= 4_200 && (count > 50 || json.len() < 400),
                "{count}: {}",
                json.len()
            );
        }
        for damaged in ["\"\"", "\".9999999999.\"", "\".4096.0\"", "\".4095.é\"", "\"x\""] {
            assert!(serde_json::from_str::<Distinct>(damaged).is_err(), "{damaged}");
        }
    }
}
