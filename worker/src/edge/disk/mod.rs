//! Extents, documents and pins on disk: what outlives the page.
//!
//! Invariant: a file is never changed, and its name says what is in it ([`ExtentFile`]), so that tabs share the folder
//! without a lock; a file that another tab has removed is fetched again. What a pin needs never gives way. Where there is
//! no private file system, everything works without it.
//!
//! Entry points: [`Disk::open`]; [`Disk::read`], [`Disk::keep`]; [`Disk::pin`].

mod catalogs;
mod folder;
mod pinning;
mod pins;
mod room;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use js_sys::Date;
use protocol::CacheUse;
use wasm_bindgen_futures::spawn_local;

use self::folder::{DiskError, Folder};
pub(super) use self::pinning::MOST_PASSES;
use self::pinning::UnderWay;
pub(super) use self::pins::PinRecord;
use crate::io::{Chunk, DiskIndex, ExtentFile, Ledger, ObjectId, Slots, Span, Urgency};

/// Writes at once: more would only keep their bytes in memory for longer.
const WRITES: usize = 2;
/// So many writes that fail one after another are no accident.
const MOST_FAILURES: u32 = 3;
/// Bytes that may wait to be written; what comes on top is not kept.
const MOST_WAITING_BYTES: u64 = 64 * 1024 * 1024;

/// The disk.
pub(super) struct Disk {
    ledger: RefCell<Ledger>,
    folders: OnceCell<Folders>,
    opening: OnceCell<Shared<LocalBoxFuture<'static, ()>>>,
    problem: RefCell<Option<String>>,
    pins: RefCell<Vec<PinRecord>>,
    under_way: UnderWay,
    writers: Slots,
    waiting_bytes: Cell<u64>,
    /// Writes that failed since the last one that went well.
    failures: Cell<u32>,
}

struct Folders {
    blocks: Folder,
    catalogs: Folder,
    pins: Folder,
}

impl Disk {
    /// Begins to look at what is there. The index fills with it, and follows what is written and removed.
    pub(super) fn open(index: DiskIndex) -> Rc<Self> {
        let disk = Rc::new(Self {
            ledger: RefCell::new(Ledger::new(index)),
            folders: OnceCell::new(),
            opening: OnceCell::new(),
            problem: RefCell::default(),
            pins: RefCell::default(),
            under_way: UnderWay::default(),
            writers: Slots::new(WRITES),
            waiting_bytes: Cell::new(0),
            failures: Cell::new(0),
        });
        let opening = {
            let disk = Rc::clone(&disk);
            async move {
                if let Err(problem) = disk.look().await {
                    disk.set_problem(problem);
                }
            }
        };
        let opening = opening.boxed_local().shared();
        spawn_local(opening.clone());
        // Set once: the cell was made above.
        let _ = disk.opening.set(opening);
        disk
    }

    /// Resolves when the index shows what is there.
    pub(super) async fn opened(&self) {
        if let Some(opening) = self.opening.get() {
            opening.clone().await;
        }
    }

    async fn look(self: &Rc<Self>) -> Result<(), String> {
        let root = folder::root().await?;
        let folders = Folders {
            blocks: Folder::new(&root, "blocks"),
            catalogs: Folder::new(&root, "catalogs"),
            pins: Folder::new(&root, "pins"),
        };
        let folders = self.folders.get_or_init(|| folders);
        let look = async {
            self.reload_pins(folders).await?;
            self.set_budget().await;
            self.reconcile(folders).await
        };
        look.await.map_err(unusable)?;
        let disk = Rc::clone(self);
        spawn_local(async move { disk.trim().await });
        Ok(())
    }

