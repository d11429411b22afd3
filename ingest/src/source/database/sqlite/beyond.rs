//! Rows whose value of a column is at least that which was reached.
//!
//! Entry point: [`read`].

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::wrong;
use crate::engine::sql;
use crate::source::database::{no_values, places_of};
use crate::source::growing::{Alike, Asked, hash_text};
use crate::state::Position;

/// A statement whose rows are read, in a transaction.
pub(super) struct Reading<'a> {
    pub connection: &'a Connection,
    pub select: &'a str,
    pub names: &'a [&'a str],
}

impl Reading<'_> {
    fn with(&self, end: &str) -> String {
        format!("SELECT * FROM (\n{}\n) AS asked {end}", self.select)
    }

    fn each(
        &self,
        end: &str,
        value: Option<&Value>,
        act: &mut impl FnMut(&Row<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut statement = self.connection.prepare(&self.with(end)).map_err(wrong)?;
        let mut rows = statement
            .query(rusqlite::params_from_iter(value))
            .map_err(wrong)?;
        while let Some(row) = rows.next().map_err(wrong)? {
            act(row)?;
        }
        Ok(())
    }
}

/// Acts on the rows that are not known, and returns where they end: all of one state of the database.
pub(super) fn read(
    reading: &Reading<'_>,
    asked: Asked<'_>,
    act: &mut impl FnMut(&Row<'_>) -> Result<(), String>,
) -> Result<Option<Position>, String> {
    let place = places_of(&[asked.cursor], reading.names)?;
    let cursor = sql::identifier(asked.cursor);
    let without = reading.with(&format!("WHERE {cursor} IS NULL LIMIT 1"));
    let first = |statement: &str, place: usize| {
        let value = reading
            .connection
            .query_row(statement, [], |row| row.get::<_, Value>(place));
        value.optional().map_err(wrong)
    };
    if first(&without, 0)?.is_some() {
        return Err(no_values(asked.cursor));
    }
    let newest = reading.with(&format!("ORDER BY {cursor} DESC LIMIT 1"));
    let newest = first(&newest, place.first().copied().unwrap_or_default())?;
    let mut came = 0_u64;
    let mut act = |row: &Row<'_>| {
        came += 1;
        act(row)
    };
    match asked.from {
        None => reading.each("", None, &mut act)?,
        Some(from) => {
            let value = parsed(&from.value)?;
            let places = places_of(&from.columns, reading.names)?;
            let mut known = Alike::of(from);
            let mut act_new = |row: &Row<'_>| match known.take(&hash(row, &places)?) {
                true => Ok(()),
                false => act(row),
            };
            reading.each(&format!("WHERE {cursor} = ?1"), Some(&value), &mut act_new)?;
            reading.each(&format!("WHERE {cursor} > ?1"), Some(&value), &mut act)?;
        }
    }
    let end = match (newest, asked.from) {
        // Rows that went need not be seen again.
        (_, Some(from)) if came == 0 => return Ok(Some(from.clone())),
        (Some(newest), _) => newest,
        (None, from) => return Ok(from.cloned()),
    };
    let places: Vec<usize> = (0..reading.names.len()).collect();
    let mut alike = Alike::default();
    let mut add = |row: &Row<'_>| alike.add(hash(row, &places)?);
    reading.each(&format!("WHERE {cursor} = ?1"), Some(&end), &mut add)?;
    Ok(Some(Position {
        value: written(&end)?,
        columns: reading.names.iter().map(|name| (*name).to_owned()).collect(),
        rows: alike.into_rows(),
    }))
}

/// A value as a position has it: a text in quotes, so that it is told from a number.
fn written(value: &Value) -> Result<String, String> {
    match value {
        Value::Integer(value) => Ok(value.to_string()),
        Value::Real(value) => Ok(format!("{value:?}")),
        Value::Text(value) => Ok(format!("'{value}'")),
        Value::Blob(_) | Value::Null => Err(
            "the values of a cursor are numbers or texts, and it has blobs: choose another column".to_owned(),
        ),
    }
}

fn parsed(value: &str) -> Result<Value, String> {
    if let Some(text) = value
        .strip_prefix('\'')
        .and_then(|value| value.strip_suffix('\''))
    {
        return Ok(Value::Text(text.to_owned()));
    }
    if let Ok(value) = value.parse() {
        return Ok(Value::Integer(value));
    }
    let value = value.parse();
    value.map(Value::Real).map_err(|_| {
        "the value up to which it was read is not known: make the table anew with --full-refresh".to_owned()
    })
}

/// The hash of a row's values in some columns.
fn hash(row: &Row<'_>, places: &[usize]) -> Result<String, String> {
    let mut hash = Sha256::new();
    for place in places {
        let (kind, bytes) = match row.get_ref(*place).map_err(wrong)? {
            ValueRef::Null => (0, Vec::new()),
            ValueRef::Integer(value) => (1, value.to_be_bytes().to_vec()),
            ValueRef::Real(value) => (2, value.to_be_bytes().to_vec()),
            ValueRef::Text(value) => (3, value.to_vec()),
            ValueRef::Blob(value) => (4, value.to_vec()),
        };
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    Ok(hash_text(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_it_was_written() {
        let values = [
            Value::Integer(i64::MIN),
            Value::Real(0.1),
            Value::Real(1e300),
            Value::Real(2.0),
            Value::Text("5".to_owned()),
            Value::Text("it's '".to_owned()),
        ];
        for value in values {
            assert_eq!(parsed(&written(&value).expect("a value")), Ok(value));
        }
        assert!(written(&Value::Blob(vec![1])).is_err());
        assert!(parsed("nonsense").is_err());
    }
}
