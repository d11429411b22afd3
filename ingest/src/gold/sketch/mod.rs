//! What the statistics of a table are made of, kept so that rows can be added and taken out without reading the others.
//!
//! Invariant: sketches of parts merge to the sketch of the whole. Counts stay exact, or say that they are not known;
//! distinct counts are within a few per cent, and upper bounds once rows were taken out.
//!
//! Entry points: [`Tally`] makes the sketch of a column, [`TableSketch`] keeps those of a table as JSON.

mod axis;
mod counter;
mod distinct;
mod files;
mod grid;
mod tally;
mod values;

use std::collections::BTreeMap;

use catalog::{Column, ColumnStatistics, Role};
use serde::{Deserialize, Serialize};

use super::histogram::histogram;
use distinct::Distinct;
use values::ValueCounts;

pub(super) use axis::Axis;
pub(super) use distinct::hash_bits;
pub(super) use files::refine;
pub(super) use grid::Grid;
pub(super) use tally::{Ends, Tally, whole_values};
pub(super) use values::is_long;

/// The version of the document. A sketch of another version is not used: it can be made again of the files.
const SKETCH_VERSION: u32 = 1;

/// The sketches of a table's columns: some kilobytes each as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableSketch {
    sketch_version: u32,
    rows: u64,
    columns: BTreeMap<String, ColumnSketch>,
}

/// What is known of one column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ColumnSketch {
    nulls: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distinct: Option<Distinct>,
    /// The count of distinct values, where it is known beyond the sketch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exact_distinct: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<ValueCounts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grid: Option<Grid>,
}

/// A sketch that cannot be used. The remedy is always to make it again of the table's files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    /// The bytes are no sketch.
    #[error("the sketch of the table's statistics is damaged ({0}): rebuild the table by --full-refresh")]
    Malformed(String),
    /// Another version of ingest wrote it.
    #[error(
        "the sketch of the table's statistics has version {0}, this ingest knows {SKETCH_VERSION}: rebuild the table by --full-refresh"
    )]
    Version(u32),
}

impl TableSketch {
    /// Of columns and their tallies.
    pub(super) fn of_tallies(rows: u64, columns: &[Column], tallies: Vec<Tally>) -> Self {
        Self {
            sketch_version: SKETCH_VERSION,
            rows,
            columns: columns
                .iter()
                .map(|column| column.name.clone())
                .zip(tallies.into_iter().map(Tally::finish))
                .collect(),
        }
    }

    /// Reads a stored sketch.
    pub fn from_json(json: &[u8]) -> Result<Self, SketchError> {
        #[derive(Deserialize)]
        struct Version {
            sketch_version: u32,
        }
        let malformed = |error: serde_json::Error| SketchError::Malformed(error.to_string());
        let Version { sketch_version } = serde_json::from_slice(json).map_err(malformed)?;
        if sketch_version != SKETCH_VERSION {
            return Err(SketchError::Version(sketch_version));
        }
        serde_json::from_slice(json).map_err(malformed)
    }

    /// The sketch as it is stored; the same sketch gives the same bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, SketchError> {
        serde_json::to_vec(self).map_err(|error| SketchError::Malformed(error.to_string()))
    }

    /// Rows that it is of.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes in the rows of another sketch. A column that one of them lacks is NULL in its rows.
    pub fn merge(&mut self, columns: &[Column], added: &Self) {
        for column in columns {
            let mut own = self.column(&column.name);
            own.merge(column, &added.column(&column.name));
            self.columns.insert(column.name.clone(), own);
        }
        self.rows += added.rows;
    }

    /// Takes out rows that it was made of, for files that are dropped or rewritten.
    pub fn subtract(&mut self, columns: &[Column], removed: &Self) {
        for column in columns {
            let mut own = self.column(&column.name);
            own.subtract(column, &removed.column(&column.name));
            self.columns.insert(column.name.clone(), own);
        }
        self.rows = self.rows.saturating_sub(removed.rows);
    }

    /// Statistics of a column as far as the sketch has them: all but the smallest and the largest value.
    pub fn column_statistics(&self, column: &Column) -> ColumnStatistics {
        self.column(&column.name).statistics(column, self.rows)
    }

    /// Whether a column has more values than were counted, but an estimate of them within reach.
    fn wants_count(&self, column: &str, most: u64) -> bool {
        let sketch = self
            .columns
            .get(column)
            .filter(|sketch| sketch.exact_distinct.is_none());
        sketch
            .and_then(|sketch| sketch.distinct.as_ref())
            .is_some_and(|distinct| distinct.estimate() <= most)
    }

    /// What the table's files were read for beyond their tallies: an exact count of distinct values, and exact counts of
    /// the most frequent ones.
    fn refine(&mut self, column: &Column, distinct: u64, values: Option<ValueCounts>) {
        if let Some(sketch) = self.columns.get_mut(&column.name) {
            sketch.exact_distinct = Some(distinct);
            sketch.values = values;
        }
    }

    /// The column's sketch; where it has none, its values are NULL.
    fn column(&self, name: &str) -> ColumnSketch {
        self.columns.get(name).cloned().unwrap_or_else(|| ColumnSketch {
            nulls: self.rows,
            ..ColumnSketch::default()
        })
    }
}

impl ColumnSketch {
    fn is_empty(&self) -> bool {
        self.distinct.is_none() && self.values.is_none() && self.grid.is_none()
    }

    fn merge(&mut self, column: &Column, added: &Self) {
        let nulls = self.nulls + added.nulls;
        if self.is_empty() {
            *self = added.clone();
        } else if !added.is_empty() {
            self.exact_distinct = None;
            match (&mut self.distinct, &added.distinct) {
                (Some(own), Some(others)) => own.merge(others),
                _ => self.distinct = None,
            }
            match (&mut self.values, &added.values) {
                (Some(own), Some(others)) => own.merge(&column.column_type, others),
                _ => self.values = None,
            }
            match (&mut self.grid, &added.grid) {
                (Some(own), Some(others)) if own.axis() == others.axis() => own.merge(others),
                _ => self.grid = None,
            }
        }
        self.nulls = nulls;
    }

    fn subtract(&mut self, column: &Column, removed: &Self) {
        self.nulls = self.nulls.saturating_sub(removed.nulls);
        if removed.is_empty() {
            return;
        }
        self.exact_distinct = None;
        match (&mut self.values, &removed.values) {
            (Some(own), Some(others)) => own.subtract(&column.column_type, others),
            _ => self.values = None,
        }
        match (&mut self.grid, &removed.grid) {
            (Some(own), Some(others)) if own.axis() == others.axis() => own.subtract(others),
            _ => self.grid = None,
        }
    }

    fn statistics(&self, column: &Column, rows: u64) -> ColumnStatistics {
        let listed = self.values.as_ref().filter(|_| column.role == Role::Dimension);
        let counted = listed
            .and_then(ValueCounts::distinct)
            .or(self.exact_distinct)
            .or_else(|| self.distinct.as_ref().map(Distinct::estimate));
        ColumnStatistics {
            min: None,
            max: None,
            null_count: None,
            distinct_count: counted.map(|count| count.min(rows.saturating_sub(self.nulls))),
            top_values: listed
                .map(|values| values.top(&column.column_type, self.nulls))
                .unwrap_or_default(),
            histogram: self
                .grid
                .as_ref()
                .and_then(|grid| histogram(grid, &column.column_type)),
        }
    }
}
