//! Where gold is published: a folder or a prefix of an S3-compatible bucket.
//!
//! Invariant: [`Target::replace`] is a compare-and-swap on both kinds; of two writers that saw the same
//! version exactly one wins, also across processes.
//!
//! Entry point: [`Target::open`]. [`Target::write_immutable`] is for objects that are named by their content,
//! [`Target::replace`] for the catalog.

mod cause;
pub(crate) mod credentials;
mod error;
mod folder;
mod immutable;
pub(crate) mod lease;
mod objects;
mod s3;
mod traffic;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};

use crate::project::Project;
use crate::settings::ExecutionMode;
pub(crate) use cause::{at_s3, innermost, said_by_s3};
pub use error::{Conflict, TargetError};
pub use immutable::{Content, Written};
pub use objects::Leftover;
pub use s3::{S3Url, open_bucket};
pub use traffic::Traffic;

/// A gold root that can be read and written.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name in `ingest.toml`.
    pub name: String,
    /// What the configuration says, for messages.
    pub address: String,
    /// Objects; keys below the gold root become paths by [`Target::path`].
    pub store: Arc<dyn ObjectStore>,
    /// Where the objects are.
    pub location: Location,
    /// What was read and written so far, by all clones together.
    pub traffic: Arc<Traffic>,
}

/// Where objects are, for those who sign URLs or open files.
#[derive(Debug, Clone)]
pub enum Location {
    /// A folder: the gold root itself.
    Folder(PathBuf),
    /// A bucket and a prefix in it, without slashes at its ends; may be empty.
    S3 {
        /// Bucket.
        bucket: String,
        /// Prefix of every key.
        prefix: String,
        /// The store, which also signs.
        store: Arc<AmazonS3>,
    },
}

/// The version of an object that a reader saw, for [`Target::replace`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    etag: Option<String>,
}

impl Target {
    /// Opens the target that the project's settings choose. In the mode `cloud`, missing credentials fail here.
    pub async fn open(project: &Project) -> Result<Self, TargetError> {
        let (name, address) = project.target()?;
        let name = name.to_owned();
        if let Some(url) = S3Url::parse(&address)? {
            let settings = project.settings();
            let (endpoint, region) = (settings.endpoint.as_deref(), settings.region.as_deref());
            let store = Arc::new(open_bucket(project, &url.bucket, endpoint, region).await?);
            if settings.execution_mode == ExecutionMode::Cloud {
                s3::need_credentials(project, &url.bucket).await?;
            }
            return Ok(Self {
                name,
                address,
                store: store.clone(),
                location: Location::S3 {
                    bucket: url.bucket,
                    prefix: url.key,
                    store,
                },
                traffic: Arc::default(),
            });
        }
        let at = Self::at(&project.root.join(&address))?;
        Ok(Self { name, address, ..at })
    }

    /// A folder that belongs to no project; it is made where it does not exist.
    pub fn at(folder: &std::path::Path) -> Result<Self, TargetError> {
        let (store, root) = folder::open(folder)?;
        Ok(Self {
            name: "folder".to_owned(),
            address: folder.display().to_string(),
            store: Arc::new(store),
            location: Location::Folder(root),
            traffic: Arc::default(),
        })
    }

    /// The path in [`Target::store`] of a key below the gold root. Keys are taken as they are: what is percent-encoded in
    /// them is so in the store too, as in the URLs that are signed for them. Fails for keys that no object can have, such
    /// as those with `..`.
    pub fn path(&self, key: &str) -> Result<Path, TargetError> {
        let path = match &self.location {
            Location::S3 { prefix, .. } if !prefix.is_empty() => Path::parse(format!("{prefix}/{key}")),
            _ => Path::parse(key),
        };
        path.map_err(|error| TargetError::Key {
            key: key.to_owned(),
            target: self.name.clone(),
            cause: innermost(&error),
        })
    }

    /// Reads an object with the version that [`Target::replace`] wants; none where there is no such object.
    pub async fn read(&self, key: &str) -> Result<Option<(Bytes, Version)>, TargetError> {
        let failed = |error: object_store::Error| self.failed("read", key, &error);
        let result = match self.store.get(&self.path(key)?).await {
            Ok(result) => result,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let etag = result.meta.e_tag.clone();
        let bytes = result.bytes().await.map_err(failed)?;
        self.traffic.read(bytes.len() as u64);
        let etag = match &self.location {
            Location::Folder(_) => Some(folder::version_of(&bytes)),
            Location::S3 { .. } => etag,
        };
        Ok(Some((bytes, Version { etag })))
    }

    /// Replaces an object only if it still has the version seen; `None` means that there was none.
    pub async fn replace(&self, key: &str, content: Bytes, seen: Option<&Version>) -> Result<(), Conflict> {
        if let Location::Folder(root) = &self.location {
            let file = root.join(key);
            let seen = seen.and_then(|version| version.etag.clone());
            return tokio::task::spawn_blocking(move || folder::replace(&file, &content, seen.as_deref()))
                .await
                .map_err(|error| self.failed("replace", key, &error))?
                .map_err(|error| match error {
                    folder::ReplaceError::Lost => Conflict::Lost,
                    folder::ReplaceError::Io(error) => self.failed("replace", key, &error).into(),
                });
        }
        let mode = match seen {
            None => PutMode::Create,
            Some(version) => PutMode::Update(UpdateVersion {
                e_tag: version.etag.clone(),
                version: None,
            }),
        };
        match self
            .store
            .put_opts(&self.path(key)?, content.into(), mode.into())
            .await
        {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Err(Conflict::Lost)
            }
            Err(error) => Err(self.failed("replace", key, &error).into()),
        }
    }

    /// Puts an object in the place of what is there, whole or not at all.
    pub(crate) async fn overwrite(&self, key: &str, content: Bytes) -> Result<(), TargetError> {
        let put = self.store.put(&self.path(key)?, content.into()).await;
        put.map(|_| ()).map_err(|error| self.failed("write", key, &error))
    }

    pub(crate) fn failed(
        &self,
        action: &'static str,
        key: &str,
        error: &(dyn std::error::Error + 'static),
    ) -> TargetError {
        TargetError::Store {
            action,
            key: key.to_owned(),
            target: self.name.clone(),
            address: self.address.clone(),
            cause: match self.location {
                Location::Folder(_) => innermost(error),
                Location::S3 { .. } => at_s3(error),
            },
        }
    }
}
