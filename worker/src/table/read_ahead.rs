//! The reads of one scan: what its readers ask for, what is fetched along with that, and what is fetched ahead.
//!
//! Purpose: while a row group is decoded, the next ones are on their way; and the columns of a row group come in one round
//! trip, where waiting for the filter would cost more than the bytes that it might save.
//!
//! Invariant: nothing is fetched that pruning has ruled out; a scan that may end early fetches nothing ahead.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use futures::StreamExt;
use futures::stream;
use protocol::Failure;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::file_reads::{FileOfReads, FileReads, GroupReads, size};
use super::footers::ReadFooter;
use super::of_scan::OfTable;
use super::scan_shape::ScanShape;
use super::share::Share;
use super::{Source, TableFile};
use crate::column::ColumnKey;
use crate::io::{Counters, Held, Read, Urgency};

/// What may be under way or waiting ahead of the row group that is decoded.
const AHEAD_BYTES: u64 = 8 * 1024 * 1024;
/// Footers that are read at once.
const FOOTERS_AT_ONCE: usize = 6;
/// The share of the other columns that row groups before have asked for, from which on it is not waited for the filter.
const MOSTLY_ASKED: f64 = 0.9;

/// The reads of a scan.
#[derive(Debug)]
pub(crate) struct ScanReads {
    pub(crate) source: Source,
    pub(crate) counters: Arc<Counters>,
    pub(crate) files: Vec<Arc<TableFile>>,
    pub(crate) table: OfTable,
    share: OnceLock<Share>,
    shape: OnceLock<Arc<ScanShape>>,
    planned: Vec<OnceLock<Arc<FileReads>>>,
    state: Mutex<State>,
    moved: Arc<Notify>,
    task: OnceLock<AbortHandle>,
}

/// File and row group, by their places in the scan.
type Place = (usize, usize);

#[derive(Debug, Default)]
struct State {
    /// The row group that was asked for last, and whether anything had to be fetched for it.
    at: Option<(Place, bool)>,
    /// What is fetched ahead, ascending.
    ahead: VecDeque<Ahead>,
    /// Row groups come in another order than the files': nothing can be said of what is next.
    is_disordered: bool,
    rest_bytes_planned: u64,
    rest_bytes_asked: u64,
}

#[derive(Debug)]
struct Ahead {
    place: Place,
    bytes: u64,
    #[expect(dead_code, reason = "it keeps the fetches alive")]
    held: Held,
}

impl ScanReads {
    pub(super) fn new(
        source: Source,
        counters: Arc<Counters>,
        files: Vec<Arc<TableFile>>,
        table: OfTable,
    ) -> Self {
        Self {
            planned: files.iter().map(|_| OnceLock::new()).collect(),
            source,
            counters,
            files,
            table,
            share: OnceLock::new(),
            shape: OnceLock::new(),
            state: Mutex::default(),
            moved: Arc::default(),
            task: OnceLock::new(),
        }
    }

    /// Tells the scan what it is going to read. It is in one plan only: nobody has told it before.
    pub(crate) fn set_shape(&self, shape: Arc<ScanShape>) {
        let _ = self.shape.set(shape);
    }

    pub(crate) fn shape(&self) -> Option<&ScanShape> {
        self.shape.get().map(AsRef::as_ref)
    }

    /// Narrows the scan to a share of the table's row groups, before it begins.
    pub(crate) fn set_share(&self, share: Share) {
        let _ = self.share.set(share);
    }

    /// Whether a row group of a file, by its index there, is read here.
    pub(crate) fn is_of_share(&self, file: usize, row_group: usize) -> bool {
        self.share
            .get()
            .is_none_or(|share| share.has(self.ordinal(file, row_group)))
    }

    /// The place of a row group among those of the table.
    pub(crate) fn ordinal(&self, file: usize, row_group: usize) -> u64 {
        self.table
            .first_ordinals
            .get(file)
            .map_or(0, |first| first + row_group as u64)
    }

    /// What a file's footer left to read, once it has been read.
    pub(crate) fn planned(&self, file: usize) -> Option<&Arc<FileReads>> {
        self.planned.get(file)?.get()
    }

    /// The footer of a file; with it the file's reads are known.
    pub(crate) async fn footer(&self, index: usize) -> Result<ReadFooter, Failure> {
        let (footer, was_known) = self.files[index].footer(&self.source, &self.counters).await?;
        self.plan(index, &footer, was_known);
        Ok(footer)
    }

