//! Some rows of a row group: filtered, then shown.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::common::{Result, internal_err};
use parquet::arrow::arrow_reader::RowSelection;

use super::codes::OfKeys;
use super::decode::{Wanted, decode};
use super::expressions::{Conjunct, Expression, Expressions, Output};
use super::file_columns::{Origin, Root};
use super::loaded::{Loaded, Part, Pick};
use super::metrics::ScanMetrics;
use super::pace::Pace;
use super::row_group::RowGroup;
use super::selected::{Rows, Selected};
use crate::column::{Chosen, Column, ColumnKey};
use crate::io::Held;

/// A column is decoded whole where at least one in so many of its rows is wanted, unless that costs more bytes.
const ROWS_PER_WANTED: usize = 8;
/// A simple part of the filter looks at all rows of a chunk where at least one in so many is wanted.
const ROWS_PER_PICKED: usize = 4;

/// What a window is worked on with.
pub(super) struct Means<'a> {
    pub(super) expressions: &'a Expressions,
    pub(super) metrics: &'a ScanMetrics,
    pub(super) pace: &'a mut Pace,
}

/// A window whose rows have been filtered, and whose columns are loaded.
#[derive(Debug)]
pub(super) struct Window {
    selected: Selected,
    /// By the place in [`Expressions::columns`].
    loaded: Vec<Option<Loaded>>,
    /// By the place in [`Expressions::output`].
    of_keys: Vec<OfKeys>,
    next_chunk: usize,
}

/// A window that is worked on.
struct Loading<'a, 'b> {
    window: Window,
    group: &'a RowGroup,
    range: Range<usize>,
    held: &'a mut Vec<Held>,
    means: &'a mut Means<'b>,
}

impl Window {
    /// Filters the rows, and loads what the output needs of the first `limit` of those that are left.
    pub(super) async fn open(
        group: &RowGroup,
        range: Range<usize>,
        limit: Option<usize>,
        held: &mut Vec<Held>,
        means: &mut Means<'_>,
    ) -> Result<Self> {
        let expressions = means.expressions;
        let selected = match &group.selection {
            Some(selection) => Selected::within(selection, &range),
            None => Selected::all(range.len()),
        };
        let mut loading = Loading {
            window: Self {
                selected,
                loaded: vec![None; expressions.columns.len()],
                of_keys: vec![OfKeys::default(); expressions.output.len()],
                next_chunk: 0,
            },
            group,
            range,
            held,
            means,
        };
        for conjunct in &expressions.conjuncts {
            if loading.window.selected.count() == 0 {
                break;
            }
            if !conjunct.is_open() {
                loading.load(&conjunct.expression.columns).await?;
                loading.filter(conjunct).await?;
            }
        }
        if let Some(limit) = limit {
            loading.window.selected.keep_first(limit);
        }
        if loading.window.selected.count() > 0 {
            loading.load(&expressions.output_columns).await?;
        }
        Ok(loading.window)
    }

    /// The next rows that have passed; none when there are no more.
    pub(super) async fn next(&mut self, means: &mut Means<'_>) -> Result<Option<RecordBatch>> {
        while self.next_chunk < self.selected.chunks() {
            let chunk = self.next_chunk;
            self.next_chunk += 1;
            if *self.selected.chunk(chunk) == Rows::None {
                continue;
            }
            let expressions = means.expressions;
            let timer = means.metrics.baseline.elapsed_compute().timer();
            let rows = self.selected.count_in(chunk);
            let pick = Pick::new(&self.selected, chunk);
            let mut picked = vec![None; expressions.columns.len()];
            for column in &expressions.value_columns {
                let (place, loaded) = self.column(expressions, *column)?;
                picked[place] = Some(loaded.picked(chunk, &pick)?);
            }
            let mut of_keys = std::mem::take(&mut self.of_keys);
            let columns = expressions
                .output
                .iter()
                .zip(&mut of_keys)
                .map(|(output, of_keys)| match output {
                    Output::Values(expression) => {
                        let columns = expression
                            .columns
                            .iter()
                            .filter_map(|column| picked[expressions.place(*column)?].clone())
                            .collect();
                        expression.evaluate(columns, rows)?.into_array(rows)
                    }
                    Output::Codes { column, codes } => {
                        let (_, loaded) = self.column(expressions, *column)?;
                        loaded.codes(chunk, &pick, codes, of_keys)
                    }
                })
                .collect::<Result<Vec<_>>>()?;
            self.of_keys = of_keys;
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            let schema = Arc::clone(&expressions.output_schema);
            let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
            timer.done();
            means.pace.spend(rows * expressions.output.len().max(1));
            means.pace.rest().await;
            return Ok(Some(batch));
        }
        Ok(None)
    }

