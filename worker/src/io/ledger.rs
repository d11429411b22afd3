//! What is on disk, by whom it was used when, and what gives way.
//!
//! Invariant: [`Ledger`] and the [`DiskIndex`] that it keeps for the asking side say the same. What is pinned is never
//! told to give way. Times are milliseconds of the wall clock: that is what files carry.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use protocol::{CacheKind, CacheUse};

use super::{DiskIndex, ExtentFile, ObjectId, coalesce, union};

/// The files of the disk cache.
#[derive(Debug)]
pub struct Ledger {
    files: HashMap<ObjectId, BTreeMap<u64, Entry>>,
    index: DiskIndex,
    pinned: HashSet<ObjectId>,
    budget_bytes: u64,
    hits: u64,
    misses: u64,
    evictions: u64,
}

#[derive(Debug)]
struct Entry {
    end: u64,
    total_bytes: u64,
    /// None for files of earlier visits, whose age nobody has looked up yet.
    used_ms: Option<f64>,
}

impl Ledger {
    /// An empty ledger that keeps this index.
    pub fn new(index: DiskIndex) -> Self {
        Self {
            files: HashMap::new(),
            index,
            pinned: HashSet::new(),
            budget_bytes: 0,
            hits: 0,
            misses: 0,
            evictions: 0,
        }
    }

    /// Sets what may be held besides what is pinned.
    pub fn set_budget(&mut self, bytes: u64) {
        self.budget_bytes = bytes;
    }

    /// What may be held besides what is pinned.
    pub fn budget_bytes(&self) -> u64 {
        self.budget_bytes
    }

    /// Notes a file; `used_ms` is none for one of an earlier visit. Returns a file that has become superfluous: an
    /// extent that begins at the same place and is shorter.
    pub fn add(&mut self, file: &ExtentFile, used_ms: Option<f64>) -> Option<ExtentFile> {
        let known = self.files.entry(file.object).or_default();
        if known
            .get(&file.extent.start)
            .is_some_and(|entry| entry.end > file.extent.end)
        {
            return Some(file.clone());
        }
        let entry = Entry {
            end: file.extent.end,
            total_bytes: file.total_bytes,
            used_ms,
        };
        let replaced = known.insert(file.extent.start, entry);
        self.index.add(file.object, file.extent.clone());
        replaced
            .map(|entry| entry.file(file.object, file.extent.start))
            .filter(|replaced| replaced != file)
    }

    /// Notes that a file has gone.
    pub fn remove(&mut self, file: &ExtentFile) {
        if let Some(known) = self.files.get_mut(&file.object) {
            known.remove(&file.extent.start);
            if known.is_empty() {
                self.files.remove(&file.object);
            }
        }
        self.index.remove(file.object, file.extent.start);
    }

    /// Takes over what a listing of the folder shows: other tabs write and make room too. Returns superfluous files.
    pub fn reconcile(&mut self, listed: &[ExtentFile]) -> Vec<ExtentFile> {
        let found: HashSet<&ExtentFile> = listed.iter().collect();
        for gone in self
            .all()
            .filter(|file| !found.contains(file))
            .collect::<Vec<_>>()
        {
            self.remove(&gone);
        }
        let new: Vec<&ExtentFile> = listed.iter().filter(|file| !self.knows(file)).collect();
        new.into_iter().filter_map(|file| self.add(file, None)).collect()
    }

    fn knows(&self, file: &ExtentFile) -> bool {
        self.files
            .get(&file.object)
            .and_then(|known| known.get(&file.extent.start))
            .is_some_and(|entry| entry.end == file.extent.end)
    }

    /// The file that holds a range, or with none the file that holds the whole object. Counts the look-up and the use.
    pub fn find(&mut self, object: ObjectId, range: Option<&Range<u64>>, now_ms: f64) -> Option<ExtentFile> {
        let found = self.files.get_mut(&object).and_then(|known| {
            let first = range.map_or(0, |range| range.start);
            known.range_mut(..=first).rev().find_map(|(start, entry)| {
                let file = entry.file(object, *start);
                let holds = range.map_or(file.is_whole(), |range| range.end <= entry.end);
                holds.then(|| {
                    entry.used_ms = Some(now_ms);
                    file
                })
            })
        });
        match found {
            Some(_) => self.hits += 1,
            None => self.misses += 1,
        }
        found
    }

    /// The parts of a range that are in no file yet.
    pub fn missing(&self, object: ObjectId, range: &Range<u64>) -> Vec<Range<u64>> {
        coalesce::without(range, &union(&self.index.extents(object)))
    }

    /// Sets the objects that never give way.
    pub fn set_pinned(&mut self, objects: HashSet<ObjectId>) {
        self.pinned = objects;
    }

    /// Adds one of them.
    pub fn protect(&mut self, object: ObjectId) {
        self.pinned.insert(object);
    }