    fn plan(&self, index: usize, footer: &ReadFooter, was_known: bool) {
        let Some(shape) = self.shape.get() else {
            return;
        };
        self.planned[index].get_or_init(|| {
            self.counters
                .add_cache_hit(if was_known { footer.bytes } else { 0 });
            let reads = self.reads_of(shape, index, footer, shape.limit);
            for group in &reads.groups {
                if self.is_of_share(index, group.index) {
                    let cost = self.source.io.cost(&self.files[index].object, &group.all());
                    self.counters.add_estimated(cost.bytes);
                }
            }
            Arc::new(reads)
        });
    }

    /// What is to be read of a file now, with the columns that are kept decoded left out.
    pub(super) fn reads_of(
        &self,
        shape: &ScanShape,
        index: usize,
        footer: &ReadFooter,
        limit: Option<usize>,
    ) -> FileReads {
        let is_of_share = |group| self.is_of_share(index, group);
        let is_kept = |group, root| {
            self.source
                .columns
                .has(&ColumnKey::new(&self.files[index].object, group, root))
        };
        let constants = shape.constants(&self.files[index]);
        let file = FileOfReads {
            footer,
            constants: &constants,
            is_of_share: &is_of_share,
            is_kept: &is_kept,
        };
        FileReads::new(shape, &file, limit)
    }

    /// Notes that the scan has come to a row group, by its place among those planned.
    pub(crate) fn arrive(self: &Arc<Self>, file: usize, group: usize) {
        self.move_to((file, group), false);
        self.keep_ahead();
    }

    /// The bloom filters of a file that may be looked at; they come together.
    pub(crate) fn bloom_filters(&self, file: usize) -> &[Range<u64>] {
        self.planned(file)
            .map_or(&[], |planned| planned.bloom_filters.as_slice())
    }

    /// Starts what a reader asks for, and what had better come with it.
    pub(crate) fn start(self: &Arc<Self>, index: usize, asked: &[Range<u64>]) -> Result<Held, Failure> {
        let planned = self.planned[index].get().cloned();
        let first = asked.first().map_or(0, |range| range.start);
        let group = planned.as_ref().and_then(|planned| {
            let groups = planned.groups.iter().enumerate();
            groups.into_iter().find(|(_, group)| group.span.contains(&first))
        });
        let along = match (&planned, group) {
            (_, Some((_, group))) => self.along(group, asked),
            (Some(planned), None) if planned.bloom_filters.iter().any(|range| range.contains(&first)) => {
                planned.bloom_filters.clone()
            }
            _ => Vec::new(),
        };
        let held = self.source.io.start(&Read {
            object: &self.files[index].object,
            asked,
            along: &along,
            urgency: Urgency::Now,
            counters: &self.counters,
        })?;
        if let Some((group, _)) = group {
            self.move_to((index, group), !held.is_cached());
            self.keep_ahead();
        }
        Ok(held)
    }

    /// From the first row group on, the next ones are fetched ahead, unless the scan may end early.
    fn keep_ahead(self: &Arc<Self>) {
        if self.shape.get().is_some_and(|shape| shape.is_settled) {
            self.task
                .get_or_init(|| tokio::spawn(run_ahead(Arc::downgrade(self))).abort_handle());
        }
    }

    /// All columns of the filter together; the others with them where that is cheaper than to wait.
    fn along(&self, group: &GroupReads, asked: &[Range<u64>]) -> Vec<Range<u64>> {
        let is_filter = asked.iter().all(|range| overlap(range, &group.filter) > 0);
        if !is_filter {
            let mut state = self.lock();
            state.rest_bytes_asked += asked.iter().map(|range| overlap(range, &group.rest)).sum::<u64>();
            return Vec::new();
        }
        let mut along = group.filter.clone();
        if self.is_rest_cheap(group) {
            along.extend_from_slice(&group.rest);
        }
        along
    }

    /// Whether the columns that the filter does not look at are worth fetching before it has spoken.
    fn is_rest_cheap(&self, group: &GroupReads) -> bool {
        let is_mostly_asked = {
            let state = self.lock();
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let share = state.rest_bytes_asked as f64 / state.rest_bytes_planned.max(1) as f64;
            share >= MOSTLY_ASKED
        };
        is_mostly_asked || size(&group.rest) <= self.source.io.round_trip_bytes()
    }

