//! Encodes the columns of a row group on several threads, while the next row group is made.
//!
//! Invariant: a row group's bytes depend on its rows alone: each column is encoded as one array. At most
//! [`AHEAD`] row groups are in memory beside the one that is being collected.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;

use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::compute::{concat, max_string, min_string};
use duckdb::arrow::datatypes::{DataType, FieldRef, SchemaRef};
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};

use super::GoldError;
use super::encoding::prefers_delta;
use super::partition::Partition;
use super::properties::{leaves, stored_whole_values};
use super::sketch::{Ends, Tally};

/// Row groups that are encoded at once.
const AHEAD: usize = 2;

/// Makes writers of column chunks: with dictionaries, and with differences for whole numbers and times.
pub(super) struct Factories {
    pub dictionary: ArrowRowGroupWriterFactory,
    pub delta: ArrowRowGroupWriterFactory,
}

/// A row group, encoded.
pub(super) struct RowGroup {
    /// Rows.
    pub rows: usize,
    /// The partition that begins with it.
    pub begins: Option<Partition>,
    /// Its columns, in the order of the schema.
    pub columns: Vec<EncodedColumn>,
}

/// A column of a row group, encoded.
pub(super) struct EncodedColumn {
    /// One chunk for each leaf.
    pub chunks: Vec<ArrowColumnChunk>,
    /// Its smallest and largest value.
    pub ends: Ends,
    /// Values that are NULL.
    pub nulls: u64,
}

/// One column of a row group that waits for a thread.
struct Task {
    index: usize,
    field: FieldRef,
    arrays: Vec<ArrayRef>,
    dictionary: Vec<ArrowColumnWriter>,
    delta: Vec<ArrowColumnWriter>,
    done: Sender<(usize, Result<EncodedColumn, GoldError>)>,
}

struct Pending {
    rows: usize,
    begins: Option<Partition>,
    columns: usize,
    done: Receiver<(usize, Result<EncodedColumn, GoldError>)>,
}

/// Threads that encode, and the row groups that they are at.
pub(super) struct Encoder {
    factories: Factories,
    schema: SchemaRef,
    tasks: Sender<Task>,
    pending: VecDeque<Pending>,
}

/// What encoding threads share: tasks, and a tally for each column.
pub(super) struct Workshop {
    tasks: Mutex<Receiver<Task>>,
    tallies: Vec<Mutex<Tally>>,
}

impl Encoder {
    /// An encoder and what its threads share.
    pub fn new(factories: Factories, schema: SchemaRef, tallies: Vec<Tally>) -> (Self, Workshop) {
        let (sender, receiver) = channel();
        let encoder = Self {
            factories,
            schema,
            tasks: sender,
            pending: VecDeque::new(),
        };
        let workshop = Workshop {
            tasks: Mutex::new(receiver),
            tallies: tallies.into_iter().map(Mutex::new).collect(),
        };
        (encoder, workshop)
    }

    /// Begins to encode a row group, given as the arrays of each column. Returns the oldest one where as many as may be
    /// are under way.
    pub fn begin(
        &mut self,
        rows: usize,
        columns: Vec<Vec<ArrayRef>>,
        begins: Option<Partition>,
    ) -> Result<Option<RowGroup>, GoldError> {
        let finished = if self.pending.len() >= AHEAD {
            self.next()?
        } else {
            None
        };
        let mut dictionary = self.factories.dictionary.create_column_writers(0)?.into_iter();
        let mut delta = self.factories.delta.create_column_writers(0)?.into_iter();
        let (sender, receiver) = channel();
        self.pending.push_back(Pending {
            rows,
            begins,
            columns: columns.len(),
            done: receiver,
        });
        for (index, (field, arrays)) in self.schema.fields().iter().zip(columns).enumerate() {
            let task = Task {
                index,
                field: field.clone(),
                arrays,
                dictionary: dictionary.by_ref().take(leaves(field.data_type())).collect(),
                delta: delta.by_ref().take(leaves(field.data_type())).collect(),
                done: sender.clone(),
            };
            self.tasks.send(task).map_err(|_| GoldError::stopped())?;
        }
        Ok(finished)
    }

    /// Waits for the oldest row group; none where none is under way.
    pub fn next(&mut self) -> Result<Option<RowGroup>, GoldError> {
        let Some(pending) = self.pending.pop_front() else {
            return Ok(None);
        };
        let mut columns = Vec::with_capacity(pending.columns);
        while columns.len() < pending.columns {
            let (index, column) = pending.done.recv().map_err(|_| GoldError::stopped())?;
            columns.push((index, column?));
        }
        columns.sort_by_key(|(index, _)| *index);
        Ok(Some(RowGroup {
            rows: pending.rows,
            begins: pending.begins,
            columns: columns.into_iter().map(|(_, column)| column).collect(),
        }))
    }
}

impl Workshop {
    /// Starts threads that encode until the encoder is dropped.
    pub fn start<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, threads: usize) {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(task) = next else { return };
                    let (index, done) = (task.index, task.done.clone());
                    let encoded = self.encode(task);
                    // Nobody waits where the table has failed already.
                    let _ = done.send((index, encoded));
                }
            });
        }
    }

    /// What the columns' values were, once the threads have ended.
    pub fn finish(self) -> Vec<Tally> {
        self.tallies
            .into_iter()
            .map(|tally| tally.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect()
    }

    fn encode(&self, task: Task) -> Result<EncodedColumn, GoldError> {
        let array = match &task.arrays[..] {
            [array] => array.clone(),
            arrays => concat(&arrays.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
        };
        drop(task.arrays);
        let nulls = array.logical_null_count();
        if nulls > 0 && !task.field.is_nullable() {
            return Err(GoldError::Null {
                column: task.field.name().clone(),
                nulls,
            });
        }
        let ends = self.tallies[task.index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(&array);
        let prefers_delta =
            stored_whole_values(&array).is_some_and(|(width, values)| prefers_delta(&values, width));
        let mut writers = if prefers_delta {
            task.delta
        } else {
            task.dictionary
        };
        for (writer, leaf) in writers.iter_mut().zip(compute_leaves(&task.field, &array)?) {
            writer.write(&leaf)?;
        }
        let chunks: Vec<ArrowColumnChunk> = writers
            .into_iter()
            .map(ArrowColumnWriter::close)
            .collect::<Result<_, _>>()?;
        Ok(EncodedColumn {
            ends: if *array.data_type() == DataType::Utf8 {
                text_ends(&array, &chunks)
            } else {
                ends
            },
            chunks,
            nulls: nulls as u64,
        })
    }
}

/// The writer has compared texts already; where it has cut them, they are compared again.
fn text_ends(array: &ArrayRef, chunks: &[ArrowColumnChunk]) -> Ends {
    let known = chunks.first().and_then(|chunk| {
        let statistics = chunk.close().metadata.statistics()?;
        let is_exact = statistics.min_is_exact() && statistics.max_is_exact();
        let end = |bytes: Option<&[u8]>| Some(str::from_utf8(bytes?).ok()?.into());
        let ends = (end(statistics.min_bytes_opt())?, end(statistics.max_bytes_opt())?);
        is_exact.then_some(ends)
    });
    known.or_else(|| {
        let array = array.as_string::<i32>();
        Some((min_string(array)?.into(), max_string(array)?.into()))
    })
}
