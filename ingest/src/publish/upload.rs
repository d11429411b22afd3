//! Puts the objects of tables to the target: data files first, then documents, then manifests.
//!
//! Invariant: an object that is there already is only counted on if it cannot be taken for garbage before the catalog
//! names it: it is young, or the catalog names it already, or it is made young. Those that the catalog names are not
//! written again, because some stores would give them another ETag than their manifests have. (One that only an earlier
//! snapshot names, which falls out of the history before the commit, is the remaining gap: it takes as many other
//! publications as the history is long, and `gc` at the same time.)
//!
//! Entry point: [`upload`].

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use catalog::{TableEntry, TableManifest, keys};
use futures::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::commit::now;
use super::references::{References, all_entries};
use super::{GoldTable, PublishError, Wanted, read_catalog};
use crate::gold::WrittenFile;
use crate::progress::Progress;
use crate::target::{Content, Target, TargetError, lease};

/// Data files that are written at once: what is in memory is this many times some parts of an upload.
const FILES_AT_ONCE: usize = 4;
/// Documents that are written at once; they are in memory anyway.
const DOCUMENTS_AT_ONCE: usize = 16;

/// Objects to write, by key. Two files with the same content and key are one object.
type Objects = BTreeMap<String, Content>;
/// ETags by key.
type Etags = BTreeMap<String, Option<String>>;

/// Puts everything but the catalog; returns what the catalog is to say.
pub(super) async fn upload(
    target: &Target,
    mut tables: Vec<GoldTable>,
    progress: &Progress,
) -> Result<Vec<Wanted>, PublishError> {
    let names: BTreeSet<String> = tables.iter().map(|table| table.manifest.table.clone()).collect();
    let files = tables.iter().flat_map(data_files).collect();
    let etags = put_all(target, &names, files, FILES_AT_ONCE, progress).await?;
    let mut documents = Objects::new();
    for table in &mut tables {
        for file in &mut table.manifest.files {
            if let Some(etag) = etags.get(&file.key) {
                file.etag.clone_from(etag);
            }
        }
        let notes = std::mem::take(&mut table.documents);
        documents.extend(notes.into_iter().map(|(key, bytes)| (key, bytes.into())));
    }
    put_all(target, &names, documents, DOCUMENTS_AT_ONCE, progress).await?;
    let mut manifests = Objects::new();
    let mut wanted = Vec::new();
    for table in tables {
        let (key, json) = named(&table.manifest)?;
        manifests.insert(key.clone(), json.into());
        wanted.push(Wanted {
            entry: entry(&table, key),
            base: table.base,
        });
    }
    put_all(target, &names, manifests, DOCUMENTS_AT_ONCE, progress).await?;
    Ok(wanted)
}

/// The files of a table that are new, under the keys that its manifest gives them.
fn data_files(table: &GoldTable) -> impl Iterator<Item = (String, Content)> {
    let new: BTreeMap<&str, &WrittenFile> = table
        .files
        .iter()
        .map(|written| (written.content_hash.as_str(), written))
        .collect();
    table.manifest.files.iter().filter_map(move |described| {
        let written = new.get(described.content_hash.as_str())?;
        let content = Content::File {
            path: written.path.clone(),
            bytes: written.bytes,
        };
        Some((described.key.clone(), content))
    })
}

fn named(manifest: &TableManifest) -> Result<(String, Bytes), PublishError> {
    let json = serde_json::to_vec(manifest).map_err(|error| PublishError::Json {
        document: format!("the manifest of {}", manifest.table),
        reason: error.to_string(),
    })?;
    let key = keys::manifest(&manifest.table, &hex::encode(Sha256::digest(&json)));
    Ok((key, json.into()))
}

fn entry(table: &GoldTable, manifest_key: String) -> TableEntry {
    let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let manifest = &table.manifest;
    TableEntry {
        name: manifest.table.clone(),
        manifest: manifest_key,
        state: table.state.clone(),
        rows: manifest.rows,
        bytes: manifest.bytes,
        files: count(manifest.files.len()),
        columns: count(manifest.columns.len()),
        description: manifest.description.clone(),
        updated_at: now(),
    }
}

/// Writes what is not there yet and sees to it that what is there stays.
async fn put_all(
    target: &Target,
    tables: &BTreeSet<String>,
    objects: Objects,
    at_once: usize,
    progress: &Progress,
) -> Result<Etags, PublishError> {
    let total = objects.len();
    let mut etags = Etags::new();
    let mut old = Objects::new();
    let mut writing = futures::stream::iter(objects)
        .map(|(key, content)| async move {
            let written = target.write_immutable(&key, &content).await?;
            Ok::<_, TargetError>((key, content, written))
        })
        .buffer_unordered(at_once);
    while let Some((key, content, written)) = writing.try_next().await? {
        if written.is_old {
            old.insert(key.clone(), content);
        }
        etags.insert(key, written.etag);
        progress.say(format!("publishing: {} of {total} objects", etags.len()));
    }
    etags.extend(keep(target, tables, old).await?);
    Ok(etags)
}

/// Sees to it that old objects stay, although nothing may name them.
async fn keep(target: &Target, tables: &BTreeSet<String>, mut old: Objects) -> Result<Etags, PublishError> {
    let mut etags = Etags::new();
    if old.is_empty() {
        return Ok(etags);
    }
    let references = references(target, tables).await?;
    for key in old.keys().cloned().collect::<Vec<_>>() {
        if references.contains(&target.path(&key)?) {
            old.remove(&key);
        }
    }
    for (key, content) in &old {
        target.refresh(key, content).await?;
    }
    if !old.is_empty() {
        lease::wait_until_free(target).await?;
    }
    for (key, content) in old {
        let written = target.write_immutable(&key, &content).await?;
        etags.insert(key, written.etag);
    }
    Ok(etags)
}

/// What the catalog names of these tables. Entries that cannot be read name nothing: then more is written again.
async fn references(target: &Target, tables: &BTreeSet<String>) -> Result<References, PublishError> {
    let mut references = References::default();
    if let Some((catalog, _)) = read_catalog(target).await? {
        for entry in all_entries(&catalog).filter(|entry| tables.contains(&entry.name)) {
            if let Ok(of_entry) = References::of(target, [entry]).await {
                references.extend(of_entry);
            }
        }
    }
    Ok(references)
}