    fn column(&self, expressions: &Expressions, column: usize) -> Result<(usize, &Loaded)> {
        let place = expressions.place(column);
        match place.and_then(|place| Some((place, self.loaded[place].as_ref()?))) {
            Some(found) => Ok(found),
            None => internal_err!("column {column} was not loaded"),
        }
    }
}

/// A column that has to be decoded.
struct Missing {
    place: usize,
    key: ColumnKey,
    is_whole: bool,
}

impl Loading<'_, '_> {
    /// Loads columns of the table, unless they are loaded: from what is kept, or by decoding.
    async fn load(&mut self, columns: &[usize]) -> Result<()> {
        let file = &self.group.file;
        let mut missing = Vec::new();
        let mut wanted = Vec::new();
        // Where all columns are kept, nobody asks.
        let mut selection: Option<Option<RowSelection>> = None;
        for column in columns {
            let Some(place) = self.means.expressions.place(*column) else {
                return internal_err!("column {column} is not among those needed");
            };
            if self.window.loaded[place].is_some() {
                continue;
            }
            let root = match &file.origins[place] {
                Origin::Constant(value) => {
                    self.window.loaded[place] = Some(Loaded::Constant(value.clone()));
                    continue;
                }
                Origin::Root(root) => root,
            };
            let key = self.group.key(root.index);
            if let Some(column) = file.reads.source.columns.get(&key, &root.data_type) {
                self.note_kept(root);
                let first_chunk = self.range.start / crate::column::CHUNK_ROWS;
                self.window.loaded[place] = Some(Loaded::Whole { column, first_chunk });
                continue;
            }
            let selection = selection.get_or_insert_with(|| self.selection()).as_ref();
            let is_whole = self.is_whole(root, &key, selection);
            wanted.push(Wanted {
                as_dictionary: is_whole
                    && root.may_be_dictionary()
                    && self.group.is_all_dictionary(root.index),
                root: root.clone(),
                selection: selection.filter(|_| !is_whole).cloned(),
            });
            missing.push(Missing { place, key, is_whole });
        }
        let Means { metrics, pace, .. } = &mut *self.means;
        let decoded = decode(file, self.group.index, &wanted, self.held, metrics, pace).await?;
        let of = Arc::new(self.window.selected.clone());
        for ((missing, wanted), chunks) in missing.into_iter().zip(wanted).zip(decoded) {
            let data_type = wanted.root.data_type;
            let loaded = if missing.is_whole {
                let column = Arc::new(match wanted.as_dictionary {
                    true => Column::of_dictionaries(data_type, &chunks)?,
                    false => Column::of_values(data_type, chunks),
                });
                file.reads.source.columns.insert(missing.key, Arc::clone(&column));
                Loaded::Whole {
                    column,
                    first_chunk: 0,
                }
            } else if of.is_all() {
                let column = Arc::new(Column::of_values(data_type, chunks));
                Loaded::Whole {
                    column,
                    first_chunk: 0,
                }
            } else {
                Loaded::Part(Part::new(&chunks, &of)?)
            };
            self.window.loaded[missing.place] = Some(loaded);
        }
        Ok(())
    }

    /// The rows that are wanted; none where these are all rows of the row group.
    fn selection(&self) -> Option<RowSelection> {
        let is_group = self.range == (0..self.group.rows);
        (!is_group || !self.window.selected.is_all()).then(|| {
            self.window
                .selected
                .as_selection(self.range.start, self.group.rows)
        })
    }

