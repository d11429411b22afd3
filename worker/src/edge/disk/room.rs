//! Writing within the budget, and making room.
//!
//! Nothing gives way before the pins of other tabs have been looked up, and none while this tab makes one: the extents
//! that it builds on must stay.

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use js_sys::Date;

use super::folder::DiskError;
use super::{Disk, Folders, folder};
use crate::io::ExtentFile;

/// What the cache may hold at most, whatever the browser allows.
const MOST_CACHED_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Where the browser does not tell what it allows.
const FALLBACK_QUOTA_BYTES: u64 = 512 * 1024 * 1024;
/// Files that are looked at or removed at once.
const FILES_AT_ONCE: usize = 16;

impl Disk {
    /// Sets the budget: half of what the browser allows, so that there is room for pins.
    pub(super) async fn set_budget(&self) {
        let quota_bytes = folder::quota()
            .await
            .map_or(FALLBACK_QUOTA_BYTES, |(quota_bytes, _)| quota_bytes);
        self.ledger
            .borrow_mut()
            .set_budget((quota_bytes / 2).min(MOST_CACHED_BYTES));
    }

    /// Brings the cache down to its budget.
    pub(super) async fn trim(&self) {
        if let Some(folders) = self.folders.get() {
            // What cannot be removed now is found by the next visit.
            let _ = self.make_room(folders, 0).await;
        }
    }

    /// Writes a file that counts towards the budget; does nothing when it would not fit.
    pub(super) async fn write_in_budget(&self, file: &ExtentFile, bytes: Bytes) -> Result<(), DiskError> {
        let Some(folders) = self.folders.get() else {
            return Ok(());
        };
        if !self.make_room(folders, file.bytes()).await? {
            return Ok(());
        }
        match self.write(folders, file, &bytes).await {
            Err(DiskError::Full) => {
                self.make_much_room(folders).await?;
                self.write(folders, file, &bytes).await
            }
            outcome => outcome,
        }
    }

    /// Writes a file of a pin, at the cost of all that is not pinned.
    pub(super) async fn write_pinned(&self, file: &ExtentFile, bytes: Bytes) -> Result<(), DiskError> {
        let folders = self.folders.get().ok_or(DiskError::Gone)?;
        loop {
            match self.write(folders, file, &bytes).await {
                Err(DiskError::Full) if self.make_much_room(folders).await? > 0 => {}
                outcome => return outcome,
            }
        }
    }

    async fn write(&self, folders: &Folders, file: &ExtentFile, bytes: &[u8]) -> Result<(), DiskError> {
        folders.blocks.write(&file.to_string(), bytes).await?;
        let superfluous = self.ledger.borrow_mut().add(file, Some(Date::now()));
        self.remove_files(folders, superfluous).await;
        Ok(())
    }

    /// Makes room for so many bytes. False when they do not fit, or when nothing may give way now.
    async fn make_room(&self, folders: &Folders, bytes: u64) -> Result<bool, DiskError> {
        let (excess_bytes, budget_bytes) = {
            let ledger = self.ledger.borrow();
            (ledger.excess_bytes(bytes), ledger.budget_bytes())
        };
        if bytes > budget_bytes {
            return Ok(false);
        }
        if excess_bytes == 0 {
            return Ok(true);
        }
        if self.under_way.is_any() {
            return Ok(false);
        }
        self.prepare_to_evict(folders).await?;
        let victims = self.ledger.borrow_mut().make_room(bytes);
        self.remove(folders, victims).await;
        Ok(true)
    }

    /// Makes room on a disk that is fuller than was thought. How many files gave way.
    async fn make_much_room(&self, folders: &Folders) -> Result<usize, DiskError> {
        self.prepare_to_evict(folders).await?;
        let victims = self.ledger.borrow_mut().make_much_room();
        let count = victims.len();
        self.remove(folders, victims).await;
        Ok(count)
    }

    async fn prepare_to_evict(&self, folders: &Folders) -> Result<(), DiskError> {
        self.reload_pins(folders).await?;
        let without_age = self.ledger.borrow().without_age();
        stream::iter(without_age)
            .for_each_concurrent(FILES_AT_ONCE, |file| async move {
                match folders.blocks.stat(&file.to_string()).await {
                    Ok((_, modified_ms)) => self.ledger.borrow_mut().set_age(&file, modified_ms),
                    Err(_) => self.ledger.borrow_mut().remove(&file),
                }
            })
            .await;
        Ok(())
    }

    pub(super) async fn remove(&self, folders: &Folders, files: Vec<ExtentFile>) {
        for file in &files {
            self.ledger.borrow_mut().remove(file);
        }
        self.remove_files(folders, files).await;
    }

    pub(super) async fn remove_files(&self, folders: &Folders, files: impl IntoIterator<Item = ExtentFile>) {
        stream::iter(files)
            .for_each_concurrent(FILES_AT_ONCE, |file| async move {
                // A file that another tab is writing or reading stays, and is found by the next visit.
                let _ = folders.blocks.remove(&file.to_string()).await;
            })
            .await;
    }

    /// Whether the disk holds a file whole: one that was created and never written is empty.
    pub(super) async fn is_whole(&self, folders: &Folders, file: &ExtentFile) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
        let expected = file.bytes() as f64;
        folders
            .blocks
            .stat(&file.to_string())
            .await
            .is_ok_and(|(size, _)| size == expected)
    }
}