    /// The files of these objects.
    pub fn files_of(&self, objects: &HashSet<ObjectId>) -> Vec<ExtentFile> {
        self.all().filter(|file| objects.contains(&file.object)).collect()
    }

    /// Files of earlier visits that may give way, and whose age is not known yet.
    pub fn without_age(&self) -> Vec<ExtentFile> {
        self.unpinned()
            .filter(|(_, entry)| entry.used_ms.is_none())
            .map(|(file, _)| file)
            .collect()
    }

    /// Notes when a file of an earlier visit was written, unless it has been used since.
    pub fn set_age(&mut self, file: &ExtentFile, modified_ms: f64) {
        if let Some(entry) = self
            .files
            .get_mut(&file.object)
            .and_then(|known| known.get_mut(&file.extent.start))
        {
            entry.used_ms.get_or_insert(modified_ms);
        }
    }

    /// Bytes by which the budget would be exceeded with so many more.
    pub fn excess_bytes(&self, bytes: u64) -> u64 {
        let allowed = self.budget_bytes.saturating_sub(bytes);
        self.unpinned_bytes().saturating_sub(allowed)
    }

    /// The files, least recently used first, that have to give way so that so many bytes more fit. Counts them as evicted;
    /// they are still to be removed.
    pub fn make_room(&mut self, bytes: u64) -> Vec<ExtentFile> {
        self.evict(self.excess_bytes(bytes))
    }

    /// The files that have to give way when the disk is fuller than was thought: a quarter of what may.
    pub fn make_much_room(&mut self) -> Vec<ExtentFile> {
        let quarter = self.unpinned_bytes().div_ceil(4);
        self.evict(quarter)
    }

    fn evict(&mut self, bytes: u64) -> Vec<ExtentFile> {
        let mut candidates: Vec<(f64, ExtentFile)> = self
            .unpinned()
            .map(|(file, entry)| (entry.used_ms.unwrap_or(0.0), file))
            .collect();
        candidates.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut freed = 0;
        let victims: Vec<ExtentFile> = candidates
            .into_iter()
            .map(|(_, file)| file)
            .take_while(|file| {
                let is_needed = freed < bytes;
                freed += file.bytes();
                is_needed
            })
            .collect();
        self.evictions += victims.len() as u64;
        victims
    }

    /// All files that may give way.
    pub fn clearable(&self) -> Vec<ExtentFile> {
        self.unpinned().map(|(file, _)| file).collect()
    }

    /// How the cache stands, without what is pinned.
    pub fn report(&self) -> CacheUse {
        CacheUse {
            cache: CacheKind::Disk,
            bytes: self.unpinned_bytes(),
            budget_bytes: self.budget_bytes,
            entries: self.unpinned().count() as u64,
            hits: self.hits,
            misses: self.misses,
            evictions: self.evictions,
        }
    }

    fn unpinned_bytes(&self) -> u64 {
        self.unpinned().map(|(file, _)| file.bytes()).sum()
    }

    fn unpinned(&self) -> impl Iterator<Item = (ExtentFile, &Entry)> {
        self.files
            .iter()
            .filter(|(object, _)| !self.pinned.contains(object))
            .flat_map(|(object, known)| {
                known
                    .iter()
                    .map(|(start, entry)| (entry.file(*object, *start), entry))
            })
    }

    fn all(&self) -> impl Iterator<Item = ExtentFile> {
        self.files
            .iter()
            .flat_map(|(object, known)| known.iter().map(|(start, entry)| entry.file(*object, *start)))
    }
}

