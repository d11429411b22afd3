//! Answers the engine's requests for bytes: from the disk, a local file or the network, each on its own, and given up
//! when nobody waits any more.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use bytes::Bytes;
use catalog::{Catalog, TableEntry, TableManifest, keys};
use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use futures::future::{Either, join_all, select};
use protocol::{Failure, FailureKind};
use wasm_bindgen_futures::spawn_local;

use super::address::Address;
use super::disk::Disk;
use super::http::{Ask, Http, hidden_etag};
use super::local_files::LocalFiles;
use super::locator::Locator;
use super::pump::Pump;
use crate::io::{Chunk, IoRequest, Keep, Object, Origin, Span, Urgency};

/// Files of a table whose addresses are asked for as soon as it is opened.
const MAX_SIGNED_AHEAD: usize = 200;

/// What the edge reads from.
pub(super) struct Reader {
    pub(super) files: LocalFiles,
    pub(super) http: Rc<Http>,
    pub(super) lake: Locator,
    pub(super) disk: Rc<Disk>,
    /// The catalog that was read last, and of which lake.
    pub(super) catalog: RefCell<Option<(String, Bytes)>>,
}

/// A request apart from its reply.
pub(super) struct Wanted {
    pub(super) origin: Origin,
    pub(super) disk_name: Option<String>,
    pub(super) span: Span,
    pub(super) urgency: Urgency,
    pub(super) keep: Keep,
}

/// Takes requests until the engine is gone.
pub(super) async fn answer(mut requests: UnboundedReceiver<IoRequest>, reader: Rc<Reader>, pump: Rc<Pump>) {
    while let Some(request) = requests.next().await {
        spawn_local(answer_one(request, Rc::clone(&reader), Rc::clone(&pump)));
    }
}

async fn answer_one(request: IoRequest, reader: Rc<Reader>, pump: Rc<Pump>) {
    let mut reply = request.reply;
    let wanted = Wanted {
        origin: request.origin,
        disk_name: request.disk_name,
        span: request.span,
        urgency: request.urgency,
        keep: request.keep,
    };
    let outcome = {
        let reading = pin!(reader.read(&wanted));
        match select(reading, reply.cancellation()).await {
            Either::Left((outcome, _)) => outcome,
            // Dropping the read leaves the queue, or aborts the fetch.
            Either::Right(_) => return,
        }
    };
    if let (Origin::Lake(key), Ok(chunk)) = (&wanted.origin, &outcome)
        && keys::is_manifest(key)
    {
        reader.sign_ahead(&chunk.bytes);
    }
    let kept = outcome.as_ref().ok().cloned();
    // A receiver that has gone in the meantime needs no answer.
    let _ = reply.send(outcome);
    pump.kick();
    if let Some(chunk) = kept {
        keep_on_disk(&reader, &wanted, chunk).await;
    }
}

/// Keeps an answer, if it may be kept.
pub(super) async fn keep_on_disk(reader: &Reader, wanted: &Wanted, chunk: Chunk) {
    if let Some((disk_name, start)) = wanted.to_keep(&chunk)
        && wanted.keep == Keep::OnDisk
    {
        reader
            .disk
            .keep(disk_name, start, chunk.bytes, chunk.total_bytes)
            .await;
    }
}

impl Reader {
    pub(super) async fn read(&self, wanted: &Wanted) -> Result<Chunk, Failure> {
        if let Some(disk_name) = &wanted.disk_name {
            self.disk.opened().await;
            if wanted.keep == Keep::Pinned {
                self.disk.protect(disk_name);
            }
            if let Some(chunk) = self.disk.read(disk_name, &wanted.span).await {
                return Ok(chunk);
            }
        }
        let chunk = match &wanted.origin {
            Origin::Lake(key) if key == keys::CATALOG => self.read_catalog(wanted).await?,
            _ => self.fetch(wanted).await?,
        };
        if wanted.keep == Keep::Pinned
            && let Some((disk_name, start)) = wanted.to_keep(&chunk)
        {
            self.disk.keep_pinned(disk_name, start, &chunk).await?;
        }
        Ok(chunk)
    }

    /// Sees to it that a pin finds a document of the lake that never changes on the disk. Returns its name there.
    pub(super) async fn keep_document(&self, origin: Origin) -> Result<String, Failure> {
        let disk_name = origin.document_name();
        let wanted = Wanted {
            origin,
            disk_name: Some(disk_name.clone()),
            span: Span::Whole,
            urgency: Urgency::Now,
            keep: Keep::Pinned,
        };
        self.read(&wanted).await?;
        Ok(disk_name)
    }

