//! Brings ranges to the disk, past the cache in memory.

use std::ops::Range;
use std::sync::Arc;

use futures::TryStreamExt;
use futures::stream::{self, StreamExt};
use protocol::Failure;

use super::checks::{check_bounds, checked};
use super::{Chunk, Counters, Io, Keep, Object, Request, Span, Urgency, answered, coalesce, union, without};

/// Requests of this size at most are made to keep an object on disk: none of it stays in memory.
const PIN_REQUEST_BYTES: u64 = 8 * 1024 * 1024;
/// Requests of that kind at once.
const PIN_REQUESTS: usize = 4;

impl Io {
    /// Sees to it that the disk holds these ranges; they do not pass through the cache in memory.
    pub async fn pin(
        &self,
        object: &Arc<Object>,
        ranges: &[Range<u64>],
        counters: &Arc<Counters>,
    ) -> Result<(), Failure> {
        check_bounds(object, ranges)?;
        stream::iter(self.to_pin(object, ranges))
            .map(|range| async move {
                let chunk = self.receive_range(object, range, Keep::Pinned).await?;
                counters.add_fetch(chunk.requests, chunk.bytes.len() as u64);
                Ok(())
            })
            .buffer_unordered(PIN_REQUESTS)
            .try_collect()
            .await
    }

    /// Bytes that [`Self::pin`] would fetch.
    pub fn cost_of_pin(&self, object: &Object, ranges: &[Range<u64>]) -> u64 {
        self.to_pin(object, ranges)
            .iter()
            .map(|range| range.end - range.start)
            .sum()
    }

    fn to_pin(&self, object: &Object, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        let extents = union(&self.extents(object));
        coalesce(ranges, self.link.max_gap_bytes())
            .iter()
            .flat_map(|range| without(range, &extents))
            .flat_map(|range| {
                let end = range.end;
                let step = usize::try_from(PIN_REQUEST_BYTES).unwrap_or(usize::MAX);
                range
                    .step_by(step)
                    .map(move |start| start..end.min(start + PIN_REQUEST_BYTES))
            })
            .collect()
    }

    async fn receive_range(
        &self,
        object: &Arc<Object>,
        range: Range<u64>,
        keep: Keep,
    ) -> Result<Chunk, Failure> {
        let answer = self.ask(Request {
            origin: &object.origin,
            disk_name: object.disk_name(),
            span: Span::Range(range.clone()),
            urgency: Urgency::Ahead,
            keep,
        })?;
        checked(answered(answer).await?, object, &range)
    }
}
