//! A result as a table of cells.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use catalog::Scalar;
use protocol::ResultColumn;

use super::arrow_type::{columns_of, schema_of};
use super::reader::CellReader;
use super::{Cell, ColumnKind};

/// Collects the batches of a query as they come.
#[derive(Debug, Default)]
pub struct ResultTableBuilder {
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
}

impl ResultTableBuilder {
    /// Takes a batch: a whole Arrow IPC stream. Its buffers are kept, not copied.
    pub fn push(&mut self, payload: Vec<u8>) -> Result<(), ArrowError> {
        let mut buffer = Buffer::from_vec(payload);
        let mut decoder = StreamDecoder::new();
        while !buffer.is_empty() {
            if let Some(batch) = decoder.decode(&mut buffer)? {
                self.schema.get_or_insert_with(|| batch.schema());
                if batch.num_rows() > 0 {
                    self.batches.push(batch);
                }
            }
        }
        if let Some(schema) = decoder.schema() {
            self.schema.get_or_insert(schema);
        }
        // Tells bytes that end within a message from a whole stream.
        decoder.finish()
    }

    /// The table, with the columns that its batches name: those of an intermediate answer come before the summary.
    pub fn finish_alone(self) -> ResultTable {
        let columns = self.schema.as_deref().map(columns_of).unwrap_or_default();
        self.finish(columns)
    }

    /// The table, with the columns that the query's summary names.
    pub fn finish(self, columns: Vec<ResultColumn>) -> ResultTable {
        let schema = self.schema.unwrap_or_else(|| Arc::new(schema_of(&columns)));
        let mut starts = Vec::with_capacity(self.batches.len());
        let mut row_count = 0;
        for batch in &self.batches {
            starts.push(row_count);
            row_count += batch.num_rows();
        }
        ResultTable {
            columns,
            schema,
            batches: self.batches,
            starts,
            row_count,
        }
    }
}

/// All rows of a result. Cheap to share in an [`Arc`], never changed.
#[derive(Debug)]
pub struct ResultTable {
    columns: Vec<ResultColumn>,
    pub(super) schema: SchemaRef,
    pub(super) batches: Vec<RecordBatch>,
    /// The first row of each batch.
    starts: Vec<usize>,
    row_count: usize,
}

impl Default for ResultTable {
    /// No columns, no rows.
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            schema: Arc::new(Schema::empty()),
            batches: Vec::new(),
            starts: Vec::new(),
            row_count: 0,
        }
    }
}

impl ResultTable {
    /// The columns.
    pub fn columns(&self) -> &[ResultColumn] {
        &self.columns
    }

