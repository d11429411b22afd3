//! Rows of a result as a table: laid out exactly where they are few, one by one where they are many.

use std::io::{self, BufWriter, Write};

use comfy_table::{Cell, Table};
use duckdb::arrow::array::ArrayRef;
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::arrow::util::display::{ArrayFormatter, FormatOptions};
use unicode_width::UnicodeWidthStr;

use super::{number, table, zone};

const OPTIONS: FormatOptions<'_> = FormatOptions::new().with_null("NULL");

/// The first rows of a result, with a type below each name.
pub fn batches(
    schema: &SchemaRef,
    types: &[String],
    batches: &[RecordBatch],
    limit: usize,
) -> Result<Table, ArrowError> {
    let header: Vec<String> = schema
        .fields()
        .iter()
        .zip(types)
        .map(|(field, type_name)| format!("{}\n{}", field.name(), type_name.to_lowercase()))
        .collect();
    let mut table = table(&header.iter().map(String::as_str).collect::<Vec<_>>());
    let numeric = numeric(schema);
    let mut left = limit;
    for batch in batches {
        let columns = printable(batch)?;
        let formatters = formatters(&columns)?;
        for row in 0..batch.num_rows().min(left) {
            table.add_row(formatters.iter().zip(&numeric).map(|(formatter, is_number)| {
                let text = formatter.value(row).to_string();
                if *is_number { number(text) } else { Cell::new(text) }
            }));
        }
        left = left.saturating_sub(batch.num_rows());
    }
    Ok(table)
}

/// A table that goes on below its first rows, which decide how wide the columns are: a later row that needs
/// more is longer, so that no row has to be held.
pub struct Grid<W: Write> {
    out: BufWriter<W>,
    /// The first rows and the border below them.
    begun: String,
    widths: Vec<usize>,
    numeric: Vec<bool>,
    skip: usize,
    left: usize,
}

impl<W: Write> Grid<W> {
    /// A table of this many rows that begins with these, as [`batches`] laid them out.
    pub fn begin(head: &Table, schema: &SchemaRef, limit: usize, out: W) -> Self {
        Self {
            out: BufWriter::new(out),
            begun: head.to_string(),
            widths: head
                .column_max_content_widths()
                .into_iter()
                .map(usize::from)
                .collect(),
            numeric: numeric(schema),
            skip: 0,
            left: limit,
        }
    }

    /// Writes the first rows, so many of them; [`Grid::rows`] passes over them.
    pub fn head(&mut self, rows: usize) -> io::Result<()> {
        self.skip = rows;
        self.left = self.left.saturating_sub(rows);
        let (above, _) = self.borders();
        let above = above.to_owned();
        writeln!(self.out, "{above}")
    }

    /// Writes the rows of the next batch, as far as they are beyond the first rows and within the limit.
    pub fn rows(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let from = self.skip.min(batch.num_rows());
        let to = batch.num_rows().min(from.saturating_add(self.left));
        self.skip -= from;
        self.left -= to - from;
        if from == to {
            return Ok(());
        }
        let columns = printable(batch)?;
        let formatters = formatters(&columns)?;
        for row in from..to {
            let texts: Vec<String> = formatters
                .iter()
                .map(|formatter| formatter.value(row).to_string())
                .collect();
            self.row(&texts)?;
        }
        Ok(())
    }

    /// Writes the border below.
    pub fn finish(&mut self) -> io::Result<()> {
        let (_, border) = self.borders();
        let border = border.to_owned();
        writeln!(self.out, "{border}")?;
        self.out.flush()
    }

    fn borders(&self) -> (&str, &str) {
        self.begun.rsplit_once('\n').unwrap_or(("", &self.begun))
    }

    /// A row is as high as its highest cell.
    fn row(&mut self, texts: &[String]) -> io::Result<()> {
        let cells: Vec<Vec<&str>> = texts.iter().map(|text| text.split('\n').collect()).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            for (index, cell) in cells.iter().enumerate() {
                let text = cell.get(line).copied().unwrap_or_default();
                let pad = self.widths[index].saturating_sub(text.width());
                let border = if index == 0 { '│' } else { '┆' };
                if self.numeric[index] {
                    write!(self.out, "{border} {:pad$}{text} ", "")?;
                } else {
                    write!(self.out, "{border} {text}{:pad$} ", "")?;
                }
            }
            writeln!(self.out, "│")?;
        }
        Ok(())
    }
}

fn numeric(schema: &SchemaRef) -> Vec<bool> {
    let fields = schema.fields().iter();
    fields.map(|field| field.data_type().is_numeric()).collect()
}

fn printable(batch: &RecordBatch) -> Result<Vec<ArrayRef>, ArrowError> {
    batch.columns().iter().map(zone::as_offset).collect()
}

fn formatters(columns: &[ArrayRef]) -> Result<Vec<ArrayFormatter<'_>>, ArrowError> {
    columns
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &OPTIONS))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::{Int64Array, StringArray};
    use duckdb::arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn people(names: &[&str]) -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("name", DataType::Utf8, true),
            Field::new("age", DataType::Int64, true),
        ]);
        let ages = (0..names.len()).map(|index| (index > 0).then_some(7));
        RecordBatch::try_new(
            Arc::new(schema),
            vec![
                Arc::new(StringArray::from(names.to_vec())),
                Arc::new(ages.collect::<Int64Array>()),
            ],
        )
        .expect("batch")
    }

    #[test]
    fn rows_written_one_by_one_look_as_rows_laid_out_together() {
        let batch = people(&["Ada", "日本\nZoë", "", "beyond"]);
        let schema = batch.schema();
        let types = ["VARCHAR".to_owned(), "BIGINT".to_owned()];
        let whole = batches(&schema, &types, std::slice::from_ref(&batch), 3).expect("table");
        let head = batches(&schema, &types, &[batch.slice(0, 1)], 3).expect("table");
        let mut out = Vec::new();
        let mut grid = Grid::begin(&head, &schema, 3, &mut out);
        grid.head(1).expect("first rows");
        for index in 0..4 {
            grid.rows(&batch.slice(index, 1)).expect("row");
        }
        grid.finish().expect("border");
        drop(grid);
        assert_eq!(String::from_utf8_lossy(&out), format!("{whole}\n"));
    }
}
