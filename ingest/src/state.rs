//! What went into the published version of a table: the writer's notes, beside the manifest.
//!
//! Invariant: a state document is immutable and named by its content, and the catalog's entry of a table names
//! manifest and state together. So what was taken in is committed in the same compare-and-swap as the rows that
//! it became: a run that dies between two steps has taken in nothing.
//!
//! Entry points: [`read`], [`TableState::document`].

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::{TableEntry, keys};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::publish::ReadError;
use crate::source::KnownTypes;
use crate::target::Target;

/// The version of the document; another one is not read, and the table is built as if it were new.
const VERSION: u32 = 1;

/// What went into a version of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableState {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// Hashes of what defines the rows: the model itself, the silver models that it reads, how their sources are read.
    pub definition: BTreeMap<String, String>,
    /// Hash of what else a manifest says: descriptions, roles, owner, tags.
    pub description: String,
    /// Hash of the checks that guard the table.
    pub checks: String,
    /// Whether it grows: making it anew loses rows of files that are gone.
    #[serde(default)]
    pub is_incremental: bool,
    /// Hashes of what checks compare with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub compared: BTreeMap<String, String>,
    /// The largest field id that a column ever had: none is given twice.
    #[serde(default)]
    pub last_field_id: u32,
    /// Raw files that are in the rows, by source.
    pub inputs: BTreeMap<String, Vec<InputFile>>,
    /// DuckDB's types of columns, by source, as they were when rows were taken in: new files are read alike.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub source_types: BTreeMap<String, KnownTypes>,
    /// The same of the input alone, as earlier versions wrote it; kept while the rows are those of such a version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub input_types: KnownTypes,
    /// [`TableState::content`] of the gold tables that were read.
    pub upstream: BTreeMap<String, String>,
    /// Hash of what readers of the rows can tell: columns and data files.
    pub content: String,
    /// Bytes of all raw files that were taken in, over all runs: what estimates are made of.
    pub input_bytes: u64,
    /// Key of the sketch that statistics are merged from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sketch: Option<String>,
}

/// A raw file as it was when it was taken in. Two of the same path, size and version are equal, hashed or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputFile {
    /// Its path or URL as the project names it.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// ETag of an object, time of the last change of a file.
    pub version: String,
    /// Hash of a file's content, where it was made; a listing has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// How far it was read, where it is asked for what is beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// How far a source was read whose rows are asked for by the value of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The largest value, as the source writes it.
    pub value: String,
    /// The columns that `rows` are hashes of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Hashes of the rows that have that value, in order.
    pub rows: Vec<String>,
}

impl InputFile {
    fn identity(&self) -> (&str, u64, &str) {
        (&self.path, self.bytes, &self.version)
    }
}

impl PartialEq for InputFile {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for InputFile {}

impl PartialOrd for InputFile {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InputFile {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl TableState {
    /// A state of this version with nothing in it.
    pub fn new() -> Self {
        Self {
            version: VERSION,
            ..Self::default()
        }
    }

    /// How the columns of the source that the table grows by were read.
    pub fn types_of_input(&self, source: &str) -> &KnownTypes {
        self.source_types.get(source).unwrap_or(&self.input_types)
    }

    /// The document and its key.
    pub fn document(&self, table: &str) -> Result<(String, Bytes), serde_json::Error> {
        let json = Bytes::from(serde_json::to_vec(self)?);
        Ok((keys::state(table, &hex::encode(Sha256::digest(&json))), json))
    }
}

/// The state that a catalog's entry names; none where there is none that this version can read.
pub async fn read(target: &Target, entry: &TableEntry) -> Result<Option<TableState>, ReadError> {
    let Some(key) = &entry.state else {
        return Ok(None);
    };
    let Some((bytes, _)) = target.read(key).await? else {
        return Ok(None);
    };
    let state: Option<TableState> = serde_json::from_slice(&bytes).ok();
    Ok(state.filter(|state| state.version == VERSION))
}

/// The hash of parts, which are kept apart.
pub fn hash_of<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_ref());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_an_earlier_version_noted_stay() {
        let types = KnownTypes::from([("n".to_owned(), "VARCHAR".to_owned())]);
        let state = TableState {
            input_types: types.clone(),
            ..TableState::new()
        };
        let (_, json) = state.document("t").expect("JSON");
        let again: TableState = serde_json::from_slice(&json).expect("a state");
        assert_eq!(again.types_of_input("s"), &types);
    }
}
