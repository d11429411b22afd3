//! The operator at which a plan is cut: below it every worker works on its share, above it the lead goes on.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, internal_err};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::sorts::streaming_merge::StreamingMergeBuilder;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PhysicalExpr,
    PlanProperties, SendableRecordBatchStream,
};
use futures::stream::{BoxStream, SelectAll};
use futures::{StreamExt, TryStreamExt, stream};

use super::inputs;
use super::merge::{by_row_group, in_own_task, in_turn};
use super::portions::{self, Placed};
use super::together::{Ask, Together};
use crate::scan::Share;

/// How the shares of a stage come together.
#[derive(Debug, Clone)]
pub(super) enum Order {
    /// The first share's batches, then the second's, ...: the sums of an aggregate, in an order that does not depend on
    /// who is faster.
    InTurn,
    /// In the order of the row groups that they are of.
    ByRowGroup,
    /// As they come: rows of no order.
    AsTheyCome,
    /// Sorted shares are merged, up to so many rows.
    Merged {
        ordering: LexOrdering,
        fetch: Option<usize>,
    },
}

/// The operator. Its input is a stage, with one partition.
#[derive(Debug)]
pub(in crate::query) struct GatherExec {
    number: u32,
    input: Arc<dyn ExecutionPlan>,
    order: Order,
    shares: u32,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl GatherExec {
    pub(super) fn new(number: u32, input: Arc<dyn ExecutionPlan>, order: Order, shares: u32) -> Self {
        let mut equivalences = input.equivalence_properties().clone();
        if !matches!(order, Order::Merged { .. }) {
            equivalences.clear_orderings();
        }
        let properties = PlanProperties::new(
            equivalences,
            Partitioning::UnknownPartitioning(1),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self {
            number,
            input,
            order,
            shares,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    pub(in crate::query) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn order(&self) -> &Order {
        &self.order
    }

    pub(super) fn input(&self) -> &Arc<dyn ExecutionPlan> {
        &self.input
    }
}

impl DisplayAs for GatherExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, shares, .. } = self;
        write!(f, "GatherExec: stage={number}, workers={shares}, ")?;
        match &self.order {
            Order::InTurn => f.write_str("order=by worker"),
            Order::ByRowGroup => f.write_str("order=by row group"),
            Order::AsTheyCome => f.write_str("order=as they come"),
            Order::Merged { ordering, fetch } => {
                write!(f, "order=[{ordering}]")?;
                fetch.map_or(Ok(()), |fetch| write!(f, ", fetch={fetch}"))
            }
        }
    }
}

impl ExecutionPlan for GatherExec {
    fn name(&self) -> &'static str {
        "GatherExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![matches!(self.order, Order::Merged { .. })]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) if input.output_partitioning().partition_count() == 1 => Ok(Arc::new(
                Self::new(self.number, input, self.order.clone(), self.shares),
            )),
            _ => internal_err!("GatherExec has one input of one partition"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(together) = context.session_config().get_extension::<Together>() else {
            return internal_err!("a stage was asked to gather by itself");
        };
        let gathering = Gathering {
            number: self.number,
            input: Arc::clone(&self.input),
            order: self.order.clone(),
            shares: self.shares,
            context,
            together,
        };
        let counted = BaselineMetrics::new(&self.metrics, partition);
        let gathered = stream::once(gathering.begin())
            .try_flatten()
            .inspect_ok(move |batch| counted.record_output(batch.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), gathered)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        inputs
            .first()
            .map(Arc::clone)
            .ok_or_else(|| DataFusionError::Internal("GatherExec has one input".to_owned()))
    }

    fn child_stats_requests(&self, _: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(None)]
    }

    fn fetch(&self) -> Option<usize> {
        match &self.order {
            Order::Merged { fetch, .. } => *fetch,
            Order::InTurn | Order::ByRowGroup | Order::AsTheyCome => None,
        }
    }
}

/// One execution of the operator.
struct Gathering {
    number: u32,
    input: Arc<dyn ExecutionPlan>,
    order: Order,
    shares: u32,
    context: Arc<TaskContext>,
    together: Arc<Together>,
}

impl Gathering {
    async fn begin(self) -> Result<SendableRecordBatchStream> {
        let schema = self.input.schema();
        // What other stages give is worked out once, and every worker gets it.
        let (plan, inputs) = inputs::work_out(Arc::clone(&self.input), &self.context).await?;
        let portion_ms = self.together.portion_ms(self.input.as_ref());
        let ask = Ask {
            number: self.number,
            shares: self.shares,
            plan: &plan,
            portion_ms,
            inputs: &inputs,
        };
        let asked = (1..self.shares)
            .map(|peer| self.together.ask(peer, ask))
            .collect::<Result<Vec<_>>>()?;
        let mut peers = Vec::with_capacity(asked.len());
        for (peer, told) in asked {
            // Were the lead to compute at once, the message would wait for it.
            let _ = told.await;
            peers.push(peer);
        }
        let own = Share {
            index: 0,
            of: self.shares,
        };
        let own = portions::run(&plan, &self.order, &self.context, own, portion_ms)?;
        match self.order {
            Order::InTurn => {
                let all = std::iter::once(own).chain(peers).collect();
                let reservation = MemoryConsumer::new("GatherExec").register(self.context.memory_pool());
                let glances = self.together.glances(self.number);
                in_turn(schema, all, reservation, glances).await
            }
            Order::ByRowGroup => {
                let all = std::iter::once(in_own_task(own)).chain(peers).collect();
                Ok(by_row_group(schema, all))
            }
            Order::AsTheyCome => {
                let all: SelectAll<_> = std::iter::once(in_own_task(own)).chain(peers).collect();
                Ok(without_places(&schema, all.boxed()))
            }
            Order::Merged { ordering, fetch } => {
                let streams = std::iter::once(in_own_task(own))
                    .chain(peers)
                    .map(|placed| without_places(&schema, placed))
                    .collect();
                let reservation = MemoryConsumer::new("GatherExec").register(self.context.memory_pool());
                StreamingMergeBuilder::new()
                    .with_streams(streams)
                    .with_schema(schema)
                    .with_expressions(&ordering)
                    .with_metrics(BaselineMetrics::new(&ExecutionPlanMetricsSet::new(), 0))
                    .with_batch_size(self.context.session_config().batch_size())
                    .with_fetch(fetch)
                    .with_reservation(reservation)
                    .with_round_robin_tie_breaker(false)
                    .build()
            }
        }
    }
}

fn without_places(
    schema: &SchemaRef,
    placed: BoxStream<'static, Result<Placed>>,
) -> SendableRecordBatchStream {
    let batches = placed.map_ok(|(_, batch)| batch);
    Box::pin(RecordBatchStreamAdapter::new(Arc::clone(schema), batches))
}
