//! How often values occur, as far as that is known exactly.
//!
//! Invariant: every count that is listed is exact, and no value that is not listed occurs more often than
//! [`ValueCounts::unlisted`] says. NULL is counted elsewhere.

use std::collections::BTreeMap;

use catalog::{ColumnType, Scalar, ValueCount};
use serde::{Deserialize, Serialize};

use crate::gold::ordering::compare;

/// Values that a manifest lists.
pub(in crate::gold) const TOP_VALUES: usize = 20;
/// Longer text stays out of statistics: it would make manifests large and no facet could show it.
pub(in crate::gold) const LONGEST_TEXT: usize = 256;
/// A list ends after so many values, and after so many bytes of text.
pub(super) const LISTED: usize = 4096;
const LISTED_BYTES: usize = 16 * 1024;

/// The most frequent values of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ValueCounts {
    /// Most frequent first, then in the order of the values.
    listed: Vec<(Scalar, u64)>,
    /// The most that a value which is not listed may occur; 0 where all are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    unlisted: u64,
    /// Whether values that are not listed also come after those that are where they are as frequent.
    #[serde(default, skip_serializing_if = "is_false")]
    is_prefix: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl ValueCounts {
    /// Of the counts of all values. NULL stands for a value that the catalog cannot write.
    pub fn of_all(column_type: &ColumnType, counts: Vec<(Scalar, u64)>) -> Self {
        Self::of(column_type, counts, 0, true)
    }

    /// Of the counts of the most frequent values, with the lesser ones of the equally frequent, of so many in all.
    pub fn of_most_frequent(column_type: &ColumnType, counts: Vec<(Scalar, u64)>, distinct: u64) -> Self {
        let unlisted = if distinct > counts.len() as u64 {
            counts.last().map_or(0, |(_, count)| *count)
        } else {
            0
        };
        Self::of(column_type, counts, unlisted, true)
    }

    /// Of exact counts; `unlisted` bounds those of values that are not among them.
    fn of(
        column_type: &ColumnType,
        mut counts: Vec<(Scalar, u64)>,
        mut unlisted: u64,
        mut is_prefix: bool,
    ) -> Self {
        counts.retain(|(value, count)| {
            let is_listed = !value.is_null() && !is_long(value);
            if !is_listed {
                unlisted = unlisted.max(*count);
                is_prefix = false;
            }
            is_listed && *count > 0
        });
        let order = |(a, _): &(Scalar, u64), (b, _): &(Scalar, u64)| {
            compare(column_type, a, b).unwrap_or(std::cmp::Ordering::Equal)
        };
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| order(a, b)));
        let mut bytes = 0;
        let end = counts
            .iter()
            .take(LISTED)
            .take_while(|(value, _)| {
                bytes += text_bytes(value);
                bytes <= LISTED_BYTES
            })
            .count();
        if let Some((_, count)) = counts.get(end) {
            unlisted = unlisted.max(*count);
        }
        counts.truncate(end);
        Self {
            listed: counts,
            unlisted,
            is_prefix: is_prefix && unlisted > 0,
        }
    }

    /// How many values there are, where all are listed.
    pub fn distinct(&self) -> Option<u64> {
        (self.unlisted == 0).then_some(self.listed.len() as u64)
    }

    /// The counts over the rows of both.
    pub fn merge(&mut self, column_type: &ColumnType, added: &Self) {
        let mut others = added.by_value();
        let mut unlisted = self.unlisted.saturating_add(added.unlisted);
        let mut counts = Vec::with_capacity(self.listed.len() + added.listed.len());
        let mut take = |value: Scalar, count: u64, elsewhere: u64| {
            if elsewhere == 0 {
                counts.push((value, count));
            } else {
                unlisted = unlisted.max(count.saturating_add(elsewhere));
            }
        };
        for (value, count) in std::mem::take(&mut self.listed) {
            match others.remove(&value.to_string()) {
                Some((_, other)) => take(value, count.saturating_add(other), 0),
                None => take(value, count, added.unlisted),
            }
        }
        for (value, count) in others.into_values() {
            take(value.clone(), count, self.unlisted);
        }
        *self = Self::of(column_type, counts, unlisted, unlisted == 0);
    }

    /// The counts without rows that were among them.
    pub fn subtract(&mut self, column_type: &ColumnType, removed: &Self) {
        let others = removed.by_value();
        let mut unlisted = self.unlisted;
        let mut counts = Vec::with_capacity(self.listed.len());
        for (value, count) in std::mem::take(&mut self.listed) {
            match others.get(&value.to_string()) {
                Some((_, other)) => counts.push((value, count.saturating_sub(*other))),
                None if removed.unlisted == 0 => counts.push((value, count)),
                None => unlisted = unlisted.max(count),
            }
        }
        *self = Self::of(column_type, counts, unlisted, unlisted == 0);
    }

    /// The most frequent values with NULL among them, where it is certain that these are they.
    pub fn top(&self, column_type: &ColumnType, nulls: u64) -> Vec<ValueCount> {
        let mut top: Vec<ValueCount> = self.listed[..self.listed.len().min(TOP_VALUES)]
            .iter()
            .map(|(value, count)| ValueCount {
                value: value.clone(),
                count: *count,
            })
            .collect();
        if nulls > 0 {
            top.push(ValueCount {
                value: Scalar::Null,
                count: nulls,
            });
            let order = |a: &ValueCount, b: &ValueCount| {
                compare(column_type, &a.value, &b.value).unwrap_or(std::cmp::Ordering::Equal)
            };
            top.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| order(a, b)));
            top.truncate(TOP_VALUES);
        }
        let is_certain = self.unlisted == 0
            || top.len() == TOP_VALUES
                && (self.is_prefix || top.last().is_some_and(|last| last.count > self.unlisted));
        if is_certain { top } else { Vec::new() }
    }

    fn by_value(&self) -> BTreeMap<String, (&Scalar, u64)> {
        self.listed
            .iter()
            .map(|(value, count)| (value.to_string(), (value, *count)))
            .collect()
    }
}

