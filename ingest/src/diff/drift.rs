//! How far two distributions are apart, from what manifests know of them.
//!
//! The measure is the population stability index: with the shares `p` before and `q` after of the values in each bin,
//! the sum of `(q - p) * ln(q / p)`. Shares below [`LEAST_SHARE`] count as that. NULL is no value here: its share is
//! compared by itself. Below [`MODERATE`] a column is usually called stable, from [`SIGNIFICANT`] on changed.
//!
//! Dimensions are compared by their most frequent values and the rest; other columns by bins that both histograms can be
//! counted in. In tables of few rows chance alone moves the index: by about `(bins - 1) * (1 / rows + 1 / rows)`.

use catalog::{Column, Histogram, Role, Scalar};
use serde::Serialize;

/// The index from which a distribution has moderately changed.
pub const MODERATE: f64 = 0.1;
/// The index from which it has significantly changed.
pub const SIGNIFICANT: f64 = 0.25;
/// A share of zero would make the index infinite.
const LEAST_SHARE: f64 = 0.0001;
/// Bins that the values of both sides together are put into hold at least this share of them.
const BIN_SHARE: f64 = 0.1;
/// A bin that is cut counts as if its values were spread evenly over it. That may be far off, as where most values are
/// zero, so bins with more than this share are not cut.
const LARGEST_CUT: f64 = 0.05;

/// How far two distributions are apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drift {
    /// The population stability index; 0 where they are the same.
    pub psi: f64,
    /// The same in a word.
    pub verdict: Verdict,
}

/// What an index usually means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Below [`MODERATE`].
    Stable,
    /// Below [`SIGNIFICANT`].
    Moderate,
    /// From there on.
    Significant,
}

impl Verdict {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Moderate => "moderate",
            Self::Significant => "significant",
        }
    }
}

/// Compares a column of a table of so many rows with what it was; none where statistics do not allow it.
pub fn drift(before: &Column, rows_before: u64, after: &Column, rows_after: u64) -> Option<Drift> {
    let of_values = || {
        let before = Frequencies::of(before, rows_before)?;
        let after = Frequencies::of(after, rows_after)?;
        Some(by_values(&before, &after))
    };
    let of_bins = || {
        let before = Cumulative::of(before.statistics.histogram.as_ref()?)?;
        let after = Cumulative::of(after.statistics.histogram.as_ref()?)?;
        by_bins(&before, &after)
    };
    let psi = if after.role == Role::Dimension {
        of_values().or_else(of_bins)?
    } else {
        of_bins().or_else(of_values)?
    };
    let verdict = if psi < MODERATE {
        Verdict::Stable
    } else if psi < SIGNIFICANT {
        Verdict::Moderate
    } else {
        Verdict::Significant
    };
    Some(Drift { psi, verdict })
}

/// The index of pairs of shares, before and after.
fn index(shares: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    shares
        .into_iter()
        .map(|(before, after)| {
            let (before, after) = (before.max(LEAST_SHARE), after.max(LEAST_SHARE));
            (after - before) * (after / before).ln()
        })
        .sum()
}

/// Shares of the most frequent values that are not NULL.
struct Frequencies<'a> {
    shares: Vec<(&'a Scalar, f64)>,
    /// No value that is not listed has a larger share.
    largest_unlisted: f64,
}

impl<'a> Frequencies<'a> {
    fn of(column: &'a Column, rows: u64) -> Option<Self> {
        let statistics = &column.statistics;
        let values = rows
            .checked_sub(statistics.null_count?)
            .filter(|&values| values > 0)?;
        let listed: Vec<_> = statistics
            .top_values
            .iter()
            .filter(|top| !top.value.is_null())
            .collect();
        let least = listed.last()?.count;
        let counted: u64 = listed.iter().map(|top| top.count).sum();
        Some(Self {
            shares: listed
                .iter()
                .map(|top| (&top.value, share(top.count, values)))
                .collect(),
            largest_unlisted: share(least.min(values.saturating_sub(counted)), values),
        })
    }

    /// The share of a value; of one that is not listed the possible share that is nearest to the other side's, so that
    /// the index is never too large.
    fn of_value(&self, value: &Scalar, other: f64) -> f64 {
        self.shares
            .iter()
            .find(|(known, _)| *known == value)
            .map_or_else(|| self.largest_unlisted.min(other), |(_, share)| *share)
    }
}