    /// Notes that a reader has come to a row group.
    fn move_to(&self, place: Place, is_fetching: bool) {
        let mut state = self.lock();
        match &mut state.at {
            Some((at, fetching)) if *at == place => {
                *fetching |= is_fetching;
                return;
            }
            Some((at, _)) if *at > place => state.is_disordered = true,
            _ => {}
        }
        if let Some((left, was_fetching)) = state.at.replace((place, is_fetching)) {
            self.counters.add_done(!was_fetching);
            if let Some(group) = self.group(left) {
                state.rest_bytes_planned += size(&group.rest);
            }
        }
        while state.ahead.front().is_some_and(|ahead| ahead.place < place) {
            state.ahead.pop_front();
        }
        drop(state);
        self.moved.notify_one();
    }

    /// Counts the last row group, too.
    pub(crate) fn finish(&self) {
        if let Some((_, was_fetching)) = self.lock().at.take() {
            self.counters.add_done(!was_fetching);
        }
    }

    fn group(&self, (file, group): Place) -> Option<&GroupReads> {
        self.planned.get(file)?.get()?.groups.get(group)
    }

    /// Starts a row group ahead of the readers, if there is room for it; `Err` says whether to try again later.
    fn start_ahead(&self, place: Place) -> Result<(), Later> {
        let group = match self.group(place) {
            Some(group) if self.is_of_share(place.0, group.index) => group,
            _ => return Ok(()),
        };
        let (at, ahead_bytes, next) = {
            let state = self.lock();
            if state.is_disordered {
                return Err(Later::Never);
            }
            let bytes: u64 = state.ahead.iter().map(|ahead| ahead.bytes).sum();
            let at = state.at.map(|(at, _)| at);
            (at, bytes, state.ahead.is_empty())
        };
        if at.is_some_and(|at| place <= at) {
            return Ok(());
        }
        let mut wanted = group.filter.clone();
        if group.filter.is_empty() || self.is_rest_cheap(group) {
            wanted.extend_from_slice(&group.rest);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let bytes = size(&wanted);
        if !next && ahead_bytes + bytes > AHEAD_BYTES {
            return Err(Later::WhenMoved);
        }
        let held = self.source.io.start(&Read {
            object: &self.files[place.0].object,
            asked: &[],
            along: &wanted,
            urgency: Urgency::Ahead,
            counters: &self.counters,
        });
        // What is wrong with it is said to the reader that comes there.
        let held = held.map_err(|_| Later::Never)?;
        self.lock().ahead.push_back(Ahead { place, bytes, held });
        Ok(())
    }

    /// The numbers stay usable even if a holder panicked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ScanReads {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

enum Later {
    WhenMoved,
    Never,
}

/// Fetches what comes after the row group that is decoded. Holds the scan only while it looks at it.
async fn run_ahead(scan: Weak<ScanReads>) {
    let Some((moved, files, source, counters)) = scan.upgrade().map(|scan| {
        (
            Arc::clone(&scan.moved),
            scan.files.clone(),
            scan.source.clone(),
            Arc::clone(&scan.counters),
        )
    }) else {
        return;
    };
    let mut footers = stream::iter(files.into_iter().enumerate())
        .map(|(index, file)| {
            let (source, counters) = (source.clone(), Arc::clone(&counters));
            async move { (index, file.footer(&source, &counters).await) }
        })
        .buffered(FOOTERS_AT_ONCE);
    while let Some((file, footer)) = footers.next().await {
        let Ok((footer, was_known)) = footer else {
            return;
        };
        let groups = {
            let Some(scan) = scan.upgrade() else { return };
            scan.plan(file, &footer, was_known);
            scan.planned[file].get().map_or(0, |planned| planned.groups.len())
        };
        for group in 0..groups {
            loop {
                let outcome = match scan.upgrade() {
                    Some(scan) => scan.start_ahead((file, group)),
                    None => return,
                };
                match outcome {
                    Ok(()) => break,
                    Err(Later::WhenMoved) => moved.notified().await,
                    Err(Later::Never) => return,
                }
            }
        }
    }
}

fn overlap(range: &Range<u64>, others: &[Range<u64>]) -> u64 {
    others
        .iter()
        .map(|other| {
            other
                .end
                .min(range.end)
                .saturating_sub(other.start.max(range.start))
        })
        .sum()
}
