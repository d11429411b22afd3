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

#[cfg(test)]
mod tests {
    use arrow::ipc::reader::StreamReader;

    use super::super::table::tests::{columns, result};
    use super::super::{ResultTable, ResultTableBuilder};

    #[test]
    fn tsv_quotes_what_a_spreadsheet_would_split() {
        let table = result(&[
            &[(Some(1), "a\tb"), (None, "line\nbreak")],
            &[(Some(-3), "say \"x\"")],
        ]);
        assert_eq!(
            table.to_tsv(0..3, 0..2),
            "1\t\"a\tb\"\n\t\"line\nbreak\"\n-3\t\"say \"\"x\"\"\""
        );
        assert_eq!(table.to_tsv(1..2, 0..1), "", "one cell, which is NULL");
    }

    #[test]
    fn csv_tells_null_from_empty_text() {
        let table = result(&[&[(None, ""), (Some(1_000_000), "a,b")]]);
        assert_eq!(table.to_csv(), "n,t\r\n,\"\"\r\n1000000,\"a,b\"\r\n");
    }

    fn rows_of_ipc(table: &ResultTable) -> (usize, Vec<String>) {
        let ipc = table.to_ipc().expect("writes");
        let reader = StreamReader::try_new(ipc.as_slice(), None).expect("is a stream");
        let names = reader
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        (reader.map(|batch| batch.expect("reads").num_rows()).sum(), names)
    }

    #[test]
    fn ipc_holds_all_batches_and_at_least_the_schema() {
        let names = vec!["n".to_owned(), "t".to_owned()];
        let table = result(&[&[(Some(1), "a")], &[(Some(2), "b"), (None, "c")]]);
        assert_eq!(rows_of_ipc(&table), (3, names.clone()));
        assert_eq!(rows_of_ipc(&result(&[&[]])), (0, names.clone()), "an empty batch");
        let table = ResultTableBuilder::default().finish(columns());
        assert_eq!(rows_of_ipc(&table), (0, names), "no batch at all");
    }
}