    /// Whether a column is decoded whole, and kept: where all rows are wanted; and where it costs no more bytes, and many
    /// rows are wanted or some for the second time.
    fn is_whole(&self, root: &Root, key: &ColumnKey, selection: Option<&RowSelection>) -> bool {
        let Some(selection) = selection else {
            return true;
        };
        if self.range != (0..self.group.rows) {
            return false;
        }
        let is_much = self.window.selected.count().saturating_mul(ROWS_PER_WANTED) >= self.group.rows;
        let columns = &self.group.file.reads.source.columns;
        (is_much || columns.is_wanted_again(key)) && self.group.is_whole_as_cheap(root.index, selection)
    }

    /// Bytes that need not be read because a column is kept decoded.
    fn note_kept(&self, root: &Root) {
        self.means.metrics.columns_kept.add(1);
        let reads = &self.group.file.reads;
        reads
            .counters
            .add_cache_hit(self.group.compressed_bytes(root.index));
    }

    /// Drops rows that a part of the filter does not let pass.
    async fn filter(&mut self, conjunct: &Conjunct) -> Result<()> {
        let mut chosen = None;
        for chunk in 0..self.window.selected.chunks() {
            if *self.window.selected.chunk(chunk) == Rows::None {
                continue;
            }
            let timer = self.means.metrics.filtering.timer();
            let compute = self.means.metrics.baseline.elapsed_compute().timer();
            if conjunct.is_decided_by_values() && self.choose(conjunct, chunk, &mut chosen)? {
                // By its values.
            } else {
                self.evaluate(conjunct, chunk)?;
            }
            timer.done();
            compute.done();
            let columns = conjunct.expression.columns.len().max(1);
            self.means
                .pace
                .spend(self.window.selected.chunk_rows(chunk) * columns);
            self.means.pace.rest().await;
        }
        Ok(())
    }

    /// Filters a chunk by the values of its dictionary, if it has one that is small enough.
    fn choose(&mut self, conjunct: &Conjunct, chunk: usize, chosen: &mut Option<Chosen>) -> Result<bool> {
        let [column] = conjunct.expression.columns.as_slice() else {
            return Ok(false);
        };
        let (_, loaded) = self.window.column(self.means.expressions, *column)?;
        let Some((values, keys)) = loaded.dictionary(chunk) else {
            return Ok(false);
        };
        if values.len() > self.window.selected.rows() {
            return Ok(false);
        }
        let chosen = match chosen {
            Some(chosen) => chosen,
            None => {
                let null = new_null_array(values.data_type(), 1);
                if conjunct.expression.over_values(&null)?.true_count() > 0 {
                    return Ok(false);
                }
                chosen.insert(Chosen::new(&conjunct.expression.over_values(values)?))
            }
        };
        if chosen.is_all() && keys.null_count() == 0 {
            return Ok(true);
        }
        let mask = chosen.among(keys.as_ref())?;
        self.window.selected.keep(chunk, &mask);
        Ok(true)
    }

    fn evaluate(&mut self, conjunct: &Conjunct, chunk: usize) -> Result<()> {
        let expression = &conjunct.expression;
        let selected = &self.window.selected;
        let (rows, count) = (selected.chunk_rows(chunk), selected.count_in(chunk));
        let is_dense = conjunct.is_simple && count.saturating_mul(ROWS_PER_PICKED) >= rows;
        let whole = match count == rows || is_dense {
            true => self.whole_chunks(expression, chunk, rows)?,
            false => None,
        };
        if let Some(columns) = whole {
            if let Some(mask) = expression.passing(columns, rows)? {
                self.window.selected.keep(chunk, &mask);
            }
            return Ok(());
        }
        let pick = Pick::new(selected, chunk);
        let columns = expression
            .columns
            .iter()
            .map(|column| {
                self.window
                    .column(self.means.expressions, *column)?
                    .1
                    .picked(chunk, &pick)
            })
            .collect::<Result<Vec<_>>>()?;
        if let Some(mask) = expression.passing(columns, count)? {
            self.window.selected.keep_of_wanted(chunk, &mask);
        }
        Ok(())
    }

    /// All rows of a chunk of an expression's columns, where all of them were loaded whole.
    fn whole_chunks(
        &self,
        expression: &Expression,
        chunk: usize,
        rows: usize,
    ) -> Result<Option<Vec<ArrayRef>>> {
        let columns = expression.columns.iter().map(|column| {
            let (_, loaded) = self.window.column(self.means.expressions, *column)?;
            loaded.whole_chunk(chunk, rows).transpose()
        });
        columns.collect()
    }
}
