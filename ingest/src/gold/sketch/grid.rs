//! Counts of values in cells of an axis.
//!
//! Invariant: counts are exact at every level, and the level is the finest one that has at most [`CELLS`] cells with
//! values: it depends on the values alone, not on their order. New values beyond the grid are new cells.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::axis::Axis;

/// Cells with values that a grid may have.
const CELLS: usize = 1024;
/// Cells of a window, which are found without a search.
const WINDOW: usize = 4096;
/// Values between two looks at how many cells there are.
const BATCH: usize = 4096;

/// Counts by cell.
#[derive(Debug, Clone)]
pub(in crate::gold) struct Grid {
    axis: Axis,
    level: i16,
    /// The first cell of the window; its counts; how many of them are not zero.
    base: i64,
    window: Vec<u64>,
    filled: usize,
    /// Cells beyond the window, ascending.
    far: std::collections::BTreeMap<i64, u64>,
}

impl Grid {
    /// A grid without values.
    pub fn new(axis: Axis) -> Self {
        Self {
            axis,
            level: axis.finest(),
            base: 0,
            window: Vec::new(),
            filled: 0,
            far: std::collections::BTreeMap::new(),
        }
    }

    /// The axis.
    pub fn axis(&self) -> Axis {
        self.axis
    }

    /// The level of its cells.
    pub fn level(&self) -> i16 {
        self.level
    }

    /// Cells that have values with their counts, ascending.
    pub fn cells(&self) -> Vec<(i64, u64)> {
        let window = (self.base..).zip(&self.window).filter(|(_, count)| **count > 0);
        let mut cells: Vec<(i64, u64)> = window.map(|(cell, count)| (cell, *count)).collect();
        cells.extend(self.far.iter().map(|(cell, count)| (*cell, *count)));
        cells.sort_unstable_by_key(|(cell, _)| *cell);
        cells
    }

    /// Counts whole numbers.
    pub fn add_whole(&mut self, values: &[i64]) {
        for batch in values.chunks(BATCH) {
            match self.axis {
                Axis::Clock => {
                    let width = self.axis.whole_width(self.level);
                    self.add_cells(batch.iter().map(|value| value.div_euclid(width)));
                }
                _ => {
                    let level = self.level;
                    self.add_cells(batch.iter().map(|value| value >> level));
                }
            }
        }
    }

    /// Counts finite floats.
    pub fn add_real(&mut self, values: &[f64]) {
        for batch in values.chunks(BATCH) {
            let size = batch.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
            self.coarsen_to(Axis::level_of(size));
            let factors = Axis::real_factors(self.level);
            self.add_cells(batch.iter().map(|value| Axis::real_cell(*value, factors)));
        }
    }

    fn add_cells(&mut self, cells: impl Iterator<Item = i64>) {
        let mut cells = cells.peekable();
        if self.window.is_empty()
            && let Some(cell) = cells.peek()
        {
            self.base = cell.saturating_sub(WINDOW as i64 / 2);
            self.window = vec![0; WINDOW];
        }
        for cell in cells {
            self.add(cell, 1);
        }
        if self.filled + self.far.len() > CELLS {
            self.rebuild(self.cells(), self.level);
        }
    }

    fn add(&mut self, cell: i64, count: u64) {
        let place = cell.wrapping_sub(self.base).cast_unsigned();
        match usize::try_from(place)
            .ok()
            .and_then(|place| self.window.get_mut(place))
        {
            Some(slot) => {
                self.filled += usize::from(*slot == 0);
                *slot += count;
            }
            None => *self.far.entry(cell).or_default() += count,
        }
    }

    fn coarsen_to(&mut self, level: i16) {
        if level > self.level {
            self.rebuild(self.cells(), level);
        }
    }

