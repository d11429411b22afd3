//! The columns of a window, as they were loaded.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::{FilterBuilder, FilterPredicate, concat, filter};
use datafusion::common::{Result, ScalarValue, internal_err};

use super::codes::{Codes, OfKeys};
use super::selected::{Rows, Selected};
use crate::column::Column;

/// A column of a window.
#[derive(Debug, Clone)]
pub(super) enum Loaded {
    Constant(ScalarValue),
    /// A column of the row group, of which the window begins at a chunk.
    Whole {
        column: Arc<Column>,
        first_chunk: usize,
    },
    /// The rows that were wanted when it was loaded.
    Part(Part),
}

/// Rows of a column that were wanted.
#[derive(Debug, Clone)]
pub(super) struct Part {
    values: ArrayRef,
    of: Arc<Selected>,
    starts: Arc<Vec<usize>>,
}

impl Part {
    /// The chunks that a decoder gave for these rows.
    pub(super) fn new(chunks: &[ArrayRef], of: &Arc<Selected>) -> Result<Self> {
        let values = match chunks {
            [only] => Arc::clone(only),
            chunks => {
                let chunks: Vec<&dyn Array> = chunks.iter().map(AsRef::as_ref).collect();
                concat(&chunks)?
            }
        };
        Ok(Self {
            values,
            starts: Arc::new(of.starts()),
            of: Arc::clone(of),
        })
    }
}

/// The wanted rows of a chunk, ready to be picked from several columns.
pub(super) struct Pick<'a> {
    rows: &'a Rows,
    count: usize,
    filter: Option<FilterPredicate>,
}

impl<'a> Pick<'a> {
    pub(super) fn new(selected: &'a Selected, chunk: usize) -> Self {
        let rows = selected.chunk(chunk);
        let filter = match rows {
            Rows::Some(mask, _) => Some(FilterBuilder::new(mask).optimize().build()),
            _ => None,
        };
        Self {
            rows,
            count: selected.count_in(chunk),
            filter,
        }
    }
}

impl Loaded {
    /// All rows of a chunk; none where only a part was loaded.
    pub(super) fn whole_chunk(&self, chunk: usize, rows: usize) -> Option<Result<ArrayRef>> {
        match self {
            Self::Constant(value) => Some(value.to_array_of_size(rows)),
            Self::Whole { column, first_chunk } => {
                Some(column.chunk(first_chunk + chunk).map_err(Into::into))
            }
            Self::Part(_) => None,
        }
    }

    /// The wanted rows of a chunk. They are among those for which the column was loaded.
    pub(super) fn picked(&self, chunk: usize, pick: &Pick<'_>) -> Result<ArrayRef> {
        match self {
            Self::Constant(value) => value.to_array_of_size(pick.count),
            Self::Whole { column, first_chunk } => Ok(match &pick.filter {
                Some(filter) => column.chunk_where(first_chunk + chunk, filter)?,
                None => column.chunk(first_chunk + chunk)?.slice(0, pick.count),
            }),
            Self::Part(part) => part.picked(chunk, pick),
        }
    }

    /// The codes of the wanted rows of a chunk. `of_keys` belongs to this column of this window.
    pub(super) fn codes(
        &self,
        chunk: usize,
        pick: &Pick<'_>,
        codes: &Codes,
        of_keys: &mut OfKeys,
    ) -> Result<ArrayRef> {
        if let Some((values, keys)) = self.dictionary(chunk)
            && values.null_count() == 0
        {
            let keys = match &pick.filter {
                Some(filter) => filter.filter(keys)?,
                None => keys.slice(0, pick.count),
            };
            return codes.of_keys(values, keys.as_ref(), of_keys);
        }
        match self {
            Self::Constant(value) => {
                let code = codes.of_values(&value.to_array()?)?;
                ScalarValue::try_from_array(&code, 0)?.to_array_of_size(pick.count)
            }
            _ => codes.of_values(&self.picked(chunk, pick)?),
        }
    }

    /// The values of a dictionary and the keys of a chunk, where the column is kept so.
    pub(super) fn dictionary(&self, chunk: usize) -> Option<(&ArrayRef, &ArrayRef)> {
        match self {
            Self::Whole { column, first_chunk } => column.dictionary(first_chunk + chunk),
            _ => None,
        }
    }
}

impl Part {
    fn picked(&self, chunk: usize, pick: &Pick<'_>) -> Result<ArrayRef> {
        let values = self.values.slice(self.starts[chunk], self.of.count_in(chunk));
        if values.len() == pick.count {
            return Ok(values);
        }
        match (self.of.chunk(chunk), pick.rows) {
            (_, Rows::None) => Ok(values.slice(0, 0)),
            (Rows::All, Rows::Some(mask, _)) => Ok(filter(values.as_ref(), mask)?),
            (Rows::Some(of, _), Rows::Some(mask, _)) => {
                let mask = filter(mask, of)?;
                Ok(filter(values.as_ref(), mask.as_boolean())?)
            }
            _ => internal_err!("rows are wanted of a column that were not loaded"),
        }
    }
}
