//! Which objects the entries of a catalog name: manifests, data files by way of them, states, sketches by way of those. What
//! exports read counts too.
//!
//! Entry points: [`References::of`], [`References::of_exports`].

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Catalog, FormatError, TableEntry, TableManifest};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use serde::Deserialize;

use super::read::{ReadError, manifest, read_manifest};
use crate::export::hold;
use crate::target::{Target, TargetError};

/// Documents that are read at once.
const AT_ONCE: usize = 16;

/// Paths of objects that are in use, with their size where a manifest tells it.
#[derive(Debug, Default)]
pub(crate) struct References {
    objects: BTreeMap<Path, Option<u64>>,
}

/// What of a state is known here; all else in it belongs to who plans runs.
#[derive(Deserialize)]
struct StateDocument {
    #[serde(default)]
    sketch: Option<String>,
}

impl References {
    /// Everything that the entries name. Fails where a document that names objects cannot be read.
    pub async fn of(
        target: &Target,
        entries: impl IntoIterator<Item = &TableEntry>,
    ) -> Result<Self, ReadError> {
        let mut manifests = BTreeMap::new();
        let mut states = BTreeSet::new();
        for entry in entries {
            manifests.insert(&entry.manifest, entry);
            states.extend(&entry.state);
        }
        let of_manifests = futures::stream::iter(manifests.into_values())
            .map(|entry| async move {
                let manifest = read_manifest(target, entry).await?;
                Ok::<_, ReadError>(named_by_manifest(target, &manifest, &entry.manifest)?)
            })
            .buffer_unordered(AT_ONCE);
        let of_states = futures::stream::iter(states)
            .map(|key| named_by_state(target, key))
            .buffer_unordered(AT_ONCE);
        let mut objects = BTreeMap::new();
        for named in of_manifests.try_collect::<Vec<_>>().await? {
            objects.extend(named);
        }
        for named in of_states.try_collect::<Vec<_>>().await? {
            objects.extend(named);
        }
        Ok(Self { objects })
    }

    /// Manifests that exports read, with their files.
    pub async fn of_exports(target: &Target) -> Result<Self, ReadError> {
        let mut exports: BTreeMap<String, String> = BTreeMap::new();
        exports.extend(hold::manifests(target).await?);
        let named = futures::stream::iter(exports)
            .map(|(key, export)| async move {
                let held = manifest(target, &key).await?;
                let held = held.ok_or_else(|| ReadError::Exported {
                    target: target.name.clone(),
                    export,
                    key: key.clone(),
                })?;
                Ok::<_, ReadError>(named_by_manifest(target, &held, &key)?)
            })
            .buffer_unordered(AT_ONCE);
        let objects = named.try_collect::<Vec<_>>().await?.into_iter().flatten();
        Ok(Self {
            objects: objects.collect(),
        })
    }

    /// Adds what another catalog names.
    pub fn extend(&mut self, other: Self) {
        self.objects.extend(other.objects);
    }

    /// Whether an object is in use.
    pub fn contains(&self, path: &Path) -> bool {
        self.objects.contains_key(path)
    }

    /// The objects, with their size where it is known.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, Option<u64>)> {
        self.objects.iter().map(|(path, bytes)| (path, *bytes))
    }
}

/// The entries of the current snapshot and of all that the catalog remembers.
pub(crate) fn all_entries(catalog: &Catalog) -> impl Iterator<Item = &TableEntry> {
    let earlier = catalog.history.iter().flat_map(|snapshot| &snapshot.tables);
    catalog.tables.iter().chain(earlier)
}

fn named_by_manifest(
    target: &Target,
    manifest: &TableManifest,
    key: &String,
) -> Result<Vec<(Path, Option<u64>)>, TargetError> {
    let files = manifest.files.iter();
    let named = files
        .map(|file| (&file.key, Some(file.bytes)))
        .chain([(key, None)]);
    named.map(|(key, bytes)| Ok((target.path(key)?, bytes))).collect()
}

async fn named_by_state(target: &Target, key: &str) -> Result<Vec<(Path, Option<u64>)>, ReadError> {
    let Some((bytes, _)) = target.read(key).await? else {
        return Err(ReadError::Missing {
            target: target.name.clone(),
            key: key.to_owned(),
        });
    };
    let state: StateDocument = serde_json::from_slice(&bytes).map_err(|error| ReadError::Format {
        target: target.name.clone(),
        cause: FormatError::Malformed {
            document: key.to_owned(),
            reason: error.to_string(),
        },
    })?;
    let named = state.sketch.iter().map(String::as_str).chain([key]);
    named.map(|key| Ok((target.path(key)?, None))).collect()
}