    /// Takes these cells of the present level at this level or the first coarser one where they are few enough.
    fn rebuild(&mut self, cells: Vec<(i64, u64)>, at_least: i16) {
        let count_at = |level: i16| {
            let mut before = None;
            cells
                .iter()
                .filter(|(cell, _)| {
                    let coarse = Some(self.axis.coarser(*cell, self.level, level));
                    std::mem::replace(&mut before, coarse) != coarse
                })
                .count()
        };
        let (mut low, mut high) = (at_least, self.axis.coarsest());
        while low < high {
            let middle = low + (high - low) / 2;
            if count_at(middle) <= CELLS {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let before = std::mem::replace(&mut self.level, high);
        let coarse: Vec<(i64, u64)> = cells
            .into_iter()
            .map(|(cell, count)| (self.axis.coarser(cell, before, high), count))
            .collect();
        // The window lies around the median of the values.
        let half = coarse.iter().map(|(_, count)| count).sum::<u64>() / 2;
        let mut passed = 0;
        let median = coarse.iter().find(|(_, count)| {
            passed += count;
            passed >= half
        });
        self.base = median.map_or(0, |(cell, _)| cell.saturating_sub(WINDOW as i64 / 2));
        self.window = vec![0; WINDOW];
        self.filled = 0;
        self.far.clear();
        for (cell, count) in coarse {
            self.add(cell, count);
        }
    }

    /// Counts the values of both.
    pub fn merge(&mut self, added: &Self) {
        self.coarsen_to(added.level);
        for (cell, count) in added.cells() {
            self.add(self.axis.coarser(cell, added.level, self.level), count);
        }
        self.add_cells(std::iter::empty());
    }

    /// Takes out values that were counted before.
    pub fn subtract(&mut self, removed: &Self) {
        self.coarsen_to(removed.level);
        let mut cells = self.cells();
        for (cell, count) in removed.cells() {
            let cell = removed.axis.coarser(cell, removed.level, self.level);
            if let Ok(index) = cells.binary_search_by_key(&cell, |(known, _)| *known) {
                cells[index].1 = cells[index].1.saturating_sub(count);
            }
        }
        cells.retain(|(_, count)| *count > 0);
        self.rebuild(cells, self.level);
    }
}

impl PartialEq for Grid {
    fn eq(&self, other: &Self) -> bool {
        let are_alike = (self.axis, self.level) == (other.axis, other.level);
        are_alike && self.cells() == other.cells()
    }
}

/// Cells as the distances between them and their counts.
#[derive(Serialize, Deserialize)]
struct Stored {
    axis: Axis,
    level: i16,
    first: i64,
    steps: Vec<u64>,
    counts: Vec<u64>,
}

impl Serialize for Grid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = self.cells();
        Stored {
            axis: self.axis,
            level: self.level,
            first: cells.first().map_or(0, |(cell, _)| *cell),
            steps: cells
                .windows(2)
                .map(|pair| pair[1].0.abs_diff(pair[0].0))
                .collect(),
            counts: cells.iter().map(|(_, count)| *count).collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Grid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let levels = stored.axis.finest()..=stored.axis.coarsest();
        if stored.steps.len() + usize::from(!stored.counts.is_empty()) != stored.counts.len()
            || !levels.contains(&stored.level)
        {
            return Err(de::Error::custom("the grid of a histogram is damaged"));
        }
        let mut cell = stored.first;
        let mut cells = Vec::with_capacity(stored.counts.len());
        for (index, count) in stored.counts.into_iter().enumerate() {
            if index > 0 {
                cell = cell.saturating_add_unsigned(stored.steps[index - 1]);
            }
            cells.push((cell, count));
        }
        let mut grid = Self::new(stored.axis);
        grid.level = stored.level;
        grid.rebuild(cells, stored.level);
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reals(values: &[f64]) -> Grid {
        let mut grid = Grid::new(Axis::Real);
        grid.add_real(values);
        grid
    }

    fn wholes(axis: Axis, values: &[i64]) -> Grid {
        let mut grid = Grid::new(axis);
        grid.add_whole(values);
        grid
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_merge_to_the_whole_and_a_part_is_taken_out_again(
            few in prop::collection::vec(prop_oneof![-1e3..1e3_f64, prop::num::f64::NORMAL], 0..3000),
            more in prop::collection::vec(prop_oneof![-1.0..1.0_f64, prop::num::f64::NORMAL], 0..3000),
        ) {
            let all: Vec<f64> = few.iter().chain(&more).copied().collect();
            let mut merged = reals(&few);
            merged.merge(&reals(&more));
            prop_assert_eq!(&merged, &reals(&all));
            let turned: Vec<f64> = all.iter().rev().copied().collect();
            prop_assert_eq!(&merged, &reals(&turned), "the order of values does not matter");
            merged.subtract(&reals(&more));
            prop_assert_eq!(merged.cells().iter().map(|(_, count)| count).sum::<u64>(), few.len() as u64);
            let mut coarse = reals(&few);
            coarse.coarsen_to(merged.level());
            prop_assert_eq!(merged, coarse);
        }

        #[test]
        fn a_grid_survives_json_in_few_bytes(
            values in prop::collection::vec(prop_oneof![-40..40_i64, any::<i64>()], 0..5000),
            on_clock in any::<bool>(),
        ) {
            let grid = wholes(if on_clock { Axis::Clock } else { Axis::Whole }, &values);
            prop_assert!(grid.cells().len() <= CELLS);
            prop_assert_eq!(grid.cells().iter().map(|(_, count)| count).sum::<u64>(), values.len() as u64);
            let json = serde_json::to_string(&grid).expect("serialises");
            prop_assert!(json.len() < 30_000, "{}", json.len());
            prop_assert_eq!(serde_json::from_str::<Grid>(&json).expect("parses"), grid);
        }
    }

    #[test]
    fn a_damaged_grid_is_refused() {
        for damaged in [
            r#"{"axis":"whole","level":0,"first":0,"steps":[1],"counts":[1]}"#,
            r#"{"axis":"whole","level":99,"first":0,"steps":[],"counts":[1]}"#,
        ] {
            assert!(serde_json::from_str::<Grid>(damaged).is_err(), "{damaged}");
        }
    }
}
