//! Drift of distributions that are known, by hand and by chance.

use catalog::{ColumnStatistics, ColumnType, ValueCount};
use proptest::prelude::*;

use super::*;

fn measure(bounds: &[f64], counts: &[u64]) -> (Column, u64) {
    let histogram = Histogram {
        bounds: bounds.iter().copied().map(Scalar::Float).collect(),
        counts: counts.to_vec(),
    };
    let statistics = ColumnStatistics {
        histogram: Some(histogram),
        null_count: Some(0),
        ..ColumnStatistics::default()
    };
    (column(Role::Measure, statistics), counts.iter().sum())
}

fn dimension(values: &[(&str, u64)], rows: u64) -> (Column, u64) {
    let statistics = ColumnStatistics {
        top_values: values
            .iter()
            .map(|(value, count)| ValueCount {
                value: Scalar::from(*value),
                count: *count,
            })
            .collect(),
        null_count: Some(0),
        ..ColumnStatistics::default()
    };
    (column(Role::Dimension, statistics), rows)
}

fn column(role: Role, statistics: ColumnStatistics) -> Column {
    Column {
        field_id: 1,
        name: "c".to_owned(),
        original_name: None,
        column_type: ColumnType::Float { bits: 64 },
        nullable: true,
        role,
        description: None,
        statistics,
    }
}

fn psi(before: &(Column, u64), after: &(Column, u64)) -> Option<f64> {
    drift(&before.0, before.1, &after.0, after.1).map(|drift| drift.psi)
}

fn verdict(before: &(Column, u64), after: &(Column, u64)) -> Option<Verdict> {
    drift(&before.0, before.1, &after.0, after.1).map(|drift| drift.verdict)
}

#[test]
fn the_index_is_the_sum_over_bins() {
    let before = measure(&[0.0, 1.0, 2.0, 3.0], &[50, 30, 20]);
    let after = measure(&[0.0, 1.0, 2.0, 3.0], &[40, 30, 30]);
    let expected = -0.1 * (0.4_f64 / 0.5).ln() + 0.1 * (0.3_f64 / 0.2).ln();
    assert!((psi(&before, &after).expect("index") - expected).abs() < 1e-12);
    let more = measure(&[0.0, 1.0, 2.0, 3.0], &[500, 300, 200]);
    assert_eq!(
        psi(&before, &more),
        Some(0.0),
        "how many rows there are is no drift"
    );
}

#[test]
fn words_begin_at_the_usual_thresholds() {
    let before = measure(&[0.0, 1.0, 2.0], &[500, 500]);
    let word = |left| verdict(&before, &measure(&[0.0, 1.0, 2.0], &[left, 1000 - left]));
    assert_eq!(word(500), Some(Verdict::Stable));
    assert_eq!(word(580), Some(Verdict::Stable));
    assert_eq!(word(680), Some(Verdict::Moderate));
    assert_eq!(word(800), Some(Verdict::Significant));
}

#[test]
fn bins_of_different_edges_are_compared_where_the_values_are_spread_alike() {
    let edges = |from: f64, width: f64, count: usize| -> Vec<f64> {
        (0..=count).map(|index| from + width * index as f64).collect()
    };
    let before = measure(&edges(0.0, 1.0, 32), &[100; 32]);
    let after = measure(&edges(-0.5, 1.1, 30), &[100; 30]);
    let found = psi(&before, &after).expect("index");
    assert!(found < 0.02, "nearly the same range, {found}");
    let moved = measure(&edges(16.0, 1.0, 32), &[100; 32]);
    assert_eq!(verdict(&before, &moved), Some(Verdict::Significant));
}

#[test]
fn a_value_that_most_rows_have_is_not_spread_over_its_bin() {
    // Half of the values are 0; a single smaller one makes the bins of the second histogram begin elsewhere.
    let before = measure(&[0.0, 1.0, 2.0, 3.0], &[500, 250, 250]);
    let after = measure(&[-3.0, 1.0, 2.0, 3.0], &[501, 250, 250]);
    let found = psi(&before, &after).expect("index");
    assert!(found < 0.001, "{found}");
}

