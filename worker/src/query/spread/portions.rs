//! One worker's share of a stage: run at once, or portion by portion, so that there is something to show on the way.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::instant::Instant;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, execute_stream};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use protocol::Piece;

use super::gather::Order;
use crate::scan::{GoldScan, Portion, Share};

/// A batch of a stage, and where it belongs.
pub(super) type Placed = (Piece, RecordBatch);

/// Runs a share of a stage's plan.
pub(super) fn run(
    plan: &Arc<dyn ExecutionPlan>,
    order: &Order,
    context: &Arc<TaskContext>,
    share: Share,
    portion_ms: Option<u32>,
) -> Result<BoxStream<'static, Result<Placed>>> {
    if matches!(order, Order::ByRowGroup)
        && let Some(scan) = plan.downcast_ref::<GoldScan>()
    {
        let context = with_extensions(context, share, None);
        let in_order = scan.execute_in_order(&context)?;
        return Ok(in_order
            .map_ok(|(place, batch)| {
                (
                    Piece {
                        place,
                        is_last: false,
                    },
                    batch,
                )
            })
            .boxed());
    }
    match portion_ms.filter(|_| matches!(order, Order::InTurn)) {
        Some(portion_ms) => Ok(in_portions(
            Arc::clone(plan),
            Arc::clone(context),
            share,
            portion_ms,
        )),
        None => {
            let context = with_extensions(context, share, None);
            let whole = execute_stream(Arc::clone(plan), context)?;
            Ok(whole.map_ok(|batch| (Piece::default(), batch)).boxed())
        }
    }
}

/// Runs a plan again and again, each time over the row groups that fit into so much time, until none is left.
fn in_portions(
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    share: Share,
    portion_ms: u32,
) -> BoxStream<'static, Result<Placed>> {
    let portions = stream::try_unfold(0_u64, move |place| {
        let (plan, context) = (Arc::clone(&plan), Arc::clone(&context));
        async move {
            if place > 0 && is_exhausted(plan.as_ref()) {
                return Ok::<_, DataFusionError>(None);
            }
            let until = Instant::now() + Duration::from_millis(u64::from(portion_ms));
            let portion = Portion { until: Some(until) };
            let context = with_extensions(&context, share, Some(portion));
            let batches = execute_stream(plan, context)?;
            Ok(Some((marked(batches, place), place + 1)))
        }
    });
    portions.try_flatten().boxed()
}

/// The batches of a portion, of which the last one says so.
fn marked(batches: SendableRecordBatchStream, place: u64) -> BoxStream<'static, Result<Placed>> {
    let held: Option<RecordBatch> = None;
    stream::try_unfold(
        (batches, held, false),
        move |(mut batches, held, is_over)| async move {
            if is_over {
                return Ok(None);
            }
            let mut held = held;
            loop {
                match batches.try_next().await? {
                    Some(batch) => {
                        if let Some(before) = held.replace(batch) {
                            let piece = Piece {
                                place,
                                is_last: false,
                            };
                            return Ok(Some(((piece, before), (batches, held, false))));
                        }
                    }
                    None => {
                        let piece = Piece { place, is_last: true };
                        return Ok(held.map(|last| ((piece, last), (batches, None, true))));
                    }
                }
            }
        },
    )
    .boxed()
}

fn is_exhausted(plan: &dyn ExecutionPlan) -> bool {
    match plan.downcast_ref::<GoldScan>() {
        Some(scan) => scan.is_exhausted(),
        None => plan
            .children()
            .into_iter()
            .all(|child| is_exhausted(child.as_ref())),
    }
}

/// The context of one execution of a share.
fn with_extensions(context: &TaskContext, share: Share, portion: Option<Portion>) -> Arc<TaskContext> {
    let mut config = context.session_config().clone().with_extension(Arc::new(share));
    if let Some(portion) = portion {
        config.set_extension(Arc::new(portion));
    }
    Arc::new(TaskContext::new(
        context.task_id(),
        context.session_id(),
        config,
        context.scalar_functions().clone(),
        context.higher_order_functions().clone(),
        context.aggregate_functions().clone(),
        context.window_functions().clone(),
        context.runtime_env(),
    ))
}
