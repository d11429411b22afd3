//! Small batches together, where nobody waits for them.

use std::collections::VecDeque;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::BatchCoalescer;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::run::{Run, Step};

struct Coalesced {
    run: Run,
    small: BatchCoalescer,
    ready: VecDeque<RecordBatch>,
    has_ended: bool,
}

/// The batches of a run, those of a selective filter put together across row groups. What decides what is read next goes
/// out at the end of its row group.
pub(super) fn coalesced(
    run: Run,
    schema: SchemaRef,
    batch_rows: usize,
) -> BoxStream<'static, Result<RecordBatch>> {
    let state = Coalesced {
        run,
        small: BatchCoalescer::new(schema, batch_rows).with_biggest_coalesce_batch_size(Some(batch_rows / 2)),
        ready: VecDeque::new(),
        has_ended: false,
    };
    stream::try_unfold(state, |mut state| async move {
        while state.ready.is_empty() && !state.has_ended {
            match state.run.next().await? {
                Step::Rows(_, batch) => state.small.push_batch(batch)?,
                Step::EndOfGroup if !state.run.is_watched() => {}
                Step::EndOfGroup => state.small.finish_buffered_batch()?,
                Step::End => {
                    state.small.finish_buffered_batch()?;
                    state.has_ended = true;
                }
            }
            while let Some(batch) = state.small.next_completed_batch() {
                state.ready.push_back(batch);
            }
        }
        Ok(state.ready.pop_front().map(|batch| {
            state.run.metrics().baseline.record_output(batch.num_rows());
            (batch, state)
        }))
    })
    .boxed()
}
