//! Decoded columns of row groups.
//!
//! Purpose: decoding dominates a query whose bytes are here, so what is decoded whole is kept. Strings whose pages are all
//! encoded by dictionary stay so: a value once, and a key of one to four bytes for each row.
//!
//! Invariant: a column has exactly the rows of its row group, in chunks of [`CHUNK_ROWS`]; only the last may be shorter.
//!
//! Entry points: [`Column`], and [`Columns`], which keeps them.

mod dictionary;
mod footprint;
mod kept;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::{FilterPredicate, take};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;

pub use dictionary::Chosen;
use footprint::Footprint;
pub use kept::{ColumnKey, Columns};

/// Rows of a chunk: as many as operators take at once.
pub const CHUNK_ROWS: usize = 8_192;

/// A column of a row group, decoded.
#[derive(Debug)]
pub struct Column {
    data_type: DataType,
    chunks: Chunks,
    bytes: u64,
}

#[derive(Debug)]
enum Chunks {
    Values(Vec<ArrayRef>),
    /// Values as views, and for each chunk its keys as narrow unsigned integers.
    Keys {
        values: ArrayRef,
        keys: Vec<ArrayRef>,
    },
}

impl Column {
    /// A column of plain chunks.
    pub fn of_values(data_type: DataType, chunks: Vec<ArrayRef>) -> Self {
        let mut footprint = Footprint::default();
        chunks.iter().for_each(|chunk| footprint.add(chunk.as_ref()));
        Self {
            data_type,
            chunks: Chunks::Values(chunks),
            bytes: footprint.bytes(),
        }
    }

    /// A column of chunks that are arrays of dictionaries; its values will be views. Where the chunks do not share one
    /// dictionary, it keeps plain values.
    pub fn of_dictionaries(data_type: DataType, chunks: &[ArrayRef]) -> Result<Self, ArrowError> {
        match dictionary::shared(&data_type, chunks)? {
            Some((values, keys)) => {
                let mut footprint = Footprint::default();
                footprint.add(values.as_ref());
                keys.iter().for_each(|keys| footprint.add(keys.as_ref()));
                Ok(Self {
                    data_type,
                    chunks: Chunks::Keys { values, keys },
                    bytes: footprint.bytes(),
                })
            }
            None => {
                let values = dictionary::unpacked(&data_type, chunks)?;
                Ok(Self::of_values(data_type, values))
            }
        }
    }

    /// The type of its chunks as they are given out.
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }

    /// Memory that it holds; what its chunks share is counted once.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> usize {
        match &self.chunks {
            Chunks::Values(chunks) | Chunks::Keys { keys: chunks, .. } => chunks.len(),
        }
    }

    /// A chunk of the column.
    pub fn chunk(&self, index: usize) -> Result<ArrayRef, ArrowError> {
        match &self.chunks {
            Chunks::Values(chunks) => chunks.get(index).cloned().ok_or_else(|| missing(index)),
            Chunks::Keys { values, keys } => {
                let keys = keys.get(index).ok_or_else(|| missing(index))?;
                take(values.as_ref(), keys.as_ref(), None)
            }
        }
    }

    /// The rows of a chunk that a filter keeps.
    pub fn chunk_where(&self, index: usize, filter: &FilterPredicate) -> Result<ArrayRef, ArrowError> {
        match &self.chunks {
            Chunks::Values(chunks) => {
                filter.filter(chunks.get(index).ok_or_else(|| missing(index))?.as_ref())
            }
            Chunks::Keys { values, keys } => {
                let keys = filter.filter(keys.get(index).ok_or_else(|| missing(index))?.as_ref())?;
                take(values.as_ref(), keys.as_ref(), None)
            }
        }
    }

    /// The values of a dictionary and the keys of a chunk, where the column is kept so.
    pub fn dictionary(&self, index: usize) -> Option<(&ArrayRef, &ArrayRef)> {
        match &self.chunks {
            Chunks::Values(_) => None,
            Chunks::Keys { values, keys } => Some((values, keys.get(index)?)),
        }
    }
}

fn missing(index: usize) -> ArrowError {
    ArrowError::InvalidArgumentError(format!("a column has no chunk {index}"))
}
