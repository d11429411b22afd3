//! What the peers of this worker were given: they need not have it fetched again.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Origin, union, without};

type ByPeer = HashMap<u32, HashMap<Origin, Vec<Range<u64>>>>;

/// Ranges of objects by peer. What a peer has given up since is not known here.
#[derive(Debug, Default)]
pub(super) struct Given {
    by_peer: Mutex<ByPeer>,
}

impl Given {
    /// Notes what a peer got.
    pub(super) fn note(&self, peer: u32, origin: &Origin, range: Range<u64>) {
        let mut by_peer = self.lock();
        let ranges = by_peer
            .entry(peer)
            .or_default()
            .entry(origin.clone())
            .or_default();
        ranges.push(range);
        *ranges = union(ranges);
    }

    /// Forgets what a peer got: it is gone.
    pub(super) fn forget(&self, peer: u32) {
        self.lock().remove(&peer);
    }

    /// Forgets what all peers got.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// The parts of some ranges that no peer has.
    pub(super) fn without(&self, origin: &Origin, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        let by_peer = self.lock();
        let given = by_peer.values().filter_map(|objects| objects.get(origin));
        let given = union(&given.flatten().cloned().collect::<Vec<_>>());
        ranges.iter().flat_map(|range| without(range, &given)).collect()
    }

    /// A holder that panicked may have lost a note: then an estimate is too high.
    fn lock(&self) -> MutexGuard<'_, ByPeer> {
        self.by_peer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_has_is_left_out_until_it_is_gone() {
        let given = Given::default();
        let file = Origin::Lake("a".to_owned());
        given.note(1, &file, 0..10);
        given.note(2, &file, 10..15);
        let wanted = std::slice::from_ref(&(5..20));
        assert_eq!(given.without(&file, wanted), vec![15..20]);
        assert_eq!(given.without(&Origin::Lake("b".to_owned()), wanted), vec![5..20]);
        given.forget(2);
        assert_eq!(given.without(&file, wanted), vec![10..20]);
        given.clear();
        assert_eq!(given.without(&file, wanted), vec![5..20]);
    }
}
