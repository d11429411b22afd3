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

use super::arrow_type::schema_of;
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
        Ok(())
    }

    /// How many rows have come.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
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
