//! A result as rows and columns of a table: what a chart shows, to be read.

use std::collections::HashMap;

use super::ChartSpec;
use crate::result::{Cell, ColumnStyle, ResultTable};

const MAX_ROWS: usize = 200;
const MAX_COLUMNS: usize = 24;

/// A table of texts. Each row and each value names the result row that it stands for.
#[derive(Debug, Default, PartialEq)]
pub struct Pivot {
    /// Header of the columns that name rows.
    pub row_headers: Vec<String>,
    /// Headers of values, each with the result row that it stands for, if it can be filtered by.
    pub value_headers: Vec<(String, Option<usize>)>,
    /// Rows.
    pub rows: Vec<PivotRow>,
    /// What is not shown.
    pub note: String,
}

/// A row of a [`Pivot`].
#[derive(Debug, Default, PartialEq)]
pub struct PivotRow {
    /// The result row that the labels stand for.
    pub row: usize,
    /// Labels by dimension.
    pub labels: Vec<String>,
    /// Values; none where there is no such group.
    pub values: Vec<Option<String>>,
}

impl Pivot {
    /// Two dimensions become rows and columns of the first measure; otherwise each result row is a row.
    pub fn of(table: &ResultTable, spec: &ChartSpec) -> Self {
        let dimensions = spec.ordered_dimensions(table);
        let measures: Vec<usize> = spec
            .measures
            .iter()
            .map(|measure| measure.column)
            .filter(|column| *column < table.columns().len())
            .collect();
        match (dimensions.as_slice(), measures.first()) {
            ([down, across], Some(measure)) => crossed(table, *down, *across, *measure),
            _ => listed(table, &dimensions, &measures),
        }
    }
}

fn listed(table: &ResultTable, dimensions: &[usize], measures: &[usize]) -> Pivot {
    let name = |column: &usize| table.columns()[*column].name.clone();
    let mut pivot = Pivot {
        row_headers: dimensions.iter().map(name).collect(),
        value_headers: measures.iter().map(|column| (name(column), None)).collect(),
        note: shown_of(table.row_count(), MAX_ROWS, "rows"),
        ..Pivot::default()
    };
    let styles = styles_of(table);
    let text = |cells: &[Cell], column: usize| styles[column].text(&cells[column]);
    table.for_each_row(0..MAX_ROWS, 0..table.columns().len(), |row, cells| {
        pivot.rows.push(PivotRow {
            row,
            labels: dimensions
                .iter()
                .map(|column| label(text(cells, *column)))
                .collect(),
            values: measures.iter().map(|column| text(cells, *column)).collect(),
        });
    });
    pivot
}

fn crossed(table: &ResultTable, down: usize, across: usize, measure: usize) -> Pivot {
    let styles = styles_of(table);
    let mut rows: Vec<PivotRow> = Vec::new();
    let mut headers: Vec<(String, Option<usize>)> = Vec::new();
    let mut row_of: HashMap<String, usize> = HashMap::new();
    let mut column_of: HashMap<String, usize> = HashMap::new();
    table.for_each_row(0..table.row_count(), 0..table.columns().len(), |row, cells| {
        let text = |column: usize| styles[column].text(&cells[column]);
        let (row_label, column_label) = (label(text(down)), label(text(across)));
        let at_column = *column_of.entry(column_label).or_insert_with_key(|text| {
            headers.push((text.clone(), Some(row)));
            headers.len() - 1
        });
        let at_row = *row_of.entry(row_label).or_insert_with_key(|text| {
            rows.push(PivotRow {
                row,
                labels: vec![text.clone()],
                values: Vec::new(),
            });
            rows.len() - 1
        });
        if at_column < MAX_COLUMNS && at_row < MAX_ROWS {
            let values = &mut rows[at_row].values;
            if values.len() <= at_column {
                values.resize(at_column + 1, None);
            }
            values[at_column] = text(measure);
        }
    });
    let notes = [
        format!("values: {}", table.columns()[measure].name),
        shown_of(rows.len(), MAX_ROWS, "rows"),
        shown_of(headers.len(), MAX_COLUMNS, "columns"),
    ];
    rows.truncate(MAX_ROWS);
    headers.truncate(MAX_COLUMNS);
    for row in &mut rows {
        row.values.resize(headers.len(), None);
    }
    Pivot {
        row_headers: vec![format!(
            "{} \\ {}",
            table.columns()[down].name,
            table.columns()[across].name
        )],
        value_headers: headers,
        rows,
        note: notes
            .into_iter()
            .filter(|note| !note.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
    }
}

fn styles_of(table: &ResultTable) -> Vec<ColumnStyle> {
    (0..table.columns().len())
        .map(|column| ColumnStyle::of(table, column))
        .collect()
}

fn label(text: Option<String>) -> String {
    text.unwrap_or_else(|| "(null)".to_owned())
}

fn shown_of(total: usize, limit: usize, what: &str) -> String {
    if total > limit {
        format!("first {limit} of {total} {what}")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChartKind, ChartMeasure};
    use super::*;
    use crate::result::sample;

    fn spec(dimensions: &[usize]) -> ChartSpec {
        ChartSpec {
            kind: ChartKind::Table,
            dimensions: dimensions.to_vec(),
            measures: vec![ChartMeasure {
                column: 0,
                is_additive: true,
            }],
        }
    }

    #[test]
    fn one_dimension_lists_rows() {
        let pivot = Pivot::of(&sample(&[(Some(1), "a"), (None, "b")]), &spec(&[1]));
        assert_eq!(pivot.row_headers, ["t"]);
        assert_eq!(pivot.rows[1].labels, ["b"]);
        assert_eq!(pivot.rows[1].values, [None]);
    }

    #[test]
    fn two_dimensions_cross_and_missing_groups_stay_empty() {
        let pivot = Pivot::of(
            &sample(&[(Some(1), "a"), (Some(2), "a"), (Some(2), "b")]),
            &spec(&[1, 0]),
        );
        assert_eq!(
            pivot.value_headers,
            [("1".to_owned(), Some(0)), ("2".to_owned(), Some(1))]
        );
        assert_eq!(pivot.rows[0].values, [Some("1".to_owned()), Some("2".to_owned())]);
        assert_eq!(pivot.rows[1].values, [None, Some("2".to_owned())]);
        assert_eq!(pivot.rows[1].row, 2);
    }

    #[test]
    fn long_results_are_cut_and_say_so() {
        let rows: Vec<(Option<i64>, &str)> = (0..300).map(|n| (Some(n), "x")).collect();
        let pivot = Pivot::of(&sample(&rows), &spec(&[1, 0]));
        assert_eq!(pivot.value_headers.len(), MAX_COLUMNS);
        assert_eq!(pivot.rows[0].values.len(), MAX_COLUMNS);
        assert_eq!(pivot.note, "values: n · first 24 of 300 columns");
    }
}
