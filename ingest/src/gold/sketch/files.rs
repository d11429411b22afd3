//! Sketches of files, and what only their files tell of columns with many values.
//!
//! Entry points: [`TableSketch::of_files`], [`refine`].

use std::path::Path;
use std::sync::Mutex;

use catalog::{Column, Role};
use duckdb::arrow::array::ArrayRef;
use duckdb::types::Value;

use super::values::{LISTED, ValueCounts};
use super::{TableSketch, Tally};
use crate::data_files::relation;
use crate::engine::{Engine, EngineError, sql};
use crate::gold::scalar::{scalar, transport};
use crate::gold::{GoldError, WrittenFile};

/// Up to as many distinct values are counted exactly.
const EXACT_DISTINCT: u64 = 1_000_000;
/// Rows that are tallied at once.
const BATCH_ROWS: usize = 122_880;

impl TableSketch {
    /// The sketch of the rows of Parquet files. A column that no file has is left out: it is NULL in all rows.
    pub fn of_files<P: AsRef<Path>>(
        engine: &Engine,
        columns: &[Column],
        paths: &[P],
    ) -> Result<Self, GoldError> {
        Self::of_rows(engine, columns, &relation(paths))
    }

    /// The sketch of the rows of a relation in SQL. A column that it does not have is left out.
    pub fn of_rows(engine: &Engine, columns: &[Column], table: &str) -> Result<Self, GoldError> {
        let there = engine.describe(&format!("SELECT * FROM {table}"))?;
        let columns: Vec<Column> = columns
            .iter()
            .filter(|column| there.iter().any(|(name, _)| *name == column.name))
            .cloned()
            .collect();
        let names: Vec<String> = columns
            .iter()
            .map(|column| sql::identifier(&column.name))
            .collect();
        // A table without columns has rows all the same.
        let selected = if names.is_empty() {
            "NULL".to_owned()
        } else {
            names.join(", ")
        };
        let tallies: Vec<Mutex<Tally>> = columns
            .iter()
            .map(|column| Mutex::new(Tally::of(column)))
            .collect();
        let threads = engine.threads()?;
        let mut stream = engine.stream(&format!("SELECT {selected} FROM {table}"))?;
        let mut waiting: Vec<Vec<ArrayRef>> = vec![Vec::new(); columns.len()];
        let (mut rows, mut waiting_rows) = (0, 0);
        loop {
            let batch = stream.next_batch()?;
            if let Some(batch) = &batch {
                waiting_rows += batch.num_rows();
                for (arrays, array) in waiting.iter_mut().zip(batch.columns()) {
                    arrays.push(array.clone());
                }
            }
            if batch.is_none() || waiting_rows >= BATCH_ROWS {
                rows += waiting_rows as u64;
                waiting_rows = 0;
                tally(&tallies, &mut waiting, threads);
            }
            if batch.is_none() {
                break;
            }
        }
        drop(stream);
        let tallies = tallies
            .into_iter()
            .filter_map(|tally| tally.into_inner().ok())
            .collect();
        let mut sketch = Self::of_tallies(rows, &columns, tallies);
        refine_from(engine, &mut sketch, &columns, table)?;
        Ok(sketch)
    }
}

/// Each thread takes some of the columns.
fn tally(tallies: &[Mutex<Tally>], waiting: &mut [Vec<ArrayRef>], threads: usize) {
    let columns = tallies.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (tallies, waiting) in tallies.chunks(columns).zip(waiting.chunks_mut(columns)) {
            scope.spawn(|| {
                for (tally, arrays) in tallies.iter().zip(waiting) {
                    if let Ok(mut tally) = tally.lock() {
                        for array in arrays.drain(..) {
                            tally.add(&array);
                        }
                    }
                }
            });
        }
    });
}

/// Counts in the written files what the sketch could only estimate, where that is within reach: columns that have more
/// values than a tally counts, and fewer than [`EXACT_DISTINCT`].
pub(in crate::gold) fn refine(
    engine: &Engine,
    sketch: &mut TableSketch,
    columns: &[Column],
    files: &[WrittenFile],
) -> Result<(), GoldError> {
    let paths: Vec<_> = files.iter().map(|file| &file.path).collect();
    refine_from(engine, sketch, columns, &relation(&paths))
}

fn refine_from(
    engine: &Engine,
    sketch: &mut TableSketch,
    columns: &[Column],
    table: &str,
) -> Result<(), GoldError> {
    for column in columns {
        if !sketch.wants_count(&column.name, EXACT_DISTINCT) {
            continue;
        }
        let (distinct, values) = count(engine, column, table)?;
        sketch.refine(column, distinct, values);
    }
    Ok(())
}

fn count(engine: &Engine, column: &Column, table: &str) -> Result<(u64, Option<ValueCounts>), EngineError> {
    let name = sql::identifier(&column.name);
    let listed = transport(&column.column_type, "groups.value").filter(|_| column.role == Role::Dimension);
    let Some(value) = listed else {
        let distinct = engine.count(&format!("SELECT count(DISTINCT {name}) FROM {table}"))?;
        return Ok((distinct, None));
    };
    let counted = engine.rows(&format!(
        "WITH groups AS (SELECT {name} AS value, count(*) AS rows FROM {table} WHERE {name} IS NOT NULL GROUP BY 1)
         SELECT {value}, groups.rows, (SELECT count(*) FROM groups)
         FROM groups ORDER BY groups.rows DESC, groups.value LIMIT {}",
        LISTED + 1
    ))?;
    let mut distinct = 0;
    let mut counts = Vec::with_capacity(counted.len());
    for row in counted {
        if let Ok([value, Value::BigInt(rows), Value::BigInt(values)]) = <[Value; 3]>::try_from(row) {
            distinct = u64::try_from(values).unwrap_or(0);
            counts.push((
                scalar(&column.column_type, value),
                u64::try_from(rows).unwrap_or(0),
            ));
        }
    }
    let values = ValueCounts::of_most_frequent(&column.column_type, counts, distinct);
    Ok((distinct, Some(values)))
}
