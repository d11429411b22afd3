//! Histograms of numeric and temporal columns, made of the cells of a grid.
//!
//! Invariant: each edge lies between two cells, so that counts are exact.

use catalog::{ColumnType, Histogram, Scalar};

use super::edges::{middle, real_edges, whole_edges};
use super::scalar;
use super::sketch::{Axis, Grid};

/// The axis of a type's values; none where they have none.
pub(super) fn axis_of(column_type: &ColumnType) -> Option<Axis> {
    match column_type {
        ColumnType::Int { .. } | ColumnType::UInt { .. } | ColumnType::Date => Some(Axis::Whole),
        ColumnType::Timestamp { .. } => Some(Axis::Clock),
        ColumnType::Float { .. } | ColumnType::Decimal { .. } => Some(Axis::Real),
        _ => None,
    }
}

/// The spread of a column's values; none where there are none, or where edges cannot be written.
///
/// Whole numbers and times have edges that are values of the column, so that a bin is a filter that can be
/// written; there may then be fewer bins.
pub(super) fn histogram(grid: &Grid, column_type: &ColumnType) -> Option<Histogram> {
    let cells = grid.cells();
    let bounds = match grid.axis() {
        Axis::Real => real_bounds(grid, &cells)?,
        Axis::Whole | Axis::Clock => whole_bounds(grid, &cells)?,
    };
    let scalars = bounds.iter().map(|bound| match (bound, column_type) {
        (Bound::Real(edge), _) => edge.is_finite().then(|| scalar::float(*edge)),
        (Bound::Whole(edge), ColumnType::Date) => scalar::date(*edge),
        (Bound::Whole(edge), ColumnType::Timestamp { utc }) => scalar::timestamp(*edge, *utc),
        (Bound::Whole(edge), _) => Some(Scalar::Integer(*edge)),
    });
    let scalars = scalars.collect::<Option<Vec<Scalar>>>()?;
    let mut counts = vec![0; bounds.len() - 1];
    let inner = &bounds[1..bounds.len() - 1];
    for (cell, count) in cells {
        let start = match grid.axis() {
            Axis::Real => Bound::Real(real_start(grid, cell)),
            Axis::Whole | Axis::Clock => Bound::Whole(cell.checked_mul(whole_width(grid))?),
        };
        counts[inner.partition_point(|edge| *edge <= start)] += count;
    }
    Some(Histogram {
        bounds: scalars,
        counts,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Bound {
    Whole(i64),
    Real(f64),
}

fn whole_width(grid: &Grid) -> i64 {
    grid.axis().whole_width(grid.level())
}

fn real_start(grid: &Grid, cell: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "cells are below 2^53")]
    let cell = cell as f64;
    cell * Axis::real_width(grid.level())
}

fn whole_bounds(grid: &Grid, cells: &[(i64, u64)]) -> Option<Vec<Bound>> {
    let width = whole_width(grid);
    let min = cells.first()?.0.checked_mul(width)?;
    let max = cells.last()?.0.checked_mul(width)?.checked_add(width - 1)?;
    let inner =
        middle(cells).and_then(|inner| Some(inner.start.checked_mul(width)?..inner.end.checked_mul(width)?));
    let edges = whole_edges(min, max, inner, width, grid.axis() == Axis::Clock)?;
    Some(edges.into_iter().map(Bound::Whole).collect())
}

fn real_bounds(grid: &Grid, cells: &[(i64, u64)]) -> Option<Vec<Bound>> {
    const EXACT: i64 = 1 << 52;
    let (first, last) = (cells.first()?.0, cells.last()?.0);
    let start = real_start(grid, first);
    let holds_one = grid.level() == Axis::Real.finest() || !(-EXACT..EXACT).contains(&first);
    if first == last && holds_one {
        // No other number lies in this cell.
        return Some(vec![Bound::Real(start); 2]);
    }
    let width = real_start(grid, last) - start;
    if !width.is_finite() {
        return None;
    }
    let edges = real_edges(first..last + 1, middle(cells));
    let bounds = edges.into_iter().map(|edge| {
        let edge = real_start(grid, edge);
        Bound::Real(edge.clamp(f64::MIN, f64::MAX))
    });
    Some(bounds.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_reals(values: &[f64]) -> Option<Histogram> {
        let mut grid = Grid::new(Axis::Real);
        grid.add_real(values);
        histogram(&grid, &ColumnType::Float { bits: 64 })
    }

    fn of_wholes(column_type: &ColumnType, values: &[i64]) -> Option<Histogram> {
        let mut grid = Grid::new(axis_of(column_type)?);
        grid.add_whole(values);
        histogram(&grid, column_type)
    }

    /// What the catalog promises of each bin, counted by hand.
    fn count(histogram: &Histogram, values: &[f64]) -> Vec<u64> {
        let bounds: Vec<f64> = histogram.bounds.iter().filter_map(Scalar::as_f64).collect();
        let last = histogram.counts.len() - 1;
        let holds = |bin: usize, value: f64| {
            bounds[bin] <= value && (value < bounds[bin + 1] || bin == last && value == bounds[last + 1])
        };
        (0..=last)
            .map(|bin| values.iter().filter(|value| holds(bin, **value)).count() as u64)
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bins_hold_what_their_edges_say(
            reals in prop::collection::vec(prop_oneof![-1.0..1.0_f64, prop::num::f64::NORMAL], 1..2000),
            near in prop::collection::vec(3.0..4.0_f64, 1..2000),
            wholes in prop::collection::vec(prop_oneof![-40..40_i64, -1_000_000..1_000_000_i64], 1..2000),
        ) {
            for values in [&reals[..1], &reals[..], &near[..]] {
                if let Some(histogram) = of_reals(values) {
                    prop_assert!(histogram.is_consistent());
                    prop_assert!(histogram.counts.len() <= 34);
                    prop_assert_eq!(count(&histogram, values), histogram.counts.clone(), "{:?}", histogram);
                    prop_assert_eq!(histogram.counts.iter().sum::<u64>(), values.len() as u64);
                }
            }
            prop_assert!(of_reals(&near).is_some());
            let histogram = of_wholes(&ColumnType::Int { bits: 64 }, &wholes).expect("bins");
            let values: Vec<f64> = wholes.iter().map(|value| *value as f64).collect();
            prop_assert!(histogram.is_consistent());
            prop_assert!(histogram.counts.len() <= 34);
            prop_assert_eq!(count(&histogram, &values), histogram.counts.clone(), "{:?}", histogram);
            prop_assert_eq!(histogram.counts.iter().sum::<u64>(), wholes.len() as u64);
        }
    }

    #[test]
    fn edges_of_time_lie_on_the_clock() {
        let january = 978_307_200_000_000 + 60_000_000;
        let july = 993_945_600_000_000;
        let histogram = of_wholes(&ColumnType::Timestamp { utc: false }, &[january, july]).expect("bins");
        assert_eq!(
            histogram.bounds[..2],
            [
                Scalar::from("2001-01-01T00:00:00"),
                Scalar::from("2001-01-06T16:00:00")
            ]
        );
        assert_eq!((histogram.counts[0], histogram.counts.iter().sum()), (1, 2));
    }

    #[test]
    fn values_that_are_all_alike_or_beyond_the_axis() {
        let histogram = of_reals(&[7.5, 7.5]).expect("one bin");
        assert_eq!((histogram.counts.len(), histogram.counts[0]), (1, 2));
        assert_eq!(histogram.bounds, [Scalar::Float(7.5), Scalar::Float(7.5)]);
        assert_eq!(
            of_reals(&[0.0, -0.0]).expect("one bin").bounds,
            [Scalar::Float(0.0), Scalar::Float(0.0)]
        );
        assert_eq!(of_reals(&[f64::MIN, f64::MAX]), None);
        let int = ColumnType::Int { bits: 64 };
        assert_eq!(of_wholes(&int, &[i64::MIN, i64::MAX]), None);
        let low = of_wholes(&int, &[i64::MIN, i64::MIN + 1]).expect("bins");
        assert_eq!(low.counts, [1, 1]);
        assert_eq!(of_wholes(&int, &[]), None);
        assert_eq!(
            of_wholes(&ColumnType::Date, &[i64::from(i32::MAX)]),
            None,
            "no calendar has it"
        );
        assert_eq!(axis_of(&ColumnType::String), None);
    }
}
