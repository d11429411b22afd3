//! Histogram bins where no manifest has any, and what a brush over bins selects.

use std::cmp::Ordering;

use catalog::{Column, ColumnType, Histogram, Scalar};
use protocol::slice::Filter;

use crate::format::{civil_micros, civil_text};

/// Equal-width bins between a column's smallest and largest value, as the manifest of a gold table would have
/// them, with all counts 0. None where there are no such values or the type has no distances.
pub fn bins_between(min: &Scalar, max: &Scalar, column_type: &ColumnType, bins: usize) -> Option<Histogram> {
    let bounds = match column_type {
        ColumnType::Int { .. } | ColumnType::UInt { .. } => integer_bounds(min, max, bins)?,
        ColumnType::Float { .. } | ColumnType::Decimal { .. } => {
            even_bounds(min.as_f64()?, max.as_f64()?, bins)?
                .into_iter()
                .map(|bound| bound_of(bound, column_type))
                .collect()
        }
        ColumnType::Date | ColumnType::Timestamp { .. } => {
            let (Scalar::Text(min), Scalar::Text(max)) = (min, max) else {
                return None;
            };
            civil_bounds(civil_micros(min)?, civil_micros(max)?, column_type, bins)?
        }
        _ => return None,
    };
    let counts = vec![0; bounds.len() - 1];
    Some(Histogram { bounds, counts })
}

/// The filter that lets through what lies in the bins from `first` to `last`, both included.
pub fn range_of_bins(column: &Column, bins: &Histogram, first: usize, last: usize) -> Filter {
    let is_end = last + 1 >= bins.counts.len();
    Filter::Range {
        column: column.name.clone(),
        from: bins.bounds.get(first).cloned(),
        to: bins.bounds.get(last + 1).cloned(),
        closed: is_end,
    }
}

/// The bins that a range lets through at least a part of; none for another kind of filter.
pub fn bins_of_range(bins: &Histogram, filter: &Filter) -> Option<(usize, usize)> {
    let Filter::Range { from, to, closed, .. } = filter else {
        return None;
    };
    let is_past = |order: Option<Ordering>| {
        order == Some(Ordering::Greater) || (order == Some(Ordering::Equal) && !closed)
    };
    let (lower, upper) = (bins.bounds.get(..bins.counts.len())?, bins.bounds.get(1..)?);
    let first = from.as_ref().map_or(Some(0), |from| {
        upper
            .iter()
            .position(|edge| edge.partial_cmp_same_type(from) == Some(Ordering::Greater))
    });
    let last = to.as_ref().map_or(lower.len().checked_sub(1), |to| {
        lower
            .iter()
            .rposition(|edge| !is_past(edge.partial_cmp_same_type(to)))
    });
    // A range that begins at the largest value lies in the last bin.
    let first = first.or(lower.len().checked_sub(1))?;
    last.filter(|last| *last >= first).map(|last| (first, last))
}

/// The bin at a place of the picture, from 0 (left edge) to 1.
pub fn bin_at(place: f64, bins: usize) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "a histogram has some dozens of bins")]
    let bin = (place.clamp(0.0, 1.0) * bins as f64).floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped above"
    )]
    let bin = bin as usize;
    bin.min(bins.saturating_sub(1))
}

fn bound_of(bound: f64, column_type: &ColumnType) -> Scalar {
    match column_type {
        ColumnType::Decimal { scale, .. } => {
            let digits = usize::try_from(*scale).unwrap_or(0);
            Scalar::Text(format!("{bound:.digits$}"))
        }
        _ => Scalar::Float(bound),
    }
}

fn even_bounds(min: f64, max: f64, bins: usize) -> Option<Vec<f64>> {
    if !(min.is_finite() && max.is_finite() && min < max) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a histogram has some dozens of bins")]
    let at = |index: usize| min + (max - min) * (index as f64 / bins as f64);
    let mut bounds: Vec<f64> = (0..bins).map(at).collect();
    bounds.push(max);
    Some(bounds)
}

/// Whole-number widths, so that no bin holds more possible values than another.
fn integer_bounds(min: &Scalar, max: &Scalar, bins: usize) -> Option<Vec<Scalar>> {
    let (Scalar::Integer(min), Scalar::Integer(max)) = (min, max) else {
        return None;
    };
    whole_bounds(*min, *max, bins, 1).map(|bounds| bounds.into_iter().map(Scalar::Integer).collect())
}

fn civil_bounds(min: i64, max: i64, column_type: &ColumnType, bins: usize) -> Option<Vec<Scalar>> {
    const DAY: i64 = 86_400_000_000;
    const SECOND: i64 = 1_000_000;
    let unit = if *column_type == ColumnType::Date || max.saturating_sub(min) > DAY * 60 {
        DAY
    } else {
        SECOND
    };
    let start = min.div_euclid(unit) * unit;
    let bounds = whole_bounds(start, max, bins, unit)?;
    bounds
        .into_iter()
        .map(|micros| civil_text(micros, column_type).map(Scalar::Text))
        .collect()
}

