//! Rows whose value of a column is at least that which was reached.
//!
//! Entry point: [`read`].

use sha2::{Digest, Sha256};
use tokio_postgres::Error;
use tokio_postgres::binary_copy::BinaryCopyOutRow;

use super::copy::{Column, Problem, Reading, note, raw};
use super::failure::Failure;
use crate::engine::sql;
use crate::source::database::{no_values, places_of};
use crate::source::growing::{Alike, Asked, hash_text};
use crate::state::Position;

/// Writes the rows that are not known, and returns where they end: all of one state of the database.
pub(super) async fn read(
    reading: &Reading<'_>,
    asked: Asked<'_>,
    write: &mut impl FnMut(&BinaryCopyOutRow) -> Result<(), Problem>,
) -> Result<Option<Position>, Failure> {
    let names: Vec<&str> = reading
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let cursor = places_of(&[asked.cursor], &names).and(Ok(sql::identifier(asked.cursor)));
    let cursor = cursor.map_err(Failure::lasting)?;
    let newest = newest(reading, &cursor, asked.cursor).await?;
    let mut came = 0_u64;
    let mut write = |row: &BinaryCopyOutRow| {
        came += 1;
        write(row)
    };
    match asked.from {
        None => reading.each("", &mut write).await?,
        Some(from) => {
            let value = sql::text(&from.value);
            let places = places_of(&from.columns, &names).map_err(Failure::lasting)?;
            let mut known = Alike::of(from);
            let mut write_new =
                |row: &BinaryCopyOutRow| match known.take(&hash(row, &places, reading.columns)?) {
                    true => Ok(()),
                    false => write(row),
                };
            let at = format!("WHERE {cursor} = {value}");
            reading.each(&at, &mut write_new).await?;
            let after = format!("WHERE {cursor} > {value}");
            reading.each(&after, &mut write).await?;
        }
    }
    let end = match (newest, asked.from) {
        // Rows that went need not be seen again.
        (_, Some(from)) if came == 0 => return Ok(Some(from.clone())),
        (Some(newest), _) => newest,
        (None, from) => return Ok(from.cloned()),
    };
    let places: Vec<usize> = (0..names.len()).collect();
    let mut alike = Alike::default();
    let mut add = |row: &BinaryCopyOutRow| {
        let hash = hash(row, &places, reading.columns)?;
        alike.add(hash).map_err(Problem::Else)
    };
    let at = format!("WHERE {cursor} = {}", sql::text(&end));
    reading.each(&at, &mut add).await?;
    Ok(Some(Position {
        value: end,
        columns: names.into_iter().map(str::to_owned).collect(),
        rows: alike.into_rows(),
    }))
}

/// The largest value; none where there is no row.
async fn newest(reading: &Reading<'_>, cursor: &str, name: &str) -> Result<Option<String>, Failure> {
    let failed = |error: Error| Failure::of(&error);
    let without = reading.with(&format!("WHERE {cursor} IS NULL LIMIT 1"));
    let without = format!("SELECT 1 FROM ({without}) AS without");
    if reading
        .client
        .query_opt(&without, &[])
        .await
        .map_err(failed)?
        .is_some()
    {
        return Err(Failure::lasting(no_values(name)));
    }
    let order = reading.with(&format!("ORDER BY {cursor} DESC LIMIT 1"));
    let newest = format!("SELECT {cursor}::text FROM ({order}) AS newest");
    let newest = reading.client.query_opt(&newest, &[]).await.map_err(failed)?;
    Ok(newest.map(|row| row.get(0)))
}

/// The hash of a row's values in some columns.
fn hash(row: &BinaryCopyOutRow, places: &[usize], columns: &[Column]) -> Result<String, Problem> {
    let mut hash = Sha256::new();
    for place in places {
        let raw = raw(row, *place).map_err(|problem| {
            let name = columns.get(*place).map(|column| column.name.clone());
            Problem::Of(name.unwrap_or_default(), problem)
        })?;
        note(&mut hash, raw);
    }
    Ok(hash_text(hash))
}
