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
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl ValueCounts {
    /// Of exact counts; `unlisted` bounds those of values that are not among them. NULL stands for a value that the
    /// catalog cannot write.
    pub fn of(column_type: &ColumnType, mut counts: Vec<(Scalar, u64)>, mut unlisted: u64) -> Self {
        counts.retain(|(value, count)| {
            let is_listed = !value.is_null() && !is_long(value);
            if !is_listed {
                unlisted = unlisted.max(*count);
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
        *self = Self::of(column_type, counts, unlisted);
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
        *self = Self::of(column_type, counts, unlisted);
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
            || top.len() == TOP_VALUES && top.last().is_some_and(|last| last.count > self.unlisted);
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
