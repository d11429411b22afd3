//! What differs in the values of a column, by its statistics.

use catalog::{Column, Scalar, ValueCount};
use serde::Serialize;

use super::Pair;
use super::drift::{Drift, Verdict, drift};

/// A column before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnDiff {
    /// Its name afterwards.
    pub column: String,
    /// Share of the rows that are NULL, from 0 to 1; `null` where unknown.
    pub null_share: Pair<Option<f64>>,
    /// Distinct values.
    pub distinct: Pair<Option<u64>>,
    /// Smallest value.
    pub min: Pair<Option<Scalar>>,
    /// Largest value.
    pub max: Pair<Option<Scalar>>,
    /// Frequent values, NULL aside, that were not among the frequent ones before, with their rows afterwards.
    pub came: Vec<ValueCount>,
    /// Values that are no longer among the frequent ones, with their rows before.
    pub went: Vec<ValueCount>,
    /// How far the distributions are apart; `null` where statistics do not tell.
    pub drift: Option<Drift>,
}

impl ColumnDiff {
    /// Compares a column of a table of so many rows with what it was.
    pub fn of(before: &Column, rows_before: u64, after: &Column, rows_after: u64) -> Self {
        let (old, new) = (&before.statistics, &after.statistics);
        let only_in = |these: &[ValueCount], others: &[ValueCount]| -> Vec<ValueCount> {
            // A column that has no list has not lost its values.
            let is_new = |top: &&ValueCount| {
                !top.value.is_null() && !others.iter().any(|other| other.value == top.value)
            };
            let is_listed = !others.is_empty();
            these
                .iter()
                .filter(|_| is_listed)
                .filter(is_new)
                .cloned()
                .collect()
        };
        Self {
            column: after.name.clone(),
            null_share: Pair {
                before: share(old.null_count, rows_before),
                after: share(new.null_count, rows_after),
            },
            distinct: Pair::of(&old.distinct_count, &new.distinct_count),
            min: Pair::of(&old.min, &new.min),
            max: Pair::of(&old.max, &new.max),
            came: only_in(&new.top_values, &old.top_values),
            went: only_in(&old.top_values, &new.top_values),
            drift: drift(before, rows_before, after, rows_after),
        }
    }

    /// Whether it is worth telling: anything differs, or the distribution is not stable.
    pub fn differs(&self) -> bool {
        self.null_share.differs()
            || self.distinct.differs()
            || self.min.differs()
            || self.max.differs()
            || !self.came.is_empty()
            || !self.went.is_empty()
            || self.drift.is_some_and(|drift| drift.verdict != Verdict::Stable)
    }
}

fn share(count: Option<u64>, rows: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    let share = count? as f64 / rows as f64;
    (rows > 0).then_some(share)
}
