//! What a person did on the chart, as values to filter by.

use catalog::Scalar;
use serde::Deserialize;

use super::{ChartBrush, ChartPick, ChartSpec};
use crate::result::ResultTable;

/// An event of `app/js/chart.js`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChartEvent {
    /// A mark or an axis label was clicked.
    #[serde(rename_all = "camelCase")]
    Pick {
        /// The result row that it stands for.
        row: usize,
        /// Whether the axis' value alone was meant.
        axis_only: bool,
        /// Whether to keep it out.
        exclude: bool,
    },
    /// A stretch of the axis was brushed, in axis units.
    Brush {
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// What is not drawn.
    Note {
        /// In words.
        text: String,
    },
}

/// The values that a click stands for; none where they have no literal.
pub fn pick(
    table: &ResultTable,
    spec: &ChartSpec,
    row: usize,
    axis_only: bool,
    exclude: bool,
) -> Option<ChartPick> {
    let dimensions = spec.ordered_dimensions(table);
    let wanted = if axis_only { 1 } else { dimensions.len() };
    let values: Vec<(usize, Scalar)> = dimensions
        .into_iter()
        .take(wanted)
        .filter_map(|column| Some((column, table.scalar(row, column)?)))
        .collect();
    (!values.is_empty() && row < table.row_count()).then_some(ChartPick { values, exclude })
}

/// The first and last value of the result within a brushed stretch; none when it holds none.
pub fn brush(table: &ResultTable, spec: &ChartSpec, from: f64, to: f64) -> Option<ChartBrush> {
    let column = *spec.ordered_dimensions(table).first()?;
    let mut first: Option<(f64, usize)> = None;
    let mut last: Option<(f64, usize)> = None;
    table.for_each_row(0..table.row_count(), column..column + 1, |row, cells| {
        let at = cells.first().and_then(|cell| cell.number());
        let Some(at) = at.filter(|at| (from..=to).contains(at)) else {
            return;
        };
        if first.is_none_or(|(known, _)| at < known) {
            first = Some((at, row));
        }
        if last.is_none_or(|(known, _)| at > known) {
            last = Some((at, row));
        }
    });
    Some(ChartBrush {
        column,
        from: table.scalar(first?.1, column)?,
        to: table.scalar(last?.1, column)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::sample;

    fn spec(dimensions: &[usize]) -> ChartSpec {
        ChartSpec {
            dimensions: dimensions.to_vec(),
            ..ChartSpec::default()
        }
    }

    #[test]
    fn a_click_names_all_dimensions_and_a_label_only_the_axis() {
        let table = sample(&[(Some(1), "a"), (None, "b")]);
        let values = |axis_only| pick(&table, &spec(&[1, 0]), 1, axis_only, false).map(|pick| pick.values);
        assert_eq!(
            values(false),
            Some(vec![(1, Scalar::from("b")), (0, Scalar::Null)])
        );
        assert_eq!(values(true), Some(vec![(1, Scalar::from("b"))]));
        assert_eq!(pick(&table, &spec(&[1]), 2, false, false), None, "no such row");
    }

    #[test]
    fn a_brush_snaps_to_the_values_within() {
        let table = sample(&[(Some(40), "d"), (Some(10), "a"), (Some(30), "c"), (Some(20), "b")]);
        let brushed = brush(&table, &spec(&[0]), 15.0, 35.0).expect("holds values");
        assert_eq!(
            (brushed.from, brushed.to),
            (Scalar::Integer(20), Scalar::Integer(30))
        );
        assert_eq!(brush(&table, &spec(&[0]), 11.0, 12.0), None);
    }

    #[test]
    fn events_read_as_the_script_sends_them() {
        let event: ChartEvent =
            serde_json::from_str(r#"{"type": "pick", "row": 3, "axisOnly": true, "exclude": false}"#)
                .expect("parses");
        assert_eq!(
            event,
            ChartEvent::Pick {
                row: 3,
                axis_only: true,
                exclude: false
            }
        );
    }
}