fn whole_bounds(min: i64, max: i64, bins: usize, unit: i64) -> Option<Vec<i64>> {
    let span = max.checked_sub(min).filter(|span| *span > 0)?;
    let bins = i64::try_from(bins).ok()?;
    // Bins are at least as wide as it takes for all of them to hold every value.
    let width = (span / unit / bins + 1).checked_mul(unit)?;
    let mut bounds = vec![min];
    let mut next = min;
    while next <= max {
        next = next.checked_add(width)?;
        bounds.push(next);
    }
    Some(bounds)
}

#[cfg(test)]
mod tests {
    use catalog::{ColumnStatistics, Role};

    use super::*;

    fn check(histogram: &Histogram) {
        assert!(histogram.is_consistent(), "{histogram:?}");
    }

    #[test]
    fn integer_bins_are_whole_and_hold_both_ends() {
        let bins = bins_between(
            &Scalar::Integer(-3),
            &Scalar::Integer(7),
            &ColumnType::Int { bits: 16 },
            4,
        )
        .expect("has a span");
        check(&bins);
        assert_eq!(bins.bounds, [-3, 0, 3, 6, 9].map(Scalar::Integer));
    }

    #[test]
    fn float_bins_end_exactly_at_the_largest_value() {
        let bins = bins_between(
            &Scalar::Float(0.1),
            &Scalar::Float(0.7),
            &ColumnType::Float { bits: 64 },
            3,
        )
        .expect("has a span");
        check(&bins);
        assert_eq!(bins.bounds.len(), 4);
        assert_eq!(bins.bounds[3], Scalar::Float(0.7));
    }

    #[test]
    fn long_spans_of_time_are_cut_at_midnight() {
        let bins = bins_between(
            &Scalar::from("2001-01-01T06:30:00"),
            &Scalar::from("2001-06-30T22:00:00"),
            &ColumnType::Timestamp { utc: false },
            30,
        )
        .expect("has a span");
        check(&bins);
        assert_eq!(bins.bounds[0], Scalar::from("2001-01-01T00:00:00"));
        assert!(
            bins.bounds
                .iter()
                .all(|bound| bound.to_string().ends_with("T00:00:00")),
            "{bins:?}"
        );
    }

    #[test]
    fn one_value_text_and_nan_have_no_bins() {
        let int = ColumnType::Int { bits: 8 };
        assert_eq!(
            bins_between(&Scalar::Integer(1), &Scalar::Integer(1), &int, 8),
            None
        );
        assert_eq!(
            bins_between(&Scalar::from("a"), &Scalar::from("b"), &ColumnType::String, 8),
            None
        );
        let float = ColumnType::Float { bits: 64 };
        assert_eq!(
            bins_between(&Scalar::Float(f64::NAN), &Scalar::Float(1.0), &float, 8),
            None
        );
        assert_eq!(
            bins_between(&Scalar::Integer(i64::MIN), &Scalar::Integer(i64::MAX), &int, 8),
            None
        );
    }

    #[test]
    fn a_brush_over_the_last_bin_holds_the_largest_value() {
        let column = Column {
            field_id: 1,
            name: "delay".to_owned(),
            original_name: None,
            column_type: ColumnType::Int { bits: 16 },
            nullable: false,
            role: Role::Measure,
            description: None,
            statistics: ColumnStatistics::default(),
        };
        let bins = Histogram {
            bounds: [0, 5, 10, 15].map(Scalar::Integer).to_vec(),
            counts: vec![1, 1, 1],
        };
        let range = |from, to, closed| Filter::Range {
            column: "delay".to_owned(),
            from: Some(Scalar::Integer(from)),
            to: Some(Scalar::Integer(to)),
            closed,
        };
        assert_eq!(range_of_bins(&column, &bins, 0, 1), range(0, 10, false));
        assert_eq!(range_of_bins(&column, &bins, 2, 2), range(10, 15, true));
        for (first, last) in [(0, 0), (0, 1), (1, 2), (2, 2)] {
            let filter = range_of_bins(&column, &bins, first, last);
            assert_eq!(
                bins_of_range(&bins, &filter),
                Some((first, last)),
                "a brush marks what it brushed"
            );
        }
        assert_eq!(bins_of_range(&bins, &range(7, 10, true)), Some((1, 2)));
        assert_eq!(bins_of_range(&bins, &range(15, 15, true)), Some((2, 2)));
        assert_eq!(bins_of_range(&bins, &range(-9, -5, true)), None);
    }

    #[test]
    fn places_beyond_the_picture_are_in_its_outermost_bins() {
        assert_eq!(
            [-0.2, 0.0, 0.49, 0.5, 1.0, 7.0].map(|place| bin_at(place, 2)),
            [0, 0, 0, 1, 1, 1]
        );
    }
}