    /// How many rows.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.row_count == 0
    }

    /// How a column is shown.
    pub fn kind(&self, column: usize) -> ColumnKind {
        self.schema
            .fields()
            .get(column)
            .map_or(ColumnKind::Text, |field| ColumnKind::of(field.data_type()))
    }

    /// One value; NULL outside the table.
    pub fn cell(&self, row: usize, column: usize) -> Cell {
        let mut cell = Cell::Null;
        self.for_each_row(
            row..row.saturating_add(1),
            column..column.saturating_add(1),
            |_, cells| {
                cell = cells.pop().unwrap_or(Cell::Null);
            },
        );
        cell
    }

    /// One value for a filter; none where its type has none. See [`Cell::scalar`].
    pub fn scalar(&self, row: usize, column: usize) -> Option<Scalar> {
        self.cell(row, column).scalar()
    }

    /// Calls back with each row of a rectangle, clipped to the table: the way to read many cells.
    pub fn for_each_row(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        mut each: impl FnMut(usize, &mut Vec<Cell>),
    ) {
        let rows = rows.start.min(self.row_count)..rows.end.min(self.row_count);
        let columns = columns.start..columns.end.min(self.schema.fields().len());
        let mut cells = Vec::with_capacity(columns.len());
        let mut row = rows.start;
        while row < rows.end {
            // The last batch that starts at or before the row.
            let batch_index = self.starts.partition_point(|start| *start <= row) - 1;
            let (batch, start) = (&self.batches[batch_index], self.starts[batch_index]);
            let readers: Vec<CellReader<'_>> = columns
                .clone()
                .map(|column| CellReader::new(batch.column(column).as_ref()))
                .collect();
            let end = rows.end.min(start + batch.num_rows());
            for row in row..end {
                cells.clear();
                cells.extend(readers.iter().map(|reader| reader.read(row - start)));
                each(row, &mut cells);
            }
            row = end;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use arrow::ipc::writer::StreamWriter;

    use super::*;

    /// A result of an integer and a text column, sent in batches.
    pub(crate) fn result(batches: &[&[(Option<i64>, &str)]]) -> ResultTable {
        let mut builder = ResultTableBuilder::default();
        for rows in batches {
            builder.push(payload(rows)).expect("is a stream");
        }
        builder.finish(columns())
    }

    pub(crate) fn columns() -> Vec<ResultColumn> {
        [("n", "int64"), ("t", "string")]
            .map(|(name, column_type)| ResultColumn {
                name: name.to_owned(),
                column_type: column_type.to_owned(),
            })
            .to_vec()
    }

    fn payload(rows: &[(Option<i64>, &str)]) -> Vec<u8> {
        let numbers: Int64Array = rows.iter().map(|row| row.0).collect();
        let texts: StringArray = rows.iter().map(|row| Some(row.1)).collect();
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("n", Arc::new(numbers) as ArrayRef, true),
            ("t", Arc::new(texts) as ArrayRef, true),
        ])
        .expect("equal lengths");
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("writes");
        writer.write(&batch).expect("writes");
        writer.into_inner().expect("writes")
    }

    #[test]
    fn rows_are_found_across_batches() {
        let table = result(&[
            &[(Some(1), "a"), (None, "b")],
            &[],
            &[(Some(3), "c")],
            &[(Some(4), "d")],
        ]);
        assert_eq!(table.row_count(), 4);
        let numbers: Vec<Cell> = (0..5).map(|row| table.cell(row, 0)).collect();
        assert_eq!(
            numbers,
            [
                Cell::Integer(1),
                Cell::Null,
                Cell::Integer(3),
                Cell::Integer(4),
                Cell::Null
            ],
            "the row behind the last is NULL"
        );
        assert_eq!(table.scalar(3, 1), Some(Scalar::from("d")));
        assert_eq!(table.cell(0, 2), Cell::Null, "a column that does not exist");
    }

    #[test]
    fn a_rectangle_is_read_row_by_row_and_clipped() {
        let table = result(&[&[(Some(1), "a"), (Some(2), "b")], &[(Some(3), "c")]]);
        let mut seen = Vec::new();
        table.for_each_row(1..99, 1..99, |row, cells| seen.push((row, cells.clone())));
        assert_eq!(
            seen,
            [
                (1, vec![Cell::Text("b".to_owned())]),
                (2, vec![Cell::Text("c".to_owned())])
            ]
        );
    }

    #[test]
    fn kinds_come_from_the_batches_or_from_the_summary() {
        for table in [
            result(&[&[(Some(1), "a")]]),
            ResultTableBuilder::default().finish(columns()),
        ] {
            assert_eq!(table.kind(0), ColumnKind::Number);
            assert_eq!(table.kind(1), ColumnKind::Text);
        }
    }

    #[test]
    fn an_answer_without_a_summary_has_the_columns_of_its_batches() {
        let mut builder = ResultTableBuilder::default();
        builder.push(payload(&[(Some(1), "a")])).expect("is a stream");
        assert_eq!(builder.finish_alone().columns(), columns());
    }

    #[test]
    fn bytes_that_are_no_stream_are_refused() {
        let mut builder = ResultTableBuilder::default();
        assert!(builder.push(b"certainly not Arrow".to_vec()).is_err());
        let mut cut_short = payload(&[(Some(1), "a")]);
        cut_short.truncate(cut_short.len() / 2);
        assert!(builder.push(cut_short).is_err());
    }
}
