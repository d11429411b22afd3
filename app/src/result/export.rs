//! A result as text and as bytes, for the clipboard, downloads and the console API.

use std::ops::Range;

use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;

use super::{Cell, ResultTable};

impl ResultTable {
    /// A rectangle as tab-separated text, as spreadsheets paste it; no header, no final line break.
    pub fn to_tsv(&self, rows: Range<usize>, columns: Range<usize>) -> String {
        let mut tsv = String::new();
        let first = rows.start;
        self.for_each_row(rows, columns, |row, cells| {
            if row > first {
                tsv.push('\n');
            }
            push_line(&mut tsv, cells, '\t');
        });
        tsv
    }

    /// All rows as CSV by RFC 4180 with a header. NULL is an empty field, empty text is `""`.
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        let names: Vec<Cell> = self
            .columns()
            .iter()
            .map(|column| Cell::Text(column.name.clone()))
            .collect();
        push_line(&mut csv, &names, ',');
        csv.push_str("\r\n");
        self.for_each_row(0..self.row_count(), 0..self.columns().len(), |_, cells| {
            push_line(&mut csv, cells, ',');
            csv.push_str("\r\n");
        });
        csv
    }

    /// All rows as one Arrow IPC stream; of an empty result the schema alone.
    pub fn to_ipc(&self) -> Result<Vec<u8>, ArrowError> {
        let mut writer = StreamWriter::try_new(Vec::new(), &self.schema)?;
        for batch in &self.batches {
            writer.write(batch)?;
        }
        writer.into_inner()
    }
}

fn push_line(line: &mut String, cells: &[Cell], separator: char) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            line.push(separator);
        }
        let Some(text) = cell.exact() else { continue };
        let is_odd = |c: char| c == separator || matches!(c, '"' | '\n' | '\r');
        if text.contains(is_odd) || (text.is_empty() && separator == ',') {
            line.push('"');
            line.push_str(&text.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(&text);
        }
    }
}
