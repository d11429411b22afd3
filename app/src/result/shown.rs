//! How a column's values are shown: decided once for the column, so that its cells agree with each other.

use super::display::{group_digits, without_midnight};
use super::{Cell, ColumnKind, ResultTable};

/// Enough rows to tell dates from moments.
const SAMPLED_ROWS: usize = 200;

/// How a column's values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnStyle {
    /// Times at midnight are shown as dates: all in the sample are.
    has_dates_only: bool,
    /// Numbers name things (years, keys) rather than count them: no commas.
    has_names: bool,
}

impl ColumnStyle {
    /// The style of a column of a result.
    pub fn of(table: &ResultTable, column: usize) -> Self {
        let name = table
            .columns()
            .get(column)
            .map_or_else(String::new, |column| column.name.to_lowercase());
        Self {
            has_dates_only: table.kind(column) == ColumnKind::Time && is_at_midnight(table, column),
            has_names: table.kind(column) == ColumnKind::Number && is_name_of_keys(&name),
        }
    }

    /// A value for a person to read; none for NULL.
    pub fn text(self, cell: &Cell) -> Option<String> {
        let text = cell.display()?;
        Some(match cell {
            Cell::Integer(_) | Cell::Decimal(_) if !self.has_names => group_digits(&text),
            Cell::Moment { .. } if self.has_dates_only => without_midnight(&text),
            _ => text,
        })
    }
}

fn is_at_midnight(table: &ResultTable, column: usize) -> bool {
    let mut all = true;
    table.for_each_row(0..SAMPLED_ROWS, column..column + 1, |_, cells| {
        all &= cells
            .iter()
            .filter_map(Cell::number)
            .all(|epoch_ms| epoch_ms.rem_euclid(86_400_000.0) == 0.0);
    });
    all
}

/// Whether a column of this name holds numbers that are not counted with.
fn is_name_of_keys(name: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|word| {
        matches!(
            word,
            "year" | "years" | "yr" | "id" | "key" | "code" | "zip" | "no" | "hour"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, TimestampSecondArray};
    use arrow::ipc::writer::StreamWriter;
    use protocol::ResultColumn;

    use super::super::ResultTableBuilder;
    use super::*;

    fn shown(name: &str, values: ArrayRef) -> Vec<String> {
        let batch = RecordBatch::try_from_iter([(name, values)]).expect("one column");
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("writes");
        writer.write(&batch).expect("writes");
        let mut builder = ResultTableBuilder::default();
        builder
            .push(writer.into_inner().expect("writes"))
            .expect("is a stream");
        let table = builder.finish(vec![ResultColumn {
            name: name.to_owned(),
            column_type: String::new(),
        }]);
        let style = ColumnStyle::of(&table, 0);
        (0..table.row_count())
            .filter_map(|row| style.text(&table.cell(row, 0)))
            .collect()
    }

    #[test]
    fn times_at_midnight_are_dates_only_if_all_are() {
        let days = TimestampSecondArray::from(vec![0, 86_400]);
        assert_eq!(shown("day", Arc::new(days)), ["1970-01-01", "1970-01-02"]);
        let moments = TimestampSecondArray::from(vec![0, 86_401]);
        assert_eq!(
            shown("at", Arc::new(moments)),
            ["1970-01-01 00:00:00", "1970-01-02 00:00:01"]
        );
    }

    #[test]
    fn counts_have_commas_and_years_have_none() {
        let numbers = || Arc::new(Int64Array::from(vec![2001, 12_345]));
        assert_eq!(shown("count", numbers()), ["2,001", "12,345"]);
        assert_eq!(shown("birth year", numbers()), ["2001", "12345"]);
        assert_eq!(shown("yearly_sum", numbers()), ["2,001", "12,345"]);
    }
}
