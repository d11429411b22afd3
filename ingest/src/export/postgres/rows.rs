//! Rows in the text format of PostgreSQL's `COPY`.
//!
//! Entry point: [`encode`].

use duckdb::arrow::array::{Array, AsArray, StringArray};
use duckdb::arrow::record_batch::RecordBatch;

/// Adds the rows of a batch whose columns are all text.
pub(super) fn encode(batch: &RecordBatch, to: &mut Vec<u8>) {
    let columns: Vec<&StringArray> = batch
        .columns()
        .iter()
        .map(|column| column.as_string::<i32>())
        .collect();
    for row in 0..batch.num_rows() {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                to.push(b'\t');
            }
            if column.is_null(row) {
                to.extend_from_slice(b"\\N");
            } else {
                escape(column.value(row), to);
            }
        }
        to.push(b'\n');
    }
}

fn escape(text: &str, to: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => to.extend_from_slice(b"\\\\"),
            b'\n' => to.extend_from_slice(b"\\n"),
            b'\r' => to.extend_from_slice(b"\\r"),
            b'\t' => to.extend_from_slice(b"\\t"),
            other => to.push(other),
        }
    }
}