fn by_values(before: &Frequencies<'_>, after: &Frequencies<'_>) -> f64 {
    let mut pairs: Vec<(f64, f64)> = before
        .shares
        .iter()
        .map(|(value, share)| (*share, after.of_value(value, *share)))
        .collect();
    for (value, share) in &after.shares {
        if !before.shares.iter().any(|(known, _)| known == value) {
            pairs.push((before.of_value(value, *share), *share));
        }
    }
    let rest = |listed: f64| (1.0 - listed).max(0.0);
    let others = (
        rest(pairs.iter().map(|(before, _)| before).sum()),
        rest(pairs.iter().map(|(_, after)| after).sum()),
    );
    pairs.push(others);
    index(pairs)
}

/// A histogram as a function: which share of the values lies below a point.
struct Cumulative {
    /// Edges on a common axis.
    edges: Vec<f64>,
    /// Share of the values below each edge.
    below: Vec<f64>,
}

impl Cumulative {
    fn of(histogram: &Histogram) -> Option<Self> {
        let total = histogram.counts.iter().sum();
        if total == 0 || histogram.bounds.len() != histogram.counts.len() + 1 {
            return None;
        }
        let edges = histogram
            .bounds
            .iter()
            .map(position)
            .collect::<Option<Vec<f64>>>()?;
        let mut counted = 0;
        let mut below = vec![0.0];
        for count in &histogram.counts {
            counted += count;
            below.push(share(counted, total));
        }
        Some(Self { edges, below })
    }

    /// The share of the values below a point, and that of the bin which the point cuts.
    fn below(&self, point: f64) -> (f64, f64) {
        let last = self.edges.len() - 1;
        if point <= self.edges[0] {
            return (0.0, 0.0);
        }
        if point > self.edges[last] {
            return (1.0, 0.0);
        }
        // The last bin also holds its upper edge, which is not below it.
        let bin = self.edges[1..last].partition_point(|edge| *edge <= point);
        let (from, to) = (self.edges[bin], self.edges[bin + 1]);
        if point == from {
            return (self.below[bin], 0.0);
        }
        let part = (point - from) / (to - from);
        let held = self.below[bin + 1] - self.below[bin];
        (self.below[bin] + held * part, held)
    }
}

fn by_bins(before: &Cumulative, after: &Cumulative) -> Option<f64> {
    let mut edges: Vec<f64> = before.edges.iter().chain(&after.edges).copied().collect();
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let mut pairs = Vec::new();
    let (mut from_before, mut from_after) = (0.0, 0.0);
    for edge in edges {
        let ((to_before, cut_before), (to_after, cut_after)) = (before.below(edge), after.below(edge));
        let pair = (to_before - from_before, to_after - from_after);
        let is_wide = (pair.0 + pair.1) / 2.0 >= BIN_SHARE;
        if is_wide && cut_before.max(cut_after) <= LARGEST_CUT {
            pairs.push(pair);
            (from_before, from_after) = (to_before, to_after);
        }
    }
    let rest = (1.0 - from_before, 1.0 - from_after);
    let is_small = (rest.0 + rest.1) / 2.0 < BIN_SHARE;
    match pairs.as_mut_slice() {
        // What is left is too little for a bin of its own.
        [_, .., last] if is_small => {
            last.0 += rest.0;
            last.1 += rest.1;
        }
        _ => pairs.push(rest),
    }
    // One bin tells nothing, unless there is nothing to tell.
    (pairs.len() > 1 || before.edges == after.edges).then(|| index(pairs))
}

/// A value's place on the axis: numbers are numbers, times are seconds.
fn position(value: &Scalar) -> Option<f64> {
    let Scalar::Text(text) = value else {
        return value.as_f64();
    };
    let seconds = |microseconds: i64| {
        #[expect(clippy::cast_precision_loss, reason = "an axis needs no more than 53 bits")]
        let seconds = microseconds as f64 / 1e6;
        seconds
    };
    let utc = jiff::tz::TimeZone::UTC;
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(seconds(instant.as_microsecond()));
    }
    if let Ok(local) = text.parse::<jiff::civil::DateTime>() {
        let instant = utc.to_timestamp(local).ok()?;
        return Some(seconds(instant.as_microsecond()));
    }
    value.as_f64()
}

fn share(count: u64, total: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    let share = count as f64 / total as f64;
    share
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
