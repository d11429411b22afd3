//! Objects that are named by their content: written once, never changed.
//!
//! Invariant: whoever asks for an object gets it whole, whatever lay there before: an object of another size is torn and
//! is replaced; one that is there already keeps its ETag, which manifests may name. Of two writers of one new object
//! both get the ETag of the one that stays; of objects beyond [`PART_BYTES`] that holds where a store makes the same
//! ETag of the same parts, as all do but those that encrypt with a key of their own for each object.
//!
//! An object that is there and old may be garbage that is being removed right now: it is reported as old, and
//! [`Target::refresh`] makes it young again.
//!
//! Entry points: [`Target::write_immutable`], [`Target::refresh`].

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, WriteMultipart};
use tokio::io::AsyncReadExt;

use super::{Location, Target, TargetError, folder};

/// Size of the parts of an upload, and of the largest object that is put whole. ETags of larger objects depend on it.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts of one object that are under way at once.
const PARTS_AT_ONCE: usize = 2;
/// It costs less to put a smaller object than to ask first whether it is there.
const ASK_FIRST_BYTES: u64 = 256 * 1024;
/// Attempts to write an object, beside those that the client makes by itself.
const ATTEMPTS: u32 = 4;
/// From this age on an object that nothing names may be taken for garbage. Far below the least grace period of `gc`
/// that makes sense, so that an object that is not old is safe until the catalog names it.
const OLD_AFTER: Duration = Duration::from_secs(15 * 60);

/// The content of an object.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory.
    Bytes(Bytes),
    /// A file that nobody changes any more. It is read in parts, and may be linked instead of copied.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
}

/// An object that is there, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its ETag, quotes included, where the store gives one.
    pub etag: Option<String>,
    /// Whether it was there before, for so long that it may be garbage.
    pub is_old: bool,
}

impl Content {
    /// Size in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(content) => content.len() as u64,
            Self::File { bytes, .. } => *bytes,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    async fn whole(&self) -> io::Result<Bytes> {
        match self {
            Self::Bytes(content) => Ok(content.clone()),
            Self::File { path, .. } => Ok(tokio::fs::read(path).await?.into()),
        }
    }
}

impl From<Bytes> for Content {
    fn from(content: Bytes) -> Self {
        Self::Bytes(content)
    }
}

impl Target {
    /// Writes an object that is named by its content, or leaves it where it is there already.
    pub async fn write_immutable(&self, key: &str, content: &Content) -> Result<Written, TargetError> {
        if let Location::Folder(_) = self.location {
            let (file, content) = (self.file(key)?, content.clone());
            let bytes = content.len();
            let placed = self
                .in_folder("write", key, move || folder::place(&file, &content))
                .await?;
            if placed.found_modified.is_none() {
                self.traffic.written(bytes);
            }
            return Ok(Written {
                is_old: placed.found_modified.is_some_and(is_old),
                etag: Some(placed.etag),
            });
        }
        let path = self.path(key)?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut mode = PutMode::Create;
            if attempt > 1 || content.len() > ASK_FIRST_BYTES {
                match self.store.head(&path).await {
                    Ok(meta) if meta.size == content.len() => {
                        return Ok(Written {
                            is_old: is_old(meta.last_modified.into()),
                            etag: meta.e_tag,
                        });
                    }
                    Ok(_torn) => mode = PutMode::Overwrite,
                    // A writer that may not list is told "denied" of an object that does not exist.
                    Err(Error::NotFound { .. } | Error::PermissionDenied { .. }) => {}
                    Err(error) => return Err(self.failed("write", key, &error)),
                }
            }
            match self.put(&path, content, mode).await {
                Ok(etag) => {
                    self.traffic.written(content.len());
                    return self.written(key, etag).await;
                }
                Err(error) if attempt == ATTEMPTS => return Err(self.failed("write", key, &error)),
                // Whatever it says, an answer may have got lost before: what is there decides.
                Err(_) => tokio::time::sleep(Duration::from_millis(50) * attempt).await,
            }
        }
    }

    /// Makes an object that is there young again, or writes it if it is gone.
    pub async fn refresh(&self, key: &str, content: &Content) -> Result<Written, TargetError> {
        if let Location::Folder(_) = self.location {
            let file = self.file(key)?;
            let is_there = self
                .in_folder("refresh", key, move || folder::touch(&file))
                .await?;
            if is_there {
                return self.write_immutable(key, content).await;
            }
        }
        match self.put(&self.path(key)?, content, PutMode::Overwrite).await {
            Ok(etag) => self.written(key, etag).await,
            Err(error) => Err(self.failed("refresh", key, &error)),
        }
    }

    async fn put(
        &self,
        path: &Path,
        content: &Content,
        mode: PutMode,
    ) -> object_store::Result<Option<String>> {
        match content {
            Content::File { path: source, bytes } if *bytes > PART_BYTES as u64 => {
                self.put_in_parts(path, source).await
            }
            _ => {
                let content = content.whole().await.map_err(unreadable)?;
                Ok(self
                    .store
                    .put_opts(path, content.into(), mode.into())
                    .await?
                    .e_tag)
            }
        }
    }

    async fn put_in_parts(
        &self,
        path: &Path,
        source: &std::path::Path,
    ) -> object_store::Result<Option<String>> {
        let mut file = tokio::fs::File::open(source).await.map_err(unreadable)?;
        let upload = self.store.put_multipart(path).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let step = match file.read(&mut buffer).await.map_err(unreadable) {
                Ok(0) => break,
                Ok(read) => {
                    upload.write(&buffer[..read]);
                    upload.wait_for_capacity(PARTS_AT_ONCE).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = step {
                // What remains of it is invisible to readers; the bucket's lifecycle rule clears it.
                let _ = upload.abort().await;
                return Err(error);
            }
        }
        Ok(upload.finish().await?.e_tag)
    }

    async fn written(&self, key: &str, etag: Option<String>) -> Result<Written, TargetError> {
        let etag = match etag {
            Some(etag) => Some(etag),
            None => self.look(key).await?.and_then(|meta| meta.e_tag),
        };
        Ok(Written { etag, is_old: false })
    }

    async fn in_folder<T: Send + 'static>(
        &self,
        action: &'static str,
        key: &str,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, TargetError> {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| self.failed(action, key, &error))?
            .map_err(|error| self.failed(action, key, &error))
    }
}

fn is_old(modified: std::time::SystemTime) -> bool {
    modified.elapsed().is_ok_and(|age| age >= OLD_AFTER)
}

fn unreadable(error: io::Error) -> Error {
    Error::Generic {
        store: "scratch folder",
        source: error.into(),
    }
}
