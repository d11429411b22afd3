//! Making a pin, and giving it up.
//!
//! Other tabs may make room at the expense of extents that a pin builds on, because its record is written last. So a pin
//! is made in passes: each fetches what is missing, and the one that finds nothing missing on the disk is the last.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures::future::join_all;
use protocol::{Failure, FailureKind};
use wasm_bindgen_futures::spawn_local;

use super::folder::{DiskError, quota};
use super::{Disk, PinRecord, part, pins, unusable};
use crate::io::{Chunk, ObjectId};

/// Passes after which a pin is given up: something keeps removing what it writes.
pub(in crate::edge) const MOST_PASSES: u32 = 4;

/// Pins that are being made in this tab.
#[derive(Default)]
pub(super) struct UnderWay {
    count: Cell<u32>,
    /// Their objects, and how many files of each were written since somebody looked.
    objects: RefCell<HashMap<ObjectId, u32>>,
}

impl UnderWay {
    /// Whether there is one.
    pub(super) fn is_any(&self) -> bool {
        self.count.get() > 0
    }

    /// The objects that they need.
    pub(super) fn objects(&self) -> Vec<ObjectId> {
        self.objects.borrow().keys().copied().collect()
    }
}

/// A pin that is being made. While there is one, nothing gives way to what is not pinned.
pub(in crate::edge) struct Pinning {
    disk: Rc<Disk>,
}

impl Drop for Pinning {
    fn drop(&mut self) {
        let under_way = &self.disk.under_way;
        under_way.count.set(under_way.count.get() - 1);
        if !under_way.is_any() {
            under_way.objects.borrow_mut().clear();
            self.disk.protect_pins();
            let disk = Rc::clone(&self.disk);
            spawn_local(async move { disk.trim().await });
        }
    }
}

impl Disk {
    /// Begins to make a pin.
    pub(in crate::edge) async fn begin_pin(self: &Rc<Self>) -> Result<Pinning, Failure> {
        self.opened().await;
        if self.folders.get().is_none() {
            let problem = self.problem().unwrap_or_default();
            return Err(Failure::new(
                FailureKind::OverBudget,
                format!("Nothing can be kept for use without a network: {problem}."),
            )
            .with_hint("Open the page by https: in a window that is not private."));
        }
        self.under_way.count.set(self.under_way.count.get() + 1);
        Ok(Pinning {
            disk: Rc::clone(self),
        })
    }

    /// Notes that a pin needs an object.
    pub(in crate::edge) fn protect(&self, disk_name: &str) {
        let object = ObjectId::from(disk_name);
        self.under_way.objects.borrow_mut().entry(object).or_default();
        self.ledger.borrow_mut().protect(object);
    }

    /// Keeps what was fetched for a pin. Ends when it is on the disk.
    pub(in crate::edge) async fn keep_pinned(
        &self,
        disk_name: &str,
        start: u64,
        chunk: &Chunk,
    ) -> Result<(), Failure> {
        self.protect(disk_name);
        let object = ObjectId::from(disk_name);
        let bytes = chunk.bytes.len() as u64;
        for file in self.missing(object, start, bytes, chunk.total_bytes) {
            if let Err(error) = self
                .write_pinned(&file, part(&chunk.bytes, start, &file.extent))
                .await
            {
                return Err(not_kept(error).await);
            }
            if let Some(written) = self.under_way.objects.borrow_mut().get_mut(&object) {
                *written += 1;
            }
        }
        Ok(())
    }

    /// What is pinned of a lake.
    pub(in crate::edge) fn pins(&self, lake: &str) -> Vec<PinRecord> {
        let mut pins: Vec<PinRecord> = self
            .pins
            .borrow()
            .iter()
            .filter(|pin| pin.lake == lake)
            .cloned()
            .collect();
        pins.sort_by(|a, b| a.entry.name.cmp(&b.entry.name));
        pins
    }

    /// Gives up what was pinned of a table. Its files become like all others.
    pub(in crate::edge) async fn unpin(&self, lake: &str, table: &str) -> Result<(), Failure> {
        self.opened().await;
        let Some(folders) = self.folders.get() else {
            return Ok(());
        };
        let unpin = async {
            pins::remove(&folders.pins, lake, table).await?;
            self.reload_pins(folders).await
        };
        unpin.await.map_err(unusable).map_err(|problem| {
            Failure::new(
                FailureKind::Internal,
                format!("{table} cannot be given up: {problem}."),
            )
        })?;
        self.trim().await;
        Ok(())
    }
}

impl Pinning {
    /// Whether the disk has all of these objects that was asked for since the last call, and had it before.
    pub(in crate::edge) async fn is_complete(&self, disk_names: &[String]) -> Result<bool, Failure> {
        let disk = &self.disk;
        for name in disk_names {
            disk.protect(name);
        }
        let objects: HashSet<ObjectId> = disk_names.iter().map(ObjectId::from).collect();
        let mut written = 0;
        for (object, count) in disk.under_way.objects.borrow_mut().iter_mut() {
            if objects.contains(object) {
                written += std::mem::take(count);
            }
        }
        let Some(folders) = disk.folders.get() else {
            return Ok(false);
        };
        if let Err(error) = disk.reconcile(folders).await {
            return Err(not_kept(error).await);
        }
        let files = disk.ledger.borrow().files_of(&objects);
        let whole = join_all(files.iter().map(|file| disk.is_whole(folders, file))).await;
        let mut is_complete = written == 0;
        for (file, is_whole) in files.iter().zip(whole) {
            if !is_whole {
                disk.ledger.borrow_mut().remove(file);
                is_complete = false;
            }
        }
        let found: HashSet<ObjectId> = files.iter().map(|file| file.object).collect();
        Ok(is_complete && found == objects)
    }

    /// Ends it: from now on the table is pinned.
    pub(in crate::edge) async fn record(self, record: &PinRecord) -> Result<(), Failure> {
        let disk = &self.disk;
        let Some(folders) = disk.folders.get() else {
            return Ok(());
        };
        let recording = async {
            pins::write(&folders.pins, record).await?;
            disk.reload_pins(folders).await
        };
        match recording.await {
            Ok(()) => Ok(()),
            Err(error) => Err(not_kept(error).await),
        }
    }

    /// Why a pin was given up that others kept undoing.
    pub(in crate::edge) fn undone(&self, table: &str) -> Failure {
        Failure::new(
            FailureKind::OverBudget,
            format!("{table} could not be kept on disk: its files were removed while it was downloaded."),
        )
        .with_hint("Close other tabs of this page, or make room, and try again.")
    }
}

/// What browsers report as their quota is no promise, but what is used when they refuse more is what they allow.
async fn not_kept(error: DiskError) -> Failure {
    let message = match (error, quota().await) {
        (DiskError::Full, Some((_, used_bytes))) => format!(
            "The table does not fit on the disk: the browser allows this site no more than the {} MiB that it has.",
            used_bytes / (1024 * 1024)
        ),
        (error, _) => format!("The table cannot be kept on disk: {}.", unusable(error)),
    };
    Failure::new(FailureKind::OverBudget, message)
        .with_hint("Pin fewer columns, give up another table, or free space on this computer.")
}
