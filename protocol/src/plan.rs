//! A plan that ran: its operators, and what each worker did in them.

use serde::{Deserialize, Serialize};

/// An operator and its inputs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanNode {
    /// The operator's name.
    pub operator: String,
    /// What it does, as `EXPLAIN` words it.
    pub detail: String,
    /// What each worker did in it, the lead first; empty where the operator keeps no counts.
    pub work: Vec<Work>,
    /// Its inputs.
    pub inputs: Vec<PlanNode>,
}

/// What one worker did in one operator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The worker: 0 leads.
    pub worker: u32,
    /// Rows given out.
    pub rows: u64,
    /// Time in it, in milliseconds, without its inputs.
    pub elapsed_ms: f64,
    /// Bytes given out or read, where the operator counts them.
    pub bytes: Option<u64>,
    /// Further counts, as `EXPLAIN ANALYZE` words them.
    pub counts: Vec<(String, String)>,
}

impl PlanNode {
    /// Adds the work of another worker in the same plan. False, and nothing added, when it is another plan.
    pub fn add(&mut self, other: Self) -> bool {
        if !self.is_alike(&other) {
            return false;
        }
        self.add_alike(other);
        true
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.operator == other.operator
            && self.inputs.len() == other.inputs.len()
            && self
                .inputs
                .iter()
                .zip(&other.inputs)
                .all(|(own, other)| own.is_alike(other))
    }

    fn add_alike(&mut self, other: Self) {
        self.work.extend(other.work);
        for (own, other) in self.inputs.iter_mut().zip(other.inputs) {
            own.add_alike(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(worker: u32, rows: u64) -> PlanNode {
        let work = vec![Work {
            worker,
            rows,
            ..Work::default()
        }];
        let scan = PlanNode {
            operator: "GoldScan".to_owned(),
            work,
            ..PlanNode::default()
        };
        PlanNode {
            operator: "AggregateExec".to_owned(),
            inputs: vec![scan],
            ..PlanNode::default()
        }
    }

    #[test]
    fn the_work_of_two_workers_in_one_plan_stands_side_by_side() {
        let mut plan = scan(0, 10);
        assert!(plan.add(scan(1, 7)));
        let rows: Vec<_> = plan.inputs[0]
            .work
            .iter()
            .map(|work| (work.worker, work.rows))
            .collect();
        assert_eq!(rows, [(0, 10), (1, 7)]);
    }

    #[test]
    fn the_work_of_another_plan_is_not_mixed_in() {
        let mut plan = scan(0, 10);
        let other = PlanNode {
            operator: "AggregateExec".to_owned(),
            ..PlanNode::default()
        };
        assert!(!plan.add(other));
        assert_eq!(plan, scan(0, 10));
    }
}
