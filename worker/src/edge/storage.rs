//! The calls about what is kept: how much, no longer, or for use without a network.

use std::sync::Arc;

use protocol::{CacheKind, CacheUse, Failure, FailureKind, Pin, Responder, Storage};

use super::disk::{MOST_PASSES, PinRecord};
use super::worker_engine::Shared;
use crate::io::{Counters, Origin};
use crate::table::PinnedObjects;

impl Shared {
    /// All that is kept.
    pub(super) fn storage(&self) -> Storage {
        let mut caches: Vec<CacheUse> = self.engine.caches();
        caches.push(self.reader.disk.report());
        caches.sort_by_key(|cache| CacheKind::ALL.iter().position(|kind| *kind == cache.cache));
        let pins = self.reader.lake.lake().map(|lake| self.reader.disk.pins(&lake));
        Storage {
            caches,
            pins: pins
                .unwrap_or_default()
                .into_iter()
                .map(|record| self.pin_of(record))
                .collect(),
            disk_problem: self.reader.disk.problem(),
        }
    }

    fn pin_of(&self, record: PinRecord) -> Pin {
        Pin {
            is_current: self.engine.manifest_key(&record.entry.name) == Some(record.entry.manifest),
            table: record.entry.name,
            columns: record.columns,
            bytes: record.bytes,
        }
    }

    /// Empties a cache.
    pub(super) async fn clear(&self, cache: CacheKind) -> Result<Storage, Failure> {
        match cache {
            CacheKind::Disk => self.reader.disk.clear().await.map_err(|problem| {
                Failure::new(
                    FailureKind::Internal,
                    format!("The cache on disk cannot be cleared: {problem}."),
                )
                .with_hint("The browser's own settings can delete this site's data.")
            })?,
            CacheKind::Footers | CacheKind::Memory | CacheKind::Columns | CacheKind::Results => {
                self.engine.clear(cache);
            }
        }
        Ok(self.storage())
    }

    /// Downloads columns of a table, so that they can be queried without a network.
    pub(super) async fn pin(
        &self,
        table: String,
        columns: Option<Vec<String>>,
        responder: &Responder,
    ) -> Result<Storage, Failure> {
        let pinning = self.reader.disk.begin_pin().await?;
        let shown = Arc::new(Counters::default());
        for pass in 0..MOST_PASSES {
            // What later passes fetch again is no further progress.
            let counters = if pass == 0 {
                Arc::clone(&shown)
            } else {
                Arc::default()
            };
            let downloading = self
                .engine
                .pin(table.clone(), columns.clone(), Arc::clone(&counters));
            let pinned: PinnedObjects = self.to_end_with_progress(downloading, &shown, responder).await?;
            let mut disk_names = pinned.disk_names;
            let manifest = Origin::Lake(pinned.manifest_key.clone());
            disk_names.push(self.reader.keep_document(manifest).await?);
            if !pinning.is_complete(&disk_names).await? {
                continue;
            }
            let listed = self.reader.keep_catalog_of(&table, &pinned.manifest_key).await;
            if let Some((lake, entry)) = listed {
                let record = PinRecord {
                    lake,
                    entry,
                    columns,
                    disk_names,
                    bytes: pinned.bytes,
                };
                pinning.record(&record).await?;
                return Ok(self.storage());
            }
        }
        Err(pinning.undone(&table))
    }

    /// Gives up what was pinned of a table.
    pub(super) async fn unpin(&self, table: &str) -> Result<Storage, Failure> {
        if let Some(lake) = self.reader.lake.lake() {
            self.reader.disk.unpin(&lake, table).await?;
        }
        Ok(self.storage())
    }
}
