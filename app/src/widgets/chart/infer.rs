//! What to draw of a result of free SQL.

use std::collections::HashSet;

use super::{ChartKind, ChartMeasure, ChartSpec};
use crate::result::{Cell, ColumnKind, ResultTable};

/// Results with more dimensions are listings rather than groups.
const MAX_DIMENSIONS: usize = 2;
/// Enough rows to tell groups from listings.
const SAMPLED_ROWS: usize = 2_000;

impl ChartSpec {
    /// Reads dimensions and measures off the columns' types: numbers measure, all else groups. A result whose rows
    /// are not told apart by their dimensions is a listing, of which nothing is drawn.
    pub fn infer(table: &ResultTable) -> Self {
        let columns = 0..table.columns().len();
        let is_number = |column: &usize| table.kind(*column) == ColumnKind::Number;
        let (mut measures, mut dimensions): (Vec<usize>, Vec<usize>) = columns.partition(is_number);
        if dimensions.is_empty() && measures.len() > 1 && table.row_count() > 1 {
            // For example hour of day and count.
            dimensions.push(measures.remove(0));
        }
        let is_grouped = dimensions.len() <= MAX_DIMENSIONS && tells_rows_apart(table, &dimensions);
        if measures.is_empty() || !is_grouped {
            return Self::default();
        }
        let measures = measures
            .into_iter()
            .map(|column| ChartMeasure {
                column,
                is_additive: is_sum(&table.columns()[column].name),
            })
            .collect();
        Self {
            kind: ChartKind::Auto,
            dimensions,
            measures,
        }
    }
}

fn tells_rows_apart(table: &ResultTable, dimensions: &[usize]) -> bool {
    let mut keys = vec![Vec::new(); table.row_count().min(SAMPLED_ROWS)];
    for column in dimensions {
        table.for_each_row(0..keys.len(), *column..column + 1, |row, cells| {
            keys[row].push(cells.first().and_then(Cell::exact));
        });
    }
    let mut seen = HashSet::new();
    keys.into_iter().all(|key| seen.insert(key))
}

/// Counts and sums may be added up; the engine names them after the function where the statement does not.
fn is_sum(name: &str) -> bool {
    let name = name.to_lowercase();
    ["count", "sum", "total", "n_", "num_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        && !name.contains("distinct")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::sample;

    #[test]
    fn text_groups_and_numbers_measure() {
        let spec = ChartSpec::infer(&sample(&[(Some(1), "a"), (Some(1), "b")]));
        assert_eq!(spec.dimensions, [1]);
        assert_eq!(spec.measures.len(), 1);
        assert_eq!(spec.measures[0].column, 0);
    }

    #[test]
    fn a_listing_is_not_drawn() {
        let spec = ChartSpec::infer(&sample(&[(Some(1), "a"), (Some(2), "a")]));
        assert_eq!(spec, ChartSpec::default());
    }

    #[test]
    fn names_tell_what_may_be_summed() {
        assert!(is_sum("count(*)") && is_sum("SUM(t.delay)"));
        assert!(!is_sum("avg delay") && !is_sum("count(DISTINCT origin)"));
    }
}
