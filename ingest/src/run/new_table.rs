//! A gold table that was made and that nobody sees yet.

use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::{TableManifest, keys};
use sha2::{Digest, Sha256};

use super::checks::Checked;
use crate::gold::{SketchError, TableSketch, WrittenFile};
use crate::plan::Published;
use crate::print;
use crate::publish::GoldTable;
use crate::state::{TableState, hash_of};

/// A gold table that was made, with its checks.
pub(super) struct NewTable {
    /// The manifest, without the results of check files and without the ETags of new files.
    pub manifest: TableManifest,
    /// New files.
    pub files: Vec<WrittenFile>,
    /// Files of the former version that are not in this one.
    pub removed: usize,
    /// What went into it.
    pub state: TableState,
    /// The sketch and its key.
    pub sketch: Option<(String, Bytes)>,
    /// The version that it was made from.
    pub published: Option<Published>,
    /// Checks of its header and how they went.
    pub checks: Vec<Checked>,
    /// Whether all its rows are new.
    pub is_whole: bool,
}

impl NewTable {
    /// What is to be published: nothing changes it any more.
    pub fn seal(self) -> Result<GoldTable, serde_json::Error> {
        let (state, document) = self.state.document(&self.manifest.table)?;
        let mut documents: BTreeMap<String, Bytes> = self.sketch.into_iter().collect();
        documents.insert(state.clone(), document);
        Ok(GoldTable {
            manifest: self.manifest,
            files: self.files,
            documents,
            state: Some(state),
            base: self.published.map(|published| published.entry),
        })
    }

    /// `3 new, 97 kept, 1 rewritten or removed`
    pub fn files_in_words(&self) -> String {
        let kept = self.manifest.files.len() - self.files.len();
        let parts = [
            (self.files.len(), "written"),
            (kept, "kept"),
            (self.removed, "removed"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", print::thousands(*count as u64)))
            .collect();
        parts.join(", ")
    }
}

/// A sketch as a document with its key.
pub(super) fn seal(table: &str, sketch: &TableSketch) -> Result<(String, Bytes), SketchError> {
    let json = Bytes::from(sketch.to_json()?);
    Ok((keys::sketch(table, &hex::encode(Sha256::digest(&json))), json))
}

/// Hash of what readers of a table's rows can tell: its columns and its files.
pub(super) fn content(manifest: &TableManifest) -> String {
    let columns = manifest
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, column.column_type));
    hash_of(columns.chain(manifest.files.iter().map(|file| file.key.clone())))
}
