//! What a field's row shows: from the manifest while nothing else is filtered, else asked of the engine.

use catalog::{Column, Histogram, Scalar, ValueCount};
use leptos::prelude::*;
use protocol::slice::{Measure, facet_sql, histogram_sql};
use protocol::sql::identifier;
use protocol::{Failure, Query, Slice};

use super::bins::bins_between;
use super::follow::follow;
use super::{Counts, Session, Workbench};
use crate::engine::Answer;
use crate::result::Cell;

/// Bins of a histogram that no manifest has.
const BINS: usize = 32;

/// The most frequent values of a column, at most `limit`.
pub fn facet_values(bench: Workbench, column: &Column, limit: Signal<u32>) -> Counts<Vec<ValueCount>> {
    let column = column.clone();
    let statistics = column.statistics.clone();
    let known = move |slice: &Slice| {
        let top = &statistics.top_values;
        let is_enough = !top.is_empty() && slice.limit as usize <= top.len().max(DEFAULT_VALUES);
        (slice.filters.is_empty() && is_enough).then(|| top.clone())
    };
    follow(
        bench,
        Some(column.name.clone()),
        limit,
        known,
        move |slice, columns, max_bytes| {
            let column = column.clone();
            async move {
                let sql = facet_sql(&slice, &columns, &column.name, slice.limit);
                let answer = ask(bench.session, &sql, max_bytes).await?;
                Ok(value_counts(&answer).collect())
            }
        },
    )
}

/// Values that a facet shows before anybody asks for more.
pub const DEFAULT_VALUES: usize = 10;

/// How many rows the filters let through; none where nothing is filtered.
pub fn matching_rows(bench: Workbench) -> Counts<Option<u64>> {
    let known = |slice: &Slice| slice.filters.is_empty().then_some(None);
    follow(
        bench,
        None,
        unlimited(),
        known,
        move |slice, columns, max_bytes| async move {
            let sql = Slice {
                measures: vec![Measure::count()],
                ..slice
            }
            .to_sql(&columns);
            let answer = ask(bench.session, &sql, max_bytes).await?;
            Ok(count_of(&answer.table.cell(0, 0)))
        },
    )
}

/// How a column's values spread; none where it has no two different values.
pub fn histogram_counts(bench: Workbench, column: &Column) -> Counts<Option<Histogram>> {
    let column = column.clone();
    let bins = column
        .statistics
        .histogram
        .clone()
        .filter(Histogram::is_consistent);
    let known = {
        let bins = bins.clone();
        move |slice: &Slice| bins.clone().filter(|_| slice.filters.is_empty()).map(Some)
    };
    follow(
        bench,
        Some(column.name.clone()),
        unlimited(),
        known,
        move |slice, columns, max_bytes| {
            let (column, bins) = (column.clone(), bins.clone());
            async move {
                let bins = match bins {
                    Some(bins) => Some(bins),
                    None => bins_of(bench.session, &slice.table, &column, max_bytes).await?,
                };
                let Some(mut bins) = bins else {
                    return Ok(None);
                };
                let Some(sql) = histogram_sql(&slice, &columns, &column.name, &bins) else {
                    return Ok(None);
                };
                let answer = ask(bench.session, &sql, max_bytes).await?;
                bins.counts.fill(0);
                for ValueCount { value, count } in value_counts(&answer) {
                    if let Scalar::Integer(bin) = value
                        && let Some(bin) = usize::try_from(bin).ok().and_then(|bin| bins.counts.get_mut(bin))
                    {
                        *bin = count;
                    }
                }
                Ok(Some(bins))
            }
        },
    )
}

/// Bins from the column's ends, which are asked for where no statistics say them.
async fn bins_of(
    session: Session,
    table: &str,
    column: &Column,
    max_bytes: Option<u64>,
) -> Result<Option<Histogram>, Failure> {
    let ends = match (&column.statistics.min, &column.statistics.max) {
        (Some(min), Some(max)) => Some((min.clone(), max.clone())),
        _ => {
            let (name, table) = (identifier(&column.name), identifier(table));
            let sql = format!("SELECT min({name}), max({name}) FROM {table}");
            let answer = ask(session, &sql, max_bytes).await?;
            answer.table.scalar(0, 0).zip(answer.table.scalar(0, 1))
        }
    };
    Ok(ends.and_then(|(min, max)| bins_between(&min, &max, &column.column_type, BINS)))
}

/// For questions whose answer has no list to be cut.
fn unlimited() -> Signal<u32> {
    Signal::stored(Slice::DEFAULT_LIMIT)
}

async fn ask(session: Session, sql: &str, max_bytes: Option<u64>) -> Result<Answer, Failure> {
    let query = Query {
        sql: sql.to_owned(),
        max_bytes,
        ..Query::default()
    };
    session.ask(query, |_| {}).await
}

/// Rows of a value and a count.
fn value_counts(answer: &Answer) -> impl Iterator<Item = ValueCount> {
    let table = std::sync::Arc::clone(&answer.table);
    (0..table.row_count()).filter_map(move |row| {
        let value = table.scalar(row, 0)?;
        Some(ValueCount {
            value,
            count: count_of(&table.cell(row, 1))?,
        })
    })
}

fn count_of(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::Integer(count) => u64::try_from(*count).ok(),
        _ => None,
    }
}
