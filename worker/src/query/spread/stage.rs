//! A stage at a peer: the same plan, one subtree of it, over this worker's share.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use protocol::{Failure, FailureKind, Piece, Stage};
use sha2::{Digest, Sha256};

use super::gather::GatherExec;
use super::inputs::put_in;
use super::pieces::encode;
use super::portions;
use crate::failure::from_datafusion;
use crate::scan::Share;

/// What tells one plan from another: all that `EXPLAIN` says of it.
pub(in crate::query) fn fingerprint(plan: &dyn ExecutionPlan) -> u64 {
    let digest = Sha256::digest(displayable(plan).indent(true).to_string());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// A stage that is ready to run.
pub(in crate::query) struct ReadyStage {
    plan: Arc<dyn ExecutionPlan>,
    order: super::gather::Order,
}

impl ReadyStage {
    /// The stage of this worker's plan that the lead means.
    pub(in crate::query) fn find(
        plan: &Arc<dyn ExecutionPlan>,
        stage: &Stage,
        buffers: &[Bytes],
    ) -> Result<Self, Failure> {
        if fingerprint(plan.as_ref()) != stage.plan {
            return Err(differs());
        }
        let failed = |error: DataFusionError| from_datafusion(&error);
        let mut found = None;
        plan.apply(|node| {
            Ok(match node.downcast_ref::<GatherExec>() {
                Some(gather) if gather.number() == stage.number => {
                    found = Some((Arc::clone(gather.input()), gather.order().clone()));
                    TreeNodeRecursion::Stop
                }
                _ => TreeNodeRecursion::Continue,
            })
        })
        .map_err(failed)?;
        let (plan, order) = found.ok_or_else(differs)?;
        let inputs = stage.inputs.iter().map(|input| {
            let stream = usize::try_from(input.index)
                .ok()
                .and_then(|index| buffers.get(index));
            Some((input.number, stream?.clone()))
        });
        let inputs: Option<Vec<_>> = inputs.collect();
        let plan = put_in(plan, &inputs.ok_or_else(differs)?).map_err(failed)?;
        Ok(Self { plan, order })
    }

    /// The plan of the stage.
    pub(in crate::query) fn plan(&self) -> &Arc<dyn ExecutionPlan> {
        &self.plan
    }

    /// Runs it to its end; its pieces go to the sink.
    pub(in crate::query) async fn run(
        &self,
        stage: &Stage,
        context: &Arc<TaskContext>,
        mut sink: mpsc::Sender<(Piece, Vec<u8>)>,
    ) -> Result<()> {
        let share = Share {
            index: stage.share,
            of: stage.shares,
        };
        let schema = self.plan.schema();
        let mut placed = portions::run(&self.plan, &self.order, context, share, stage.portion_ms)?;
        while let Some(next) = placed.next().await {
            let (piece, batch) = next?;
            let stream = encode(&schema, std::slice::from_ref(&batch))?;
            if sink.send((piece, stream)).await.is_err() {
                return Err(DataFusionError::External(Box::new(Failure::cancelled())));
            }
        }
        Ok(())
    }
}

/// The lead does all of it by itself then.
fn differs() -> Failure {
    Failure::new(
        FailureKind::ProtocolMismatch,
        "Two workers of the pool planned a statement differently.",
    )
}
