//! `catalog.json`: which version of which table readers see now.

use serde::{Deserialize, Serialize};

use crate::{FORMAT_VERSION, FormatError, parse_versioned};

/// The mutable pointer of a gold layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// [`FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// What people call this lake.
    pub name: String,
    /// Identifies this snapshot: a hash of its tables.
    pub snapshot_id: String,
    /// When it was published: RFC 3339, UTC.
    pub published_at: String,
    /// Tables by name, ascending.
    pub tables: Vec<TableEntry>,
    /// Earlier snapshots, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<SnapshotEntry>,
}

impl Catalog {
    /// A catalog without tables.
    pub fn empty(name: &str) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            name: name.to_owned(),
            snapshot_id: String::new(),
            published_at: String::new(),
            tables: Vec::new(),
            history: Vec::new(),
        }
    }

    /// Reads `catalog.json`; refuses one of a newer format by name.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FormatError> {
        parse_versioned("catalog.json", bytes)
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&TableEntry> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// A table as the catalog lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// The name in SQL.
    pub name: String,
    /// Key of the manifest below the gold root.
    pub manifest: String,
    /// Key of the writer's notes on this version: what went into it. Readers have no use for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Rows.
    pub rows: u64,
    /// Bytes of all data files.
    pub bytes: u64,
    /// Data files.
    pub files: u32,
    /// Columns.
    pub columns: u32,
    /// One or two sentences for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When this version was published: RFC 3339, UTC.
    pub updated_at: String,
}

/// An earlier snapshot: enough to go back to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotEntry {
    /// The snapshot's id.
    pub snapshot_id: String,
    /// When it was published: RFC 3339, UTC.
    pub published_at: String,
    /// Its tables.
    pub tables: Vec<TableEntry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_catalog_is_refused_by_its_version_even_when_its_shape_is_unknown() {
        let error =
            Catalog::from_json(br#"{"format_version": 99, "shape": "unknown"}"#).expect_err("refused");
        assert_eq!(
            error,
            FormatError::TooNew {
                document: "catalog.json".to_owned(),
                found: 99
            }
        );
    }

    #[test]
    fn a_catalog_survives_json() {
        let mut catalog = Catalog::empty("lake");
        catalog.tables.push(TableEntry {
            name: "flights".to_owned(),
            manifest: "manifests/flights/ab.json".to_owned(),
            state: Some("state/flights/cd.json".to_owned()),
            rows: 3,
            bytes: 400,
            files: 1,
            columns: 2,
            description: None,
            updated_at: "2026-01-01T00:00:00Z".to_owned(),
        });
        let json = serde_json::to_vec(&catalog).expect("serialises");
        assert_eq!(Catalog::from_json(&json).expect("parses"), catalog);
    }
}