#[test]
fn few_values_beside_one_that_most_rows_have_are_a_bin() {
    let before = measure(&[0.0, 10.0, 20.0], &[970, 30]);
    let after = measure(&[0.0, 12.0, 24.0], &[970, 30]);
    assert_eq!(verdict(&before, &after), Some(Verdict::Stable));
    let more = measure(&[0.0, 12.0, 24.0], &[700, 300]);
    assert_eq!(verdict(&before, &more), Some(Verdict::Significant));
}

#[test]
fn one_value_is_told_from_another() {
    let seven = measure(&[7.0, 7.0], &[10]);
    assert_eq!(psi(&seven, &seven), Some(0.0));
    let eight = measure(&[8.0, 8.0], &[10]);
    assert_eq!(verdict(&seven, &eight), Some(Verdict::Significant));
    assert_eq!(verdict(&eight, &seven), Some(Verdict::Significant));
}

#[test]
fn frequent_values_are_compared_and_the_rest_as_one() {
    let before = dimension(&[("a", 60), ("b", 40)], 100);
    let after = dimension(&[("b", 60), ("a", 40)], 100);
    let expected = 2.0 * 0.2 * 1.5_f64.ln();
    assert!((psi(&before, &after).expect("index") - expected).abs() < 1e-12);
    let with_new = dimension(&[("a", 60), ("b", 40), ("c", 100)], 200);
    assert_eq!(verdict(&before, &with_new), Some(Verdict::Significant));
}

#[test]
fn a_value_that_fell_off_the_list_is_not_taken_for_gone() {
    let before = dimension(&[("a", 20), ("b", 10)], 1000);
    let after = dimension(&[("a", 20), ("c", 10)], 1000);
    assert_eq!(
        psi(&before, &after),
        Some(0.0),
        "b may still have 10 rows, and c may have had 10"
    );
    let all_listed = (
        dimension(&[("a", 990), ("b", 10)], 1000),
        dimension(&[("a", 1000)], 1000),
    );
    let gone = psi(&all_listed.0, &all_listed.1).expect("index");
    assert!(gone > 0.04, "all values are listed, so b is gone: {gone}");
}

#[test]
fn dates_and_instants_have_an_axis() {
    let at = |text: &str| position(&Scalar::from(text));
    assert_eq!(at("1970-01-02"), Some(86_400.0));
    assert_eq!(at("1970-01-02T00:00:00.5"), Some(86_400.5));
    assert_eq!(at("1970-01-02T00:00:00.500000Z"), Some(86_400.5));
    assert_eq!(at("2.5"), Some(2.5));
    assert_eq!(at("x"), None);
}

#[test]
fn without_statistics_nothing_is_said() {
    let nothing = (column(Role::Measure, ColumnStatistics::default()), 10);
    assert_eq!(psi(&nothing, &nothing), None);
    let no_values = measure(&[0.0, 1.0], &[0]);
    assert_eq!(psi(&no_values, &no_values), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_is_never_negative_and_the_same_both_ways(
        first in prop::collection::vec((0.01..10.0_f64, 0..1000_u64), 1..40),
        second in prop::collection::vec((0.01..10.0_f64, 0..1000_u64), 1..40),
        shift in -20.0..20.0_f64,
    ) {
        let histogram = |from: f64, bins: &[(f64, u64)]| {
            let mut bounds = vec![from];
            for (width, _) in bins {
                bounds.push(bounds[bounds.len() - 1] + width);
            }
            let counts: Vec<u64> = bins.iter().map(|(_, count)| *count).collect();
            measure(&bounds, &counts)
        };
        let (first, second) = (histogram(0.0, &first), histogram(shift, &second));
        if let Some(index) = psi(&first, &second) {
            prop_assert!(index >= 0.0 && index.is_finite(), "{}", index);
            let back = psi(&second, &first).expect("both ways");
            prop_assert!((index - back).abs() < 1e-9, "{} and {}", index, back);
        }
        if first.1 > 0 {
            prop_assert_eq!(psi(&first, &first), Some(0.0));
        }
    }
}
