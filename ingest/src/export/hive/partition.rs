//! The partitions of a table: their values as a metastore has them, and their files.
//!
//! Entry point: [`partitions`].

use std::collections::BTreeMap;

use catalog::{Column, ColumnType, DataFile, Scalar, TableManifest};

use super::super::refusal;
use super::Reader;
use crate::gold::NULL_PART;

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HivePartition {
    /// In the order of `partition_by`.
    pub values: Vec<String>,
    /// `column=value` by folder, as in the keys of its files.
    pub path: String,
    /// Keys of its files.
    pub files: Vec<String>,
}

/// The partitions in the order of their paths. Adds what cannot be expressed to the refusals, each once.
pub(super) fn partitions(
    manifest: &TableManifest,
    reader: Reader,
    refusals: &mut Vec<String>,
) -> Vec<HivePartition> {
    let by: Vec<&Column> = manifest
        .partition_by
        .iter()
        .filter_map(|name| manifest.column(name))
        .collect();
    let mut partitions: BTreeMap<&str, HivePartition> = BTreeMap::new();
    if by.is_empty() {
        return Vec::new();
    }
    for file in &manifest.files {
        let path = path(file, by.len());
        let partition = partitions.entry(path).or_insert_with(|| {
            let mut values = Vec::new();
            for column in &by {
                let value = file.partition.get(&column.name).unwrap_or(&Scalar::Null);
                match text(column, value, reader) {
                    Ok(text) => values.push(text),
                    Err(refused) if refusals.contains(&refused) => {}
                    Err(refused) => refusals.push(refused),
                }
            }
            HivePartition {
                values,
                path: path.to_owned(),
                files: Vec::new(),
            }
        });
        partition.files.push(file.key.clone());
    }
    partitions.into_values().collect()
}

/// The folders of the partition in the key of a file.
fn path(file: &DataFile, depth: usize) -> &str {
    let folder = file.key.rsplit_once('/').map_or("", |(folder, _)| folder);
    match folder.rmatch_indices('/').nth(depth - 1) {
        Some((slash, _)) => &folder[slash + 1..],
        None => folder,
    }
}

fn text(column: &Column, value: &Scalar, reader: Reader) -> Result<String, String> {
    let refused = |said: &str, remedy: &str| Err(refusal::said(&column.name, said, remedy));
    match &column.column_type {
        ColumnType::Float { .. } | ColumnType::Timestamp { .. } => {
            return refused(
                &format!(
                    "partitions the table and is {}, which engines write differently in a partition's value",
                    column.column_type
                ),
                "partition by text, whole numbers or dates, as in CAST(x AS DATE)",
            );
        }
        _ => {}
    }
    match value {
        Scalar::Null if reader != Reader::Glue => refused(
            "partitions the table and has NULL, which no statement can name as a partition's value",
            "use --as glue, or a value in its place, as in coalesce(x, 'none')",
        ),
        Scalar::Null => Ok(NULL_PART.to_owned()),
        Scalar::Text(text) if text.is_empty() || text == NULL_PART => refused(
            &format!("partitions the table and has '{text}', which metastores take for NULL"),
            "use another value in its place, as in coalesce(nullif(x, ''), 'none')",
        ),
        Scalar::Text(text) if text.chars().any(char::is_control) => refused(
            "partitions the table and has a line break or another control character in a value",
            "leave it out of the values, as in regexp_replace(x, '[[:cntrl:]]', '', 'g')",
        ),
        value => Ok(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use catalog::Footer;

    use super::*;

    #[test]
    fn the_path_is_that_of_the_files_however_deep() {
        let file = DataFile {
            key: "tables/t/a=1/b=%2F/0123.parquet".to_owned(),
            bytes: 0,
            rows: 0,
            row_groups: 0,
            etag: None,
            content_hash: String::new(),
            footer: Footer {
                offset: 0,
                bytes: 0,
                index_offset: 0,
            },
            partition: BTreeMap::new(),
            columns: BTreeMap::new(),
        };
        assert_eq!(path(&file, 1), "b=%2F");
        assert_eq!(path(&file, 2), "a=1/b=%2F");
    }
}
