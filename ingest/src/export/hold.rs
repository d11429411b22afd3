//! What exports in the target still name, so that `gc` leaves it.
//!
//! Invariant: an export that reads data files where they lie names their manifest in a document beside it before
//! anything else of it is written, and makes sure after that that the catalog or its history still names that manifest.
//! `gc` reads the catalog first and these documents after it: so it either sees the document, or a manifest that is still
//! in the catalog. The document goes when the export is removed by hand, and only then.
//!
//! Entry points: [`Hold::take`], [`manifests`].

use bytes::Bytes;
use catalog::FormatError;
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::publish::references::all_entries;
use crate::publish::{ReadError, read_published};
use crate::target::{Target, TargetError};

/// Where exports lie, below the gold root.
pub(super) const FOLDER: &str = "exports";
/// Documents that are read at once.
const AT_ONCE: usize = 16;

/// The document.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    /// Keys of manifests.
    manifests: Vec<String>,
}

/// An export that is being written: it holds what it held before as well, which may be of exports that broke off.
#[derive(Debug)]
pub(super) struct Hold<'a> {
    target: &'a Target,
    key: String,
    /// Keys of manifests, the newest last.
    held: Vec<String>,
}

/// Why an export was not begun.
#[derive(Debug, thiserror::Error)]
pub(super) enum HoldError {
    /// The target failed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The catalog or the document cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Runs went on meanwhile.
    #[error("{manifest} is not in the history of the catalog any more: export again")]
    Outdated {
        /// The manifest.
        manifest: String,
    },
}

impl<'a> Hold<'a> {
    /// Holds the files of a manifest for the export of a table in that format.
    pub async fn take(
        target: &'a Target,
        format: &str,
        table: &str,
        manifest: &str,
    ) -> Result<Self, HoldError> {
        let key = format!("{FOLDER}/{format}/{table}.json");
        let mut held = read(target, &key).await?;
        held.retain(|other| other != manifest);
        held.push(manifest.to_owned());
        let hold = Self { target, key, held };
        hold.write(&hold.held).await?;
        let (catalog, _) = read_published(target).await?;
        if all_entries(&catalog).any(|entry| entry.manifest == manifest) {
            Ok(hold)
        } else {
            Err(HoldError::Outdated {
                manifest: manifest.to_owned(),
            })
        }
    }

    /// The export is whole: of what it held, only that is held on which something of the export reads.
    pub async fn finish(mut self, is_read: impl Fn(&str) -> bool) -> Result<(), TargetError> {
        self.held.retain(|manifest| is_read(manifest));
        self.write(&self.held).await
    }

    async fn write(&self, manifests: &[String]) -> Result<(), TargetError> {
        let manifests = manifests.to_vec();
        let document = serde_json::json!(Document { manifests });
        let content = Bytes::from(format!("{document:#}\n"));
        self.target.overwrite(&self.key, content).await
    }
}

/// Keys of the manifests whose files exports read, each with the key of the document that says so.
pub(crate) async fn manifests(target: &Target) -> Result<Vec<(String, String)>, ReadError> {
    let root = target.path(FOLDER)?;
    let mut documents = Vec::new();
    for object in target.list(FOLDER).await? {
        let below: Vec<String> = match object.location.prefix_match(&root) {
            Some(parts) => parts.map(|part| part.as_ref().to_owned()).collect(),
            None => continue,
        };
        if let [format, file] = &below[..]
            && file.ends_with(".json")
        {
            documents.push(format!("{FOLDER}/{format}/{file}"));
        }
    }
    let held = futures::stream::iter(documents)
        .map(|key| async move {
            let manifests = read(target, &key).await?;
            let named = manifests.into_iter().map(move |manifest| (manifest, key.clone()));
            Ok::<_, ReadError>(named.collect::<Vec<_>>())
        })
        .buffered(AT_ONCE);
    Ok(held.try_collect::<Vec<_>>().await?.concat())
}

async fn read(target: &Target, key: &str) -> Result<Vec<String>, ReadError> {
    let Some((bytes, _)) = target.read(key).await? else {
        return Ok(Vec::new());
    };
    match serde_json::from_slice::<Document>(&bytes) {
        Ok(document) => Ok(document.manifests),
        Err(error) => Err(ReadError::Format {
            target: target.name.clone(),
            cause: FormatError::Malformed {
                document: key.to_owned(),
                reason: error.to_string(),
            },
        }),
    }
}
