//! A plan that ran, for people: its operators and what each worker did in them.

use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};
use datafusion::physical_plan::{ExecutionPlan, displayable};
use protocol::{PlanNode, Work};

use super::spread::{GatherExec, StageWork};

/// The lead's plan, with what its peers did below each cut.
pub(super) fn of_lead(plan: &dyn ExecutionPlan, mut of_peers: Vec<StageWork>) -> PlanNode {
    of_peers.sort_by_key(|work| work.peer);
    tree(plan, 0, &mut of_peers)
}

/// A stage's plan at one worker.
pub(super) fn of_worker(plan: &dyn ExecutionPlan, worker: u32) -> PlanNode {
    tree(plan, worker, &mut Vec::new())
}

fn tree(plan: &dyn ExecutionPlan, worker: u32, of_peers: &mut Vec<StageWork>) -> PlanNode {
    let described = displayable(plan).one_line().to_string();
    let described = described.trim_end();
    let detail = described
        .split_once(": ")
        .map_or("", |(_, detail)| detail)
        .to_owned();
    let mut inputs: Vec<PlanNode> = plan
        .children()
        .into_iter()
        .map(|child| tree(child.as_ref(), worker, of_peers))
        .collect();
    if let (Some(gather), [stage]) = (plan.downcast_ref::<GatherExec>(), inputs.as_mut_slice()) {
        let (own, others): (Vec<_>, _) = std::mem::take(of_peers)
            .into_iter()
            .partition(|work| work.number == gather.number());
        *of_peers = others;
        for work in own {
            // Operators that were put in the place of a result are not alike; their work is left out.
            stage.add(work.plan);
        }
    }
    PlanNode {
        operator: plan.name().to_owned(),
        detail,
        work: plan
            .metrics()
            .map(|metrics| work(&metrics, worker))
            .into_iter()
            .collect(),
        inputs,
    }
}

fn work(metrics: &MetricsSet, worker: u32) -> Work {
    let mut work = Work {
        worker,
        ..Work::default()
    };
    for metric in metrics
        .aggregate_by_name()
        .sorted_for_display()
        .timestamps_removed()
        .iter()
    {
        match metric.value() {
            MetricValue::OutputRows(rows) => work.rows = rows.value() as u64,
            MetricValue::OutputBytes(bytes) => work.bytes = Some(bytes.value() as u64),
            MetricValue::ElapsedCompute(time) => {
                #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a query")]
                let nanoseconds = time.value() as f64;
                work.elapsed_ms = nanoseconds / 1e6;
            }
            other => {
                let value = other.to_string();
                if !matches!(value.as_str(), "0" | "0.0 B" | "1ns" | "0ns") {
                    work.counts.push((other.name().to_owned(), value));
                }
            }
        }
    }
    work
}
