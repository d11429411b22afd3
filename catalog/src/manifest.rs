//! One immutable version of a table: its schema, its files and what is known of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Column, FileColumnStatistics, FormatError, Scalar, parse_versioned};

/// One version of a table. Immutable; lives under the key that [`crate::keys::manifest`] gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableManifest {
    /// [`crate::FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// The table's name in SQL.
    pub table: String,
    /// One or two sentences for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Words to find and select it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Columns in the order of the files' schema.
    pub columns: Vec<Column>,
    /// Data files: those of earlier runs first, those of one run in cluster order.
    pub files: Vec<DataFile>,
    /// Rows over all files.
    pub rows: u64,
    /// Bytes over all files.
    pub bytes: u64,
    /// Columns of which each data file holds one combination of values, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partition_by: Vec<String>,
    /// How rows are sorted within each file. Files that came in one run are sorted among each other too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort_keys: Vec<SortKey>,
    /// Checks that ran before this version was published, with their result.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckResult>,
    /// Where the rows come from.
    #[serde(default)]
    pub lineage: Lineage,
}

impl TableManifest {
    /// Reads a manifest; refuses one of a newer format by name.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FormatError> {
        parse_versioned("the table manifest", bytes)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// One Parquet file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// Object key below the gold root.
    pub key: String,
    /// Size of the object.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Row groups.
    pub row_groups: u32,
    /// The object's ETag as the store gave it when the file was written, quotes included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// SHA-256 of the content, hexadecimal; of a file that was adopted, of its key, size and version.
    pub content_hash: String,
    /// Where the Parquet footer lies, so that no reader has to look for it.
    pub footer: Footer,
    /// Hive partition values, by column. Of a column that the file itself does not have, it is the value in all rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partition: BTreeMap<String, Scalar>,
    /// Statistics by column name, for pruning.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, FileColumnStatistics>,
}

impl DataFile {
    /// The value that a column has in all rows of the file, where it stands in the file's path and not in the file.
    pub fn path_value(&self, column: &str) -> Option<&Scalar> {
        let value = self.partition.get(column)?;
        (!self.columns.contains_key(column)).then_some(value)
    }

    /// The columns that stand in the paths of some of these files, and not in them.
    pub fn path_columns<'a>(files: &'a [Self], columns: &'a [Column]) -> impl Iterator<Item = &'a Column> {
        columns.iter().filter(|column| {
            let mut files = files.iter();
            files.any(|file| file.path_value(&column.name).is_some())
        })
    }
}

/// Where a Parquet footer lies in its file: metadata and the 8 bytes of length and magic behind it.
///
/// The page indexes lie directly before `offset`; `index_offset` is where they begin, so that one range
/// from there to the end of the file gets all that planning needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// First byte of the thrift metadata.
    pub offset: u64,
    /// Bytes from `offset` to the end of the file.
    pub bytes: u64,
    /// First byte of the column and offset indexes; equal to `offset` where there are none.
    pub index_offset: u64,
}

/// A column by which rows are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    /// Column name.
    pub column: String,
    /// Whether the order is descending.
    #[serde(default)]
    pub descending: bool,
}

/// A data-quality check and how it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// For example `not_null(origin)`.
    pub name: String,
    /// Whether a failure keeps the data out.
    pub severity: Severity,
    /// How it went.
    pub status: CheckStatus,
    /// Rows that break the rule.
    pub failing_rows: u64,
}

/// Whether a failing check keeps the data out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Reported only.
    Warn,
    /// Nothing is published.
    Error,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// No row breaks the rule.
    Passed,
    /// Some rows break the rule.
    Failed,
}

/// Where the rows of a table come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// Models that the table reads directly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Sources that it reads, directly or through models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What the table and each silver model that it is made of read directly, by `gold.x` and `silver.x`: the way from
    /// the sources to the table, as far as the gold tables that it reads, which have manifests of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reads: BTreeMap<String, Vec<String>>,
    /// Where each column comes from, as far as its SQL tells: columns of sources and of other gold tables. A column
    /// that is missing here could not be traced; one with an empty list is made of constants.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Vec<ColumnOrigin>>,
    /// The SQL that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

/// A column that another one is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ColumnOrigin {
    /// `source.x` or `gold.x`; between models of a project also `silver.x`.
    pub table: String,
    /// The column's name in SQL.
    pub column: String,
}