    /// Why nothing can be kept, if that is so.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem.borrow().clone()
    }

    /// How the cache stands.
    pub(super) fn report(&self) -> CacheUse {
        self.ledger.borrow().report()
    }

    /// What the disk has of an object, if it has all of it.
    pub(super) async fn read(&self, disk_name: &str, span: &Span) -> Option<Chunk> {
        let folders = self.folders.get()?;
        let range = match span {
            Span::Whole => None,
            Span::Range(range) => Some(range),
        };
        let file = self
            .ledger
            .borrow_mut()
            .find(ObjectId::from(disk_name), range, Date::now())?;
        let within = range.map(|range| range.start - file.extent.start..range.end - file.extent.start);
        match folders
            .blocks
            .read(&file.to_string(), Some(file.bytes()), within)
            .await
        {
            Ok(bytes) => Some(Chunk {
                bytes: Bytes::from(bytes),
                total_bytes: file.total_bytes,
                etag: None,
                requests: 0,
                timing: None,
            }),
            Err(_) => {
                // Another tab made room, or the person did.
                self.ledger.borrow_mut().remove(&file);
                None
            }
        }
    }

    /// Keeps what was fetched of an object as long as there is room. It is no failure when there is none.
    pub(super) async fn keep(&self, disk_name: &str, start: u64, bytes: Bytes, total_bytes: u64) {
        let waiting_bytes = self.waiting_bytes.get() + bytes.len() as u64;
        if self.problem.borrow().is_some() || waiting_bytes > MOST_WAITING_BYTES {
            return;
        }
        self.waiting_bytes.set(waiting_bytes);
        let _slot = self.writers.take(Urgency::Now).await;
        let object = ObjectId::from(disk_name);
        for file in self.missing(object, start, bytes.len() as u64, total_bytes) {
            match self
                .write_in_budget(&file, part(&bytes, start, &file.extent))
                .await
            {
                Ok(()) => self.failures.set(0),
                Err(error) => {
                    self.note_failure(error);
                    break;
                }
            }
        }
        self.waiting_bytes
            .set(self.waiting_bytes.get() - bytes.len() as u64);
    }

    /// Removes all that is not pinned.
    pub(super) async fn clear(&self) -> Result<(), String> {
        self.opened().await;
        let Some(folders) = self.folders.get() else {
            return Ok(());
        };
        let clear = async {
            self.reload_pins(folders).await?;
            self.reconcile(folders).await?;
            let files = self.ledger.borrow().clearable();
            self.remove(folders, files).await;
            Ok(())
        };
        clear.await.map_err(unusable)?;
        // There is room again.
        self.problem.borrow_mut().take();
        self.failures.set(0);
        Ok(())
    }

    fn note_failure(&self, error: DiskError) {
        self.failures.set(self.failures.get() + 1);
        if error == DiskError::Full || self.failures.get() >= MOST_FAILURES {
            self.set_problem(unusable(error));
        }
    }

    fn missing(&self, object: ObjectId, start: u64, bytes: u64, total_bytes: u64) -> Vec<ExtentFile> {
        let missing = self.ledger.borrow().missing(object, &(start..start + bytes));
        let file = |extent| ExtentFile {
            object,
            extent,
            total_bytes,
        };
        missing.into_iter().map(file).collect()
    }

    /// Takes over what the folder holds.
    async fn reconcile(&self, folders: &Folders) -> Result<(), DiskError> {
        let names = folders.blocks.list().await?;
        let files: Vec<ExtentFile> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let superfluous = self.ledger.borrow_mut().reconcile(&files);
        self.remove_files(folders, superfluous).await;
        Ok(())
    }

    /// Looks up what is pinned by whichever tab.
    async fn reload_pins(&self, folders: &Folders) -> Result<(), DiskError> {
        let records = pins::read(&folders.pins).await?;
        *self.pins.borrow_mut() = records;
        self.protect_pins();
        Ok(())
    }

    fn protect_pins(&self) {
        let mut pinned: HashSet<ObjectId> = self.under_way.objects().into_iter().collect();
        for record in self.pins.borrow().iter() {
            pinned.extend(record.disk_names.iter().map(ObjectId::from));
        }
        self.ledger.borrow_mut().set_pinned(pinned);
    }

    fn set_problem(&self, problem: String) {
        self.problem.borrow_mut().get_or_insert(problem);
    }
}

fn unusable(error: DiskError) -> String {
    match error {
        DiskError::Full => "the disk is full".to_owned(),
        DiskError::Gone => "the browser has removed this page's files; reload the page".to_owned(),
        DiskError::Other(why) => format!("the browser's private file system does not work ({why})"),
    }
}

/// The bytes of an extent out of those that begin at `start`.
fn part(bytes: &Bytes, start: u64, extent: &Range<u64>) -> Bytes {
    let at = |offset: u64| {
        usize::try_from(offset - start)
            .unwrap_or(usize::MAX)
            .min(bytes.len())
    };
    bytes.slice(at(extent.start)..at(extent.end))
}
