//! Shares of a stage as one stream.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::spill::get_record_batch_memory_size;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::channel::mpsc;
use futures::stream::{self, BoxStream, SelectAll};
use futures::{SinkExt, StreamExt};

use super::portions::Placed;
use super::together::Glances;

/// Batches of the lead's own share that wait to be taken.
const WAITING_BATCHES: usize = 2;

type Shares = Vec<BoxStream<'static, Result<Placed>>>;

/// Takes all that the shares give, as it comes, and gives it out share by share: the order does not depend on who was
/// faster. Between portions there is something to show.
pub(super) async fn in_turn(
    schema: SchemaRef,
    shares: Shares,
    reservation: MemoryReservation,
    mut glances: Option<Glances>,
) -> Result<SendableRecordBatchStream> {
    let mut taken: Vec<Taken> = shares.iter().map(|_| Taken::default()).collect();
    let mut all: SelectAll<_> = shares
        .into_iter()
        .enumerate()
        .map(|(share, placed)| placed.map(move |placed| (share, placed)).boxed())
        .collect();
    while let Some((share, placed)) = all.next().await {
        let (piece, batch) = placed?;
        reservation.try_grow(get_record_batch_memory_size(&batch))?;
        let taken_of_share = &mut taken[share];
        taken_of_share.batches.push(batch);
        if piece.is_last {
            taken_of_share.whole = taken_of_share.batches.len();
            if let Some(glances) = &mut glances {
                glances.offer(taken.iter().flat_map(Taken::of_whole_portions).cloned().collect());
                // Now is the time to look.
                tokio::task::yield_now().await;
            }
        }
    }
    let batches = taken.into_iter().flat_map(|taken| taken.batches);
    let given = stream::iter(batches.collect::<Vec<_>>()).map(move |batch| {
        reservation.shrink(get_record_batch_memory_size(&batch).min(reservation.size()));
        Ok(batch)
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, given)))
}

/// What one share has given.
#[derive(Default)]
struct Taken {
    batches: Vec<RecordBatch>,
    /// So many of them are of portions that have ended.
    whole: usize,
}

impl Taken {
    fn of_whole_portions(&self) -> &[RecordBatch] {
        &self.batches[..self.whole]
    }
}

/// Puts batches in the order of their row groups. Each share gives its own in order.
pub(super) fn by_row_group(schema: SchemaRef, shares: Shares) -> SendableRecordBatchStream {
    let heads: Vec<(Option<Placed>, _)> = shares.into_iter().map(|share| (None, share)).collect();
    let ordered = stream::try_unfold(heads, |mut heads| async move {
        let mut next = Vec::with_capacity(heads.len());
        for (head, mut share) in heads.drain(..) {
            let head = match head {
                Some(head) => Some(head),
                None => share.next().await.transpose()?,
            };
            if head.is_some() {
                next.push((head, share));
            }
        }
        let place = |(head, _): &(Option<Placed>, _)| head.as_ref().map(|(piece, _)| piece.place);
        let first = (0..next.len()).min_by_key(|index| place(&next[*index]));
        let batch = first.and_then(|first| next[first].0.take());
        Ok(batch.map(|(_, batch)| (batch, next)))
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, ordered))
}

/// The lead's own share, worked on while it waits for the others.
pub(super) fn in_own_task(
    mut share: BoxStream<'static, Result<Placed>>,
) -> BoxStream<'static, Result<Placed>> {
    let (mut sink, batches) = mpsc::channel(WAITING_BATCHES);
    let task = SpawnedTask::spawn(async move {
        while let Some(placed) = share.next().await {
            if sink.send(placed).await.is_err() {
                return;
            }
        }
    });
    let task = Arc::new(task);
    batches
        .inspect(move |_| {
            let _keeps_running = &task;
        })
        .boxed()
}