fn text_bytes(value: &Scalar) -> usize {
    match value {
        Scalar::Text(text) => text.len() + 12,
        _ => 0,
    }
}

pub(in crate::gold) fn is_long(scalar: &Scalar) -> bool {
    matches!(scalar, Scalar::Text(text) if text.len() > LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: ColumnType = ColumnType::String;

    fn counts(values: &[(&str, u64)]) -> Vec<(Scalar, u64)> {
        values
            .iter()
            .map(|(value, count)| (Scalar::from(*value), *count))
            .collect()
    }

    /// Twenty values that are frequent.
    fn frequent() -> Vec<(Scalar, u64)> {
        (0..20)
            .map(|i| (Scalar::Text(format!("v{i:02}")), 1_000 + i))
            .collect()
    }

    #[test]
    fn more_values_than_can_be_listed_are_bounded() {
        let all = (0..10_000).map(|i| (Scalar::Text(format!("{i:05}")), 10_000 - i));
        let values = ValueCounts::of_all(&TEXT, all.collect());
        assert_eq!(values.distinct(), None);
        assert_eq!(values.unlisted, 10_000 - values.listed.len() as u64);
        assert_eq!(values.top(&TEXT, 0).len(), 20);
    }

    #[test]
    fn equally_frequent_values_are_listed_in_their_order_until_rows_are_added() {
        let all = (0..10_000).map(|i| (Scalar::Text(format!("{i:05}")), 1));
        let mut values = ValueCounts::of_all(&TEXT, all.collect());
        assert_eq!(values.top(&TEXT, 0)[19].value, Scalar::from("00019"));
        assert_eq!(values.top(&TEXT, 5)[0].value, Scalar::Null);
        values.merge(&TEXT, &ValueCounts::of_all(&TEXT, counts(&[("00007", 1)])));
        assert_eq!(
            values.top(&TEXT, 0),
            [],
            "another value may be as frequent as those that are known"
        );
    }

    #[test]
    fn the_most_frequent_values_are_told_only_where_no_other_can_be_among_them() {
        let mut values = ValueCounts::of_most_frequent(&TEXT, frequent(), 1_000_000);
        assert_eq!(values.unlisted, 1_019, "the last of those that are given");
        let mut sorted = frequent();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        sorted.push((Scalar::from("rare"), 3));
        values = ValueCounts::of_most_frequent(&TEXT, sorted, 1_000_000);
        values.merge(
            &TEXT,
            &ValueCounts::of_all(&TEXT, counts(&[("v00", 5), ("new", 996)])),
        );
        assert_eq!(values.top(&TEXT, 0).len(), 20, "`new` occurs 999 times at most");
        values.merge(&TEXT, &ValueCounts::of_all(&TEXT, counts(&[("new", 2)])));
        assert_eq!(values.top(&TEXT, 0), [], "`new` may be one of them now");
    }

    #[test]
    fn a_value_too_long_to_list_is_not_denied() {
        let long = "x".repeat(300);
        let values = ValueCounts::of_all(&TEXT, counts(&[(&long, 7), ("a", 9)]));
        assert_eq!((values.distinct(), values.top(&TEXT, 0)), (None, Vec::new()));
        let mut many = frequent();
        many.push((Scalar::from(long.as_str()), 7));
        assert_eq!(
            ValueCounts::of_all(&TEXT, many).top(&TEXT, 0).len(),
            20,
            "it is rarer than the others"
        );
    }

    #[test]
    fn what_is_taken_out_leaves_exact_counts() {
        let mut values = ValueCounts::of_all(&TEXT, counts(&[("a", 9), ("b", 7), ("c", 1)]));
        values.subtract(&TEXT, &ValueCounts::of_all(&TEXT, counts(&[("a", 8), ("c", 1)])));
        assert_eq!(values, ValueCounts::of_all(&TEXT, counts(&[("b", 7), ("a", 1)])));
    }
}
