//! Columns that stand in the keys of files, as the year does in `sales/year=2001/a.parquet`.
//!
//! Invariant: such a column is in no file; its type suits all of its values: whole numbers, dates, or text. A file whose key
//! does not name it has NULL.
//!
//! Entry point: [`place`].

use catalog::{Column, ColumnStatistics, ColumnType, DataFile, Role, Scalar, TableManifest};
use jiff::civil::Date;
use percent_encoding::percent_decode_str;

use super::table;
use crate::gold::NULL_PART;

/// The name and the value in a folder's name, as they are written.
pub(super) fn split(folder: &str) -> Option<(&str, &str)> {
    folder.split_once('=').filter(|(name, _)| !name.is_empty())
}

/// Adds the columns that stand in keys, and their values to the files. Returns those by which the files are partitioned,
/// which are all of them if each key ends in the same ones; a column of the version before keeps its id.
pub(super) fn place(
    columns: &mut Vec<Column>,
    files: &mut [DataFile],
    before: Option<&TableManifest>,
) -> Result<Vec<String>, String> {
    let keys: Vec<Vec<(String, Option<String>)>> = files.iter().map(|file| parts(&file.key)).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in keys.iter().flatten() {
        let is_same = |known: &str| known.eq_ignore_ascii_case(name);
        if names.iter().any(|known| is_same(known)) {
            continue;
        }
        if let Some(column) = columns.iter().find(|column| is_same(&column.name)) {
            refuse_mixture(&column.name, name, &keys, files)?;
        } else {
            names.push(name);
        }
    }
    for file in &mut *files {
        file.partition.clear();
    }
    let of_before = before.map_or(&[][..], |before| &before.columns);
    let mut next_id = table::next_id(of_before).max(table::next_id(columns));
    for name in &names {
        let values: Vec<Option<Option<&str>>> = keys.iter().map(|key| value_of(key, name)).collect();
        let column_type = type_of(values.iter().flatten().flatten().copied());
        let known = of_before
            .iter()
            .find(|known| known.name == **name && known.column_type == column_type);
        let field_id = known.map_or(next_id, |known| known.field_id);
        next_id = next_id.max(field_id + 1);
        columns.push(Column {
            field_id,
            name: (*name).clone(),
            original_name: None,
            role: match column_type {
                ColumnType::Date => Role::Time,
                _ => Role::Dimension,
            },
            nullable: values.iter().any(|value| value.flatten().is_none()),
            column_type: column_type.clone(),
            description: None,
            statistics: ColumnStatistics::default(),
        });
        for (file, value) in files.iter_mut().zip(values) {
            let value = scalar(&column_type, value.flatten());
            file.partition.insert((*name).clone(), value);
        }
    }
    Ok(if is_by(&names, files) {
        names.into_iter().cloned().collect()
    } else {
        Vec::new()
    })
}

/// The names and values in a key, outermost first; none is NULL.
fn parts(key: &str) -> Vec<(String, Option<String>)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (folders, _) = key.rsplit_once('/').unwrap_or_default();
    folders
        .split('/')
        .filter_map(split)
        .map(|(name, value)| (decoded(name), (value != NULL_PART).then(|| decoded(value))))
        .collect()
}

/// The innermost value of that name.
fn value_of<'a>(key: &'a [(String, Option<String>)], name: &str) -> Option<Option<&'a str>> {
    let mut parts = key.iter().rev();
    let (_, value) = parts.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.as_deref())
}

fn type_of<'a>(mut values: impl Iterator<Item = &'a str> + Clone) -> ColumnType {
    let is_empty = values.clone().next().is_none();
    if !is_empty && values.clone().all(|value| value.parse::<i64>().is_ok()) {
        ColumnType::Int { bits: 64 }
    } else if !is_empty && values.all(is_date) {
        ColumnType::Date
    } else {
        ColumnType::String
    }
}

fn is_date(value: &str) -> bool {
    value.len() == 10 && value.parse::<Date>().is_ok()
}

fn scalar(column_type: &ColumnType, value: Option<&str>) -> Scalar {
    match (column_type, value) {
        (_, None) => Scalar::Null,
        (ColumnType::Int { .. }, Some(value)) => value.parse().map_or(Scalar::Null, Scalar::Integer),
        (_, Some(value)) => Scalar::from(value),
    }
}

/// A column of some files must be in all files whose keys name it.
fn refuse_mixture(
    column: &str,
    part: &str,
    keys: &[Vec<(String, Option<String>)>],
    files: &[DataFile],
) -> Result<(), String> {
    let has = |file: &&DataFile| file.columns.contains_key(column);
    let named = files
        .iter()
        .zip(keys)
        .filter(|(_, key)| value_of(key, part).is_some());
    let lacking = named.map(|(file, _)| file).find(|file| !has(file));
    match (files.iter().find(has), lacking) {
        (Some(having), Some(lacking)) => Err(format!(
            "column `{column}` is in {}, and of {} only in the path: write one of them again like the other, or put the \
             files in folders of their own",
            having.key, lacking.key
        )),
        _ => Ok(()),
    }
}

/// Whether the key of each file ends in these parts and has no others.
fn is_by(names: &[&String], files: &[DataFile]) -> bool {
    !names.is_empty()
        && files.iter().all(|file| {
            let folders: Vec<&str> = file.key.split('/').collect();
            let (plain, parts) =
                folders[..folders.len() - 1].split_at(folders.len().saturating_sub(1 + names.len()));
            let of_parts: Vec<String> = self::parts(&file.key).into_iter().map(|(name, _)| name).collect();
            plain.iter().all(|folder| split(folder).is_none())
                && parts.len() == names.len()
                && of_parts.iter().eq(names.iter().copied())
        })
}
