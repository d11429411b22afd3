//! What is known of a column without reading it: enough for facets, histograms and a first picture.

use serde::{Deserialize, Serialize};

use crate::Scalar;

/// Statistics of a column over a whole table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// Smallest value that is not NULL or NaN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Scalar>,
    /// Largest value that is not NULL or NaN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Scalar>,
    /// How many values are NULL; none where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_count: Option<u64>,
    /// How many distinct values, by a sketch: within a few per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_count: Option<u64>,
    /// The most frequent values, most frequent first; exact counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_values: Vec<ValueCount>,
    /// How the values spread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histogram>,
}

/// A value and how many rows hold it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueCount {
    /// The value; may be NULL.
    pub value: Scalar,
    /// Rows.
    pub count: u64,
}

/// Counts over bins of a numeric or temporal column. Inner bins are of equal width; where few values lie far out, the
/// first and the last bin are wider and hold the tails. Edges of times lie on clock units, edges of decimals are floats.
///
/// `bounds` has one element more than `counts`; bin `i` holds `bounds[i] <= value < bounds[i + 1]`, the last
/// bin also its upper bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin edges in ascending order, written as the column's values are.
    pub bounds: Vec<Scalar>,
    /// Rows in each bin.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Whether edges and counts belong together: one edge more than counts, edges not descending.
    pub fn is_consistent(&self) -> bool {
        self.bounds.len() == self.counts.len() + 1
            && self.bounds.windows(2).all(|pair| {
                pair[0]
                    .partial_cmp_same_type(&pair[1])
                    .is_some_and(std::cmp::Ordering::is_le)
            })
    }
}

/// Statistics of a column in one data file: what pruning needs. Of integers, decimals and times the bounds are the
/// smallest and largest values themselves; of texts they may be cut, of floats they leave NaN out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileColumnStatistics {
    /// A value that is not above any value in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Scalar>,
    /// A value that is not below any value in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Scalar>,
    /// How many values are NULL; none where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_count: Option<u64>,
}
