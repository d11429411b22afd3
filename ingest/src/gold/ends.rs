//! The smallest and largest values of rows that are not written, for those who want to know which files they concern.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use catalog::{Column, ColumnType, DataFile, FileColumnStatistics, Scalar};
use duckdb::types::Value;

use super::scalar::{scalar, transport};
use super::sketch::is_long;
use crate::data_files::relation;
use crate::engine::{Engine, EngineError, sql};

/// Smallest and largest values and counts of NULL of the columns, over the rows of a relation in SQL. A column whose type
/// has no order that statistics use has no ends.
pub fn ends(
    engine: &Engine,
    relation: &str,
    columns: &[Column],
) -> Result<BTreeMap<String, FileColumnStatistics>, EngineError> {
    let measures: Vec<String> = columns.iter().map(measures).collect();
    let mut values = engine
        .row(&format!("SELECT {} FROM {relation}", measures.join(", ")))?
        .into_iter();
    let mut ends = BTreeMap::new();
    for column in columns {
        let mut end = || {
            let value = values.next().map(|value| scalar(&column.column_type, value));
            value.filter(|scalar| !scalar.is_null())
        };
        let (min, max) = (end(), end());
        let null_count = match values.next() {
            Some(Value::BigInt(count)) => u64::try_from(count).ok(),
            _ => None,
        };
        ends.insert(column.name.clone(), FileColumnStatistics { min, max, null_count });
    }
    Ok(ends)
}

/// Fills in the ends of texts that a file's footer does not tell, by its rows: many writers leave them out, or cut them off.
pub fn complete(
    engine: &Engine,
    columns: &[Column],
    file: &mut DataFile,
    path: &Path,
) -> Result<(), EngineError> {
    let is_untold = |column: &&Column| {
        let known = file.columns.get(&column.name);
        column.column_type == ColumnType::String
            && known.is_some_and(|known| known.min.is_none() || known.max.is_none())
    };
    let untold: Vec<Column> = columns.iter().filter(is_untold).cloned().collect();
    if untold.is_empty() {
        return Ok(());
    }
    for (name, ends) in ends(engine, &relation(&[path]), &untold)? {
        if let Some(known) = file.columns.get_mut(&name) {
            known.min = ends.min.filter(|end| !is_long(end));
            known.max = ends.max.filter(|end| !is_long(end));
        }
    }
    Ok(())
}

fn measures(column: &Column) -> String {
    let name = sql::identifier(&column.name);
    let end = |function: &str| {
        transport(&column.column_type, &format!("{function}({name})")).unwrap_or_else(|| "NULL".to_owned())
    };
    format!("{}, {}, count(*) - count({name})", end("min"), end("max"))
}

/// The combinations of values of these columns among the rows of a relation in SQL.
pub fn partitions(
    engine: &Engine,
    relation: &str,
    columns: &[Column],
    partition_by: &[String],
) -> Result<BTreeSet<Vec<String>>, EngineError> {
    let columns: Vec<&Column> = partition_by
        .iter()
        .filter_map(|name| columns.iter().find(|column| column.name == *name))
        .collect();
    let values: Vec<String> = columns
        .iter()
        .map(|column| {
            let name = sql::identifier(&column.name);
            transport(&column.column_type, &name).unwrap_or(name)
        })
        .collect();
    let rows = engine.rows(&format!("SELECT DISTINCT {} FROM {relation}", values.join(", ")))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let scalars = columns
                .iter()
                .zip(row)
                .map(|(column, value)| scalar(&column.column_type, value));
            scalars.map(|scalar| word(&scalar)).collect()
        })
        .collect())
}

/// A partition's values in the form in which [`partitions`] gives them.
pub fn partition_words(partition_by: &[String], partition: &BTreeMap<String, Scalar>) -> Vec<String> {
    let value = |name: &String| partition.get(name).map(word).unwrap_or_default();
    partition_by.iter().map(value).collect()
}

/// NULL is not the text "null".
fn word(scalar: &Scalar) -> String {
    format!("{scalar:?}")
}
