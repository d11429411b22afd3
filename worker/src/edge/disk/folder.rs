//! The browser's private file system, a folder at a time.
//!
//! Files are written by streams that take effect when they are closed, and read as snapshots: neither needs a lock, so
//! that tabs cannot wait for each other. A file that was created and not yet closed is empty.

use std::cell::RefCell;
use std::ops::Range;

use js_sys::{IteratorNext, Reflect, Uint8Array, global};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemWritableFileStream, StorageEstimate, StorageManager,
};

use crate::edge::scope;

/// The folder of all that is ours: other applications may share the origin.
const ROOT: &str = "goldpan";

/// Why the disk did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DiskError {
    /// The file or folder has gone.
    Gone,
    /// There is no room.
    Full,
    /// Anything else, in the browser's words.
    Other(String),
}

impl From<JsValue> for DiskError {
    fn from(error: JsValue) -> Self {
        let word = |field: &str| {
            Reflect::get(&error, &field.into())
                .ok()
                .and_then(|value| value.as_string())
                .unwrap_or_default()
        };
        match word("name").as_str() {
            "NotFoundError" => Self::Gone,
            "QuotaExceededError" => Self::Full,
            name => Self::Other(format!("{name}: {}", word("message"))),
        }
    }
}

/// A folder below ours.
pub(super) struct Folder {
    root: FileSystemDirectoryHandle,
    name: &'static str,
    handle: RefCell<Option<FileSystemDirectoryHandle>>,
}

/// Our root folder. The error says why there is none.
pub(super) async fn root() -> Result<FileSystemDirectoryHandle, String> {
    let storage = storage()?;
    let has = |prototype: &JsValue, method: &str| {
        Reflect::get(prototype, &method.into()).is_ok_and(|method| method.is_function())
    };
    // The bindings take it for granted that these methods exist.
    let prototype = Reflect::get(&global(), &"FileSystemFileHandle".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .unwrap_or_default();
    if !has(&storage, "getDirectory") || !prototype.is_object() || !has(&prototype, "createWritable") {
        return Err("this browser has no private file system that a page can write".to_owned());
    }
    let root = JsFuture::from(storage.get_directory()).await;
    match root {
        Ok(root) => folder_in(&root.unchecked_into(), ROOT).await,
        Err(error) => Err(DiskError::from(error)),
    }
    .map_err(|error| match error {
        DiskError::Full => "the disk is full".to_owned(),
        DiskError::Gone => "the browser has lost its private file system".to_owned(),
        DiskError::Other(why) => {
            format!("the browser allows no private files, as in a private window ({why})")
        }
    })
}

/// What the browser allows this origin, and what it uses of it.
pub(super) async fn quota() -> Option<(u64, u64)> {
    let estimate = JsFuture::from(storage().ok()?.estimate().ok()?).await.ok()?;
    let estimate: StorageEstimate = estimate.unchecked_into();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size is a whole number"
    )]
    Some((estimate.get_quota()? as u64, estimate.get_usage()? as u64))
}

fn storage() -> Result<StorageManager, String> {
    // Not there in a context that is not secure, whatever the bindings say.
    let storage = Reflect::get(&scope().navigator(), &"storage".into()).unwrap_or_default();
    if storage.is_object() {
        Ok(storage.unchecked_into())
    } else {
        Err("browsers keep files only for pages that come by https: or from this computer".to_owned())
    }
}

async fn folder_in(
    parent: &FileSystemDirectoryHandle,
    name: &str,
) -> Result<FileSystemDirectoryHandle, DiskError> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(true);
    let folder = JsFuture::from(parent.get_directory_handle_with_options(name, &options)).await?;
    Ok(folder.unchecked_into())
}

impl Folder {
    /// The folder of this name; it is made when it is first written to or listed.
    pub(super) fn new(root: &FileSystemDirectoryHandle, name: &'static str) -> Self {
        Self {
            root: root.clone(),
            name,
            handle: RefCell::default(),
        }
    }

    async fn handle(&self) -> Result<FileSystemDirectoryHandle, DiskError> {
        if let Some(known) = &*self.handle.borrow() {
            return Ok(known.clone());
        }
        let handle = folder_in(&self.root, self.name).await?;
        self.handle.replace(Some(handle.clone()));
        Ok(handle)
    }

    /// The names of its files.
    pub(super) async fn list(&self) -> Result<Vec<String>, DiskError> {
        let folder = folder_in(&self.root, self.name).await?;
        self.handle.replace(Some(folder.clone()));
        let keys = folder.keys();
        let mut names = Vec::new();
        loop {
            let next: IteratorNext = JsFuture::from(keys.next()?).await?.unchecked_into();
            if next.done() {
                return Ok(names);
            }
            names.extend(next.value().as_string());
        }
    }

    /// (Part of) a file, when it has so many bytes; without an expectation, of any size.
    pub(super) async fn read(
        &self,
        name: &str,
        expected_bytes: Option<u64>,
        range: Option<Range<u64>>,
    ) -> Result<Vec<u8>, DiskError> {
        let file = self.file(name).await?;
        #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
        let part = match range {
            _ if expected_bytes.is_some_and(|bytes| file.size() != bytes as f64) => {
                return Err(DiskError::Gone);
            }
            None => file.array_buffer(),
            Some(range) => file
                .slice_with_f64_and_f64(range.start as f64, range.end as f64)?
                .array_buffer(),
        };
        let buffer = JsFuture::from(part).await?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }

    /// The size of a file, and when it was written.
    pub(super) async fn stat(&self, name: &str) -> Result<(f64, f64), DiskError> {
        let file = self.file(name).await?;
        Ok((file.size(), file.last_modified()))
    }

    /// Writes a file whole, or not at all.
    pub(super) async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        match self.try_to_write(name, bytes).await {
            // The person has deleted this site's data: the folder is made again.
            Err(DiskError::Gone) => {
                self.handle.replace(None);
                self.try_to_write(name, bytes).await
            }
            outcome => outcome,
        }
    }

    async fn try_to_write(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let folder = self.handle().await?;
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let handle = JsFuture::from(folder.get_file_handle_with_options(name, &options)).await?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        let stream = JsFuture::from(handle.create_writable()).await?;
        let stream: FileSystemWritableFileStream = stream.unchecked_into();
        // A copy outside of WebAssembly's memory, which may move while the browser writes.
        let outcome = match stream.write_with_js_u8_array(&Uint8Array::from(bytes)) {
            Ok(writing) => JsFuture::from(writing).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(_) => {
                JsFuture::from(stream.close()).await?;
                Ok(())
            }
            Err(error) => {
                // The first error is the one to tell.
                let _ = JsFuture::from(stream.abort()).await;
                Err(error.into())
            }
        }
    }

    /// Removes a file. One that has gone already is no error.
    pub(super) async fn remove(&self, name: &str) -> Result<(), DiskError> {
        let folder = self.handle().await?;
        match JsFuture::from(folder.remove_entry(name))
            .await
            .map_err(DiskError::from)
        {
            Ok(_) | Err(DiskError::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn file(&self, name: &str) -> Result<File, DiskError> {
        let folder = self.handle().await?;
        let handle = JsFuture::from(folder.get_file_handle(name)).await?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        Ok(JsFuture::from(handle.get_file()).await?.unchecked_into())
    }
}