    /// Who reads a manifest is going to read its files: their addresses need not be waited for then.
    fn sign_ahead(&self, manifest: &[u8]) {
        if !self.lake.is_signed() {
            return;
        }
        // One that cannot be read is refused by the engine.
        let Ok(manifest) = TableManifest::from_json(manifest) else {
            return;
        };
        let lake = self.lake.clone();
        spawn_local(async move {
            let files = manifest.files.iter().take(MAX_SIGNED_AHEAD);
            // An address that was not given is asked for again when it is needed.
            join_all(files.map(|file| lake.url(&file.key))).await;
        });
    }

    async fn fetch(&self, wanted: &Wanted) -> Result<Chunk, Failure> {
        let ask = Ask {
            name: wanted.origin.display_name(),
            span: &wanted.span,
            urgency: wanted.urgency,
        };
        match &wanted.origin {
            Origin::File { index, name } => self.files.read(*index, name, &wanted.span).await,
            Origin::Url(url) => self.http.get(&Address::Fixed(url), &ask).await,
            Origin::Lake(key) => {
                let lake = &self.lake;
                let chunk = self.http.get(&Address::Lake { lake, key }, &ask).await?;
                if !lake.is_signed() {
                    // A static host makes ETags of its own, which say nothing of the one in the manifest. Keys name
                    // the content.
                    return Ok(Chunk { etag: None, ..chunk });
                }
                if chunk.etag.is_none() {
                    return Err(hidden_etag(key));
                }
                Ok(chunk)
            }
        }
    }

    /// The catalog as it is now, or without a network as it was when it was last read, if something is pinned.
    async fn read_catalog(&self, wanted: &Wanted) -> Result<Chunk, Failure> {
        let lake = self.lake.lake();
        let outcome = self.fetch(wanted).await;
        let Some(lake) = lake else {
            return outcome;
        };
        let chunk = match outcome {
            Ok(chunk) => {
                let (disk, lake, json) = (Rc::clone(&self.disk), lake.clone(), chunk.bytes.clone());
                spawn_local(async move {
                    // A pin sees to it that there is a copy.
                    disk.keep_catalog(&lake, &json).await;
                });
                chunk
            }
            Err(failure) if failure.kind == FailureKind::Offline => {
                let json = self.disk.catalog(&lake).await.ok_or(failure)?;
                Chunk {
                    total_bytes: json.len() as u64,
                    bytes: json,
                    etag: None,
                    requests: 0,
                    timing: None,
                }
            }
            Err(failure) => return Err(failure),
        };
        self.catalog.replace(Some((lake, chunk.bytes.clone())));
        Ok(chunk)
    }

    /// Sees to it that the disk has the catalog that lists a table by this manifest. Returns the entry; none when the
    /// catalog that was read last is another.
    pub(super) async fn keep_catalog_of(
        &self,
        table: &str,
        manifest_key: &str,
    ) -> Option<(String, TableEntry)> {
        let (lake, json) = self.catalog.borrow().clone()?;
        let catalog = Catalog::from_json(&json).ok()?;
        let entry = catalog
            .table(table)
            .filter(|entry| entry.manifest == manifest_key)?;
        let is_kept = self.disk.keep_catalog(&lake, &json).await;
        is_kept.then(|| (lake, entry.clone()))
    }
}

impl Wanted {
    /// By which name, and from which byte on, an answer may be kept: only if it was fetched, and is of the version and
    /// length that were asked for.
    fn to_keep(&self, chunk: &Chunk) -> Option<(&str, u64)> {
        let disk_name = self.disk_name.as_deref()?;
        if chunk.requests == 0 || self.keep == Keep::Nothing || chunk.bytes.is_empty() {
            return None;
        }
        let Span::Range(range) = &self.span else {
            return Some((disk_name, 0));
        };
        let is_version = match &chunk.etag {
            Some(_) => {
                let found = Object {
                    origin: self.origin.clone(),
                    bytes: chunk.total_bytes,
                    etag: chunk.etag.clone(),
                };
                found.disk_name().as_deref() == Some(disk_name)
            }
            // The key names the content.
            None => true,
        };
        let is_all = chunk.bytes.len() as u64 == range.end - range.start;
        (is_version && is_all && range.end <= chunk.total_bytes).then_some((disk_name, range.start))
    }
}
