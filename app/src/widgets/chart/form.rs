//! Which form suits a result.

use super::{ChartKind, ChartSpec};
use crate::result::{ColumnKind, ResultTable};

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Nothing, and why.
    Nothing(&'static str),
    /// Big figures: there is one group only.
    Figures,
    /// A table.
    Table,
    /// Horizontal bars, largest first.
    Bars,
    /// Upright bars, in the order of the axis.
    Columns,
    /// Lines.
    Line,
    /// Areas.
    Area,
}

impl Form {
    /// The form for a result: as asked for, where its shape allows.
    pub fn of(table: &ResultTable, spec: &ChartSpec) -> Self {
        let is_column = |column: usize| column < table.columns().len();
        if table.is_empty() {
            return Self::Nothing("No rows to draw.");
        }
        if spec.kind == ChartKind::Table && !(spec.dimensions.is_empty() && spec.measures.is_empty()) {
            return Self::Table;
        }
        if !spec.measures.iter().any(|measure| is_column(measure.column)) {
            return Self::Nothing("Choose a measure to draw a chart.");
        }
        let Some(axis) = spec.axis(table) else {
            return Self::Figures;
        };
        let kind = table.kind(axis);
        match spec.kind {
            ChartKind::Line => Self::Line,
            ChartKind::Area => Self::Area,
            ChartKind::Auto if kind == ColumnKind::Time && table.row_count() > 1 => Self::Line,
            _ if matches!(kind, ColumnKind::Time | ColumnKind::Number) => Self::Columns,
            _ => Self::Bars,
        }
    }

    /// The form that stands for the widget: all plots share one.
    pub fn widget(self) -> Self {
        match self {
            Self::Bars | Self::Columns | Self::Line | Self::Area => Self::Bars,
            other => other,
        }
    }

    /// Its name in the option builder and in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing(_) => "none",
            Self::Figures => "figures",
            Self::Table => "table",
            Self::Bars => "bars",
            Self::Columns => "columns",
            Self::Line => "line",
            Self::Area => "area",
        }
    }
}

impl ChartSpec {
    /// The dimensions that the result has, the one for the axis first: a time where there is one.
    pub fn ordered_dimensions(&self, table: &ResultTable) -> Vec<usize> {
        let mut dimensions: Vec<usize> = self
            .dimensions
            .iter()
            .copied()
            .filter(|column| *column < table.columns().len())
            .collect();
        if let Some(time) = dimensions
            .iter()
            .position(|column| table.kind(*column) == ColumnKind::Time)
        {
            dimensions[..=time].rotate_right(1);
        }
        dimensions
    }

    fn axis(&self, table: &ResultTable) -> Option<usize> {
        self.ordered_dimensions(table).first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ChartMeasure;
    use super::*;
    use crate::result::sample;

    fn spec(kind: ChartKind, dimensions: &[usize], measures: &[usize]) -> ChartSpec {
        ChartSpec {
            kind,
            dimensions: dimensions.to_vec(),
            measures: measures
                .iter()
                .map(|column| ChartMeasure {
                    column: *column,
                    is_additive: true,
                })
                .collect(),
        }
    }

    #[test]
    fn the_shape_of_the_result_chooses() {
        let table = sample(&[(Some(1), "a"), (Some(2), "b")]);
        let form = |kind, dimensions: &[usize], measures: &[usize]| {
            Form::of(&table, &spec(kind, dimensions, measures))
        };
        assert_eq!(form(ChartKind::Auto, &[1], &[0]), Form::Bars);
        assert_eq!(
            form(ChartKind::Auto, &[0], &[0]),
            Form::Columns,
            "numbers keep their order"
        );
        assert_eq!(form(ChartKind::Auto, &[], &[0]), Form::Figures);
        assert_eq!(form(ChartKind::Line, &[1], &[0]), Form::Line);
        assert_eq!(form(ChartKind::Table, &[1], &[0]), Form::Table);
        assert_eq!(form(ChartKind::Auto, &[1], &[]).name(), "none");
        assert_eq!(
            form(ChartKind::Auto, &[9], &[0]),
            Form::Figures,
            "positions of another result"
        );
        assert_eq!(form(ChartKind::Auto, &[1], &[9]).name(), "none");
    }

    #[test]
    fn an_empty_result_says_so() {
        let form = Form::of(&sample(&[]), &spec(ChartKind::Auto, &[1], &[0]));
        assert_eq!(form, Form::Nothing("No rows to draw."));
    }
}