impl Entry {
    fn file(&self, object: ObjectId, start: u64) -> ExtentFile {
        ExtentFile {
            object,
            extent: start..self.end,
            total_bytes: self.total_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(object: &str, extent: Range<u64>) -> ExtentFile {
        ExtentFile {
            object: ObjectId::from(object),
            extent,
            total_bytes: 100,
        }
    }

    /// A ledger of these files, used in this order.
    fn ledger(files: &[ExtentFile]) -> (Ledger, DiskIndex) {
        let index = DiskIndex::default();
        let mut ledger = Ledger::new(index.clone());
        ledger.set_budget(1_000);
        let mut now_ms = 1_000.0;
        for file in files {
            ledger.add(file, Some(now_ms));
            now_ms += 1.0;
        }
        (ledger, index)
    }

    #[test]
    fn the_asking_side_sees_what_is_there() {
        let (mut ledger, index) = ledger(&[file("a", 0..10), file("a", 20..30)]);
        assert_eq!(index.extents("a"), [0..10, 20..30]);
        ledger.remove(&file("a", 0..10));
        assert_eq!(index.extents("a"), vec![20..30]);
    }

    #[test]
    fn a_range_is_found_in_the_extent_that_holds_all_of_it() {
        let (mut ledger, _) = ledger(&[file("a", 0..50), file("a", 20..30), file("a", 50..60)]);
        let a = ObjectId::from("a");
        assert_eq!(ledger.find(a, Some(&(22..28)), 2.0), Some(file("a", 20..30)));
        assert_eq!(
            ledger.find(a, Some(&(22..40)), 2.0),
            Some(file("a", 0..50)),
            "an overlapping extent of another tab hides nothing"
        );
        assert_eq!(
            ledger.find(a, Some(&(40..55)), 2.0),
            None,
            "no single file holds it"
        );
        assert_eq!(ledger.find(ObjectId::from("b"), Some(&(0..1)), 2.0), None);
        let report = ledger.report();
        assert_eq!((report.hits, report.misses), (2, 2));
    }

    #[test]
    fn a_whole_object_is_found_only_as_such() {
        let (mut ledger, _) = ledger(&[file("part", 0..99), file("whole", 0..100)]);
        assert_eq!(ledger.find(ObjectId::from("part"), None, 2.0), None);
        assert_eq!(
            ledger.find(ObjectId::from("whole"), None, 2.0),
            Some(file("whole", 0..100))
        );
    }

    #[test]
    fn only_what_is_missing_is_written() {
        let (ledger, _) = ledger(&[file("a", 10..20), file("a", 40..50)]);
        let a = ObjectId::from("a");
        assert_eq!(ledger.missing(a, &(0..60)), [0..10, 20..40, 50..60]);
        assert!(ledger.missing(a, &(12..18)).is_empty());
    }

    #[test]
    fn the_shorter_of_two_extents_that_begin_alike_is_superfluous() {
        let (mut ledger, index) = ledger(&[file("a", 0..10)]);
        assert_eq!(ledger.add(&file("a", 0..20), None), Some(file("a", 0..10)));
        assert_eq!(ledger.add(&file("a", 0..5), None), Some(file("a", 0..5)));
        assert_eq!(ledger.add(&file("a", 0..20), None), None, "the same file again");
        assert_eq!(index.extents("a"), vec![0..20]);
    }

    #[test]
    fn what_was_used_least_recently_gives_way_and_no_more_than_needed() {
        let (mut ledger, _) = ledger(&[file("a", 0..40), file("b", 0..40), file("c", 0..40)]);
        ledger.set_budget(130);
        assert!(ledger.make_room(10).is_empty());
        ledger.find(ObjectId::from("a"), Some(&(0..1)), 5_000.0);
        assert_eq!(ledger.make_room(30), [file("b", 0..40)]);
        assert_eq!(ledger.report().evictions, 1);
    }

    #[test]
    fn files_of_earlier_visits_have_the_age_that_they_carry() {
        let (mut ledger, _) = ledger(&[file("new", 0..40)]);
        ledger.add(&file("older", 0..40), None);
        ledger.add(&file("oldest", 0..40), None);
        assert_eq!(ledger.without_age().len(), 2);
        ledger.set_age(&file("older", 0..40), 200.0);
        ledger.set_age(&file("oldest", 0..40), 100.0);
        ledger.set_age(&file("new", 0..40), 1.0);
        assert!(ledger.without_age().is_empty());
        ledger.set_budget(120);
        assert_eq!(ledger.make_room(40), [file("oldest", 0..40)]);
        assert_eq!(
            ledger.make_room(80),
            [file("oldest", 0..40), file("older", 0..40)]
        );
    }

    #[test]
    fn what_is_pinned_neither_counts_nor_gives_way() {
        let (mut ledger, _) = ledger(&[file("pinned", 0..90), file("a", 0..40)]);
        ledger.set_pinned(HashSet::from([ObjectId::from("pinned")]));
        ledger.set_budget(50);
        assert!(ledger.make_room(10).is_empty());
        assert_eq!(ledger.make_room(1_000), [file("a", 0..40)]);
        assert_eq!(ledger.make_much_room(), [file("a", 0..40)]);
        assert_eq!(ledger.clearable(), [file("a", 0..40)]);
        let report = ledger.report();
        assert_eq!((report.bytes, report.entries), (40, 1));
    }

    #[test]
    fn a_listing_is_taken_over() {
        let (mut ledger, index) = ledger(&[file("a", 0..10), file("b", 0..10)]);
        let superfluous = ledger.reconcile(&[file("b", 0..10), file("c", 5..9), file("b", 0..4)]);
        assert_eq!(superfluous, [file("b", 0..4)]);
        assert!(index.extents("a").is_empty());
        assert_eq!(index.extents("b"), vec![0..10]);
        assert_eq!(index.extents("c"), vec![5..9]);
        assert!(
            ledger.without_age() == [file("c", 5..9)],
            "what is known keeps its age"
        );
    }
}
