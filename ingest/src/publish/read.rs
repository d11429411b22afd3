//! What is published, as readers see it.
//!
//! Entry points: [`read_catalog`], [`read_published`], [`read_manifest`].

use catalog::{Catalog, FormatError, TableEntry, TableManifest, keys};

use crate::target::{Target, TargetError, Version};

/// A catalog that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The target failed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// There is no catalog.
    #[error("nothing is published at target {target} ({address}) yet: run `ingest run` first")]
    Empty {
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
    },
    /// A document is of another format.
    #[error("at target {target}: {cause}")]
    Format {
        /// The target's name.
        target: String,
        /// What is wrong with the document.
        cause: FormatError,
    },
    /// The catalog names an object that is not there.
    #[error("the catalog at target {target} names {key}, which is not there: publish the table again")]
    Missing {
        /// The target's name.
        target: String,
        /// The object.
        key: String,
    },
    /// What was exported names a manifest that is not there.
    #[error(
        "{export} at target {target} names {key}, which is not there: export the table again, or remove {export} and the \
         folder beside it"
    )]
    Exported {
        /// The target's name.
        target: String,
        /// The document of the export.
        export: String,
        /// The manifest.
        key: String,
    },
}

/// The catalog and its version; none where nothing was published yet.
pub async fn read_catalog(target: &Target) -> Result<Option<(Catalog, Version)>, ReadError> {
    let Some((bytes, version)) = target.read(keys::CATALOG).await? else {
        return Ok(None);
    };
    let catalog = Catalog::from_json(&bytes).map_err(|cause| ReadError::Format {
        target: target.name.clone(),
        cause,
    })?;
    Ok(Some((catalog, version)))
}

/// The catalog and its version; an error where nothing was published yet.
pub async fn read_published(target: &Target) -> Result<(Catalog, Version), ReadError> {
    read_catalog(target).await?.ok_or_else(|| ReadError::Empty {
        target: target.name.clone(),
        address: target.address.clone(),
    })
}

/// The manifest that a catalog's entry names.
pub async fn read_manifest(target: &Target, entry: &TableEntry) -> Result<TableManifest, ReadError> {
    manifest(target, &entry.manifest)
        .await?
        .ok_or_else(|| ReadError::Missing {
            target: target.name.clone(),
            key: entry.manifest.clone(),
        })
}

/// The manifest under a key; none where there is none.
pub(crate) async fn manifest(target: &Target, key: &str) -> Result<Option<TableManifest>, ReadError> {
    let Some((bytes, _)) = target.read(key).await? else {
        return Ok(None);
    };
    match TableManifest::from_json(&bytes) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(cause) => Err(ReadError::Format {
            target: target.name.clone(),
            cause,
        }),
    }
}
