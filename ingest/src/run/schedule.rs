//! Which gold table is made when: several side by side, each after those that it reads.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::plan::Name;

/// Something to make, and what must have been made before.
pub(super) struct Job<T> {
    /// The table.
    pub table: Name,
    /// Tables before which it cannot begin; those that are no jobs do not count.
    pub after: BTreeSet<Name>,
    /// What to make.
    pub work: T,
}

struct Queue<T> {
    waiting: Vec<Job<T>>,
    pending: BTreeSet<Name>,
}

/// Runs the jobs on as many threads as there are workers. `jobs` stand in an order in which each comes after those that
/// it waits for.
pub(super) fn run<T: Send, W: Send>(
    jobs: Vec<Job<T>>,
    workers: Vec<W>,
    work: impl Fn(&mut W, &Name, T) + Sync,
) {
    let queue = Mutex::new(Queue {
        pending: jobs.iter().map(|job| job.table.clone()).collect(),
        waiting: jobs,
    });
    let changed = Condvar::new();
    let next = || {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let is_ready = |job: &Job<T>| job.after.is_disjoint(&queue.pending);
            if let Some(at) = queue.waiting.iter().position(is_ready) {
                return Some(queue.waiting.remove(at));
            }
            if queue.waiting.is_empty() {
                return None;
            }
            queue = changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    };
    let done = |table: &Name| {
        queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pending
            .remove(table);
        changed.notify_all();
    };
    std::thread::scope(|scope| {
        for mut worker in workers {
            let (next, done, work) = (&next, &done, &work);
            scope.spawn(move || {
                while let Some(job) = next() {
                    let finished = Finished(&job.table, done);
                    work(&mut worker, &job.table, job.work);
                    drop(finished);
                }
            });
        }
    });
}

/// Says that a job is done, also when it panics: others would wait for it forever.
struct Finished<'a, F: Fn(&Name)>(&'a Name, &'a F);

impl<F: Fn(&Name)> Drop for Finished<'_, F> {
    fn drop(&mut self) {
        (self.1)(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::Barrier;

    fn name(table: &str) -> Name {
        Name {
            schema: "gold".to_owned(),
            table: table.to_owned(),
        }
    }

    fn job(table: &str, after: &[&str]) -> Job<()> {
        Job {
            table: name(table),
            after: after.iter().map(|table| name(table)).collect(),
            work: (),
        }
    }

    #[test]
    fn a_job_begins_when_those_that_it_waits_for_have_ended() {
        let graph = [
            ("a", &[][..]),
            ("b", &["a", "elsewhere"]),
            ("c", &["a"]),
            ("d", &["b", "c"]),
            ("e", &[]),
        ];
        let ended = Mutex::new(Vec::new());
        let jobs = graph.iter().map(|(table, after)| job(table, after)).collect();
        run(jobs, vec![(), (), ()], |(), table, ()| {
            let ended_before = ended.lock().expect("lock").clone();
            for needed in graph
                .iter()
                .find(|(name, _)| *name == table.table)
                .expect("job")
                .1
            {
                assert!(
                    *needed == "elsewhere" || ended_before.contains(&(*needed).to_owned()),
                    "{table}"
                );
            }
            ended.lock().expect("lock").push(table.table.clone());
        });
        assert_eq!(ended.into_inner().expect("lock").len(), 5);
    }

    #[test]
    fn jobs_that_do_not_wait_for_each_other_run_at_the_same_time() {
        let meet = Barrier::new(2);
        run(vec![job("a", &[]), job("b", &[])], vec![(), ()], |(), _, ()| {
            meet.wait();
        });
    }

    #[test]
    fn each_worker_is_used_by_one_job_at_a_time() {
        let counts = Mutex::new(BTreeMap::new());
        let jobs = (0..50).map(|index| job(&format!("t{index}"), &[])).collect();
        run(jobs, vec![1, 2], |worker: &mut u32, table, ()| {
            *counts.lock().expect("lock").entry(*worker).or_insert(0) += usize::from(!table.table.is_empty());
        });
        assert_eq!(counts.into_inner().expect("lock").values().sum::<usize>(), 50);
    }
}
