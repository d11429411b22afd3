//! What the operators of a plan did, as figures that can be shown in rows.

use protocol::{PlanNode, Work};

/// An operator of a plan, with what all workers did in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// Its name.
    pub name: String,
    /// What it does.
    pub detail: String,
    /// How many operators above it have several inputs.
    pub depth: usize,
    /// Time of all workers, in milliseconds; 0 where it is not counted.
    pub elapsed_ms: f64,
    /// Its part of the time in all operators, from 0 to 1.
    pub share: f64,
    /// Rows given out, where they are counted.
    pub rows: Option<u64>,
    /// Bytes given out or read, where they are counted.
    pub bytes: Option<u64>,
    /// What each worker did.
    pub work: Vec<Work>,
}

/// The operators from the result down to the scans: an operator stands above its inputs.
pub fn operators(plan: &PlanNode) -> Vec<Operator> {
    let mut operators = Vec::new();
    collect(plan, 0, &mut operators);
    let total_ms = sum_ms(&operators);
    if total_ms > 0.0 {
        for operator in &mut operators {
            operator.share = operator.elapsed_ms / total_ms;
        }
    }
    operators
}

/// Time of all operators, in milliseconds.
pub fn sum_ms(operators: &[Operator]) -> f64 {
    operators
        .iter()
        .fold(0.0, |sum, operator| sum + operator.elapsed_ms)
}

fn collect(node: &PlanNode, depth: usize, operators: &mut Vec<Operator>) {
    let counted = |bytes: fn(&Work) -> Option<u64>| {
        let known: Vec<u64> = node.work.iter().filter_map(bytes).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    };
    operators.push(Operator {
        name: node.operator.clone(),
        detail: node.detail.clone(),
        depth,
        elapsed_ms: node.work.iter().fold(0.0, |sum, work| sum + work.elapsed_ms),
        share: 0.0,
        rows: counted(|work| Some(work.rows)),
        bytes: counted(|work| work.bytes),
        work: node.work.clone(),
    });
    // A line of operators is not indented: a plan is deep, a screen is narrow.
    let depth = depth + usize::from(node.inputs.len() > 1);
    for input in &node.inputs {
        collect(input, depth, operators);
    }
}

/// Which worker, as people count them.
pub fn worker_name(worker: u32) -> String {
    match worker {
        0 => "1 (leads)".to_owned(),
        other => (other + 1).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(operator: &str, work: &[(u64, f64, Option<u64>)], inputs: Vec<PlanNode>) -> PlanNode {
        let work = (0..).zip(work).map(|(worker, (rows, elapsed_ms, bytes))| Work {
            worker,
            rows: *rows,
            elapsed_ms: *elapsed_ms,
            bytes: *bytes,
            counts: Vec::new(),
        });
        PlanNode {
            operator: operator.to_owned(),
            detail: String::new(),
            work: work.collect(),
            inputs,
        }
    }

    #[test]
    fn shares_are_of_the_time_of_all_workers_in_all_operators() {
        let scan = node(
            "GoldScan",
            &[(10, 6.0, Some(100)), (20, 3.0, Some(50))],
            Vec::new(),
        );
        let plan = node("AggregateExec", &[(1, 1.0, None)], vec![scan]);
        let [aggregate, scan] = &operators(&plan)[..] else {
            panic!("two operators");
        };
        assert!((aggregate.share - 0.1).abs() < 1e-9 && (scan.share - 0.9).abs() < 1e-9);
        assert_eq!((scan.rows, scan.bytes), (Some(30), Some(150)));
        assert_eq!((aggregate.rows, aggregate.bytes), (Some(1), None));
    }

    #[test]
    fn only_inputs_of_a_join_are_indented() {
        let side = |name| node("Filter", &[], vec![node(name, &[], Vec::new())]);
        let plan = node("Sort", &[], vec![node("Join", &[], vec![side("a"), side("b")])]);
        let shown = operators(&plan);
        let depths: Vec<_> = shown
            .iter()
            .map(|operator| (operator.name.as_str(), operator.depth))
            .collect();
        assert_eq!(
            depths,
            [
                ("Sort", 0),
                ("Join", 0),
                ("Filter", 1),
                ("a", 1),
                ("Filter", 1),
                ("b", 1)
            ]
        );
        assert_eq!(shown[0].rows, None, "nothing was counted");
        assert!(shown.iter().all(|operator| operator.share == 0.0));
    }

    #[test]
    fn workers_are_counted_from_one() {
        assert_eq!([0, 1].map(worker_name), ["1 (leads)", "2"]);
    }
}
