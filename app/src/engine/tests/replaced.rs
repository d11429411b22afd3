//! What becomes of a call whose worker is replaced.

use futures::future::{AbortHandle, abortable};
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{CallItem, Progress};

use super::*;

/// Calls under way in one thread, and what each has come to.
struct Play {
    workers: Workers,
    engine: Engine<File>,
    pool: LocalPool,
    calls: Vec<Call>,
}

/// Which worker sent each batch, and its number there.
type Batches = Rc<RefCell<Vec<(u32, u32)>>>;

type Ends = Rc<RefCell<Vec<Result<(), FailureKind>>>>;

struct Call {
    batches: Batches,
    ends: Ends,
    abort: AbortHandle,
}

impl Call {
    fn end(&self) -> Option<Result<(), FailureKind>> {
        self.ends.borrow().first().copied()
    }
}

impl Play {
    fn new() -> Self {
        let workers = Workers::default();
        let (engine, _) = engine(&workers);
        Self {
            workers,
            engine,
            pool: LocalPool::new(),
            calls: Vec::new(),
        }
    }

    /// Makes a query that is called by its number, and reads all of its answer.
    fn ask(&mut self) {
        let mut asking = query(&self.engine, &self.calls.len().to_string());
        let (batches, ends) = (Batches::default(), Ends::default());
        let (task, abort) = {
            let (batches, ends) = (Rc::clone(&batches), Rc::clone(&ends));
            abortable(async move {
                loop {
                    match asking.next().await {
                        CallItem::Progress(_) | CallItem::Partial(..) | CallItem::Piece(..) => {}
                        CallItem::Batch(bytes) => {
                            let (worker, number) = bytes.split_at(4);
                            let read =
                                |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes"));
                            batches.borrow_mut().push((read(worker), read(number)));
                        }
                        CallItem::Done(outcome) => {
                            let outcome = outcome.map(|_: QuerySummary| ()).map_err(|failure| failure.kind);
                            ends.borrow_mut().push(outcome);
                            return;
                        }
                    }
                }
            })
        };
        let task = async move {
            // Given up: whoever did so knows.
            let _ = task.await;
        };
        self.pool.spawner().spawn_local(task).expect("spawns");
        self.calls.push(Call { batches, ends, abort });
    }

    fn run(&mut self) {
        self.pool.run_until_stalled();
    }

    fn ask_and_run(&mut self) {
        self.ask();
        self.run();
    }

    fn kill_and_run(&mut self) {
        self.workers.kill_newest();
        self.run();
    }

    /// Lets a worker send a batch of a query that it is busy with, if credit allows.
    fn send_batch(&self, index: usize, number: u32) {
        let busy_with = self.workers.busy_with.borrow();
        let busy = &busy_with[index];
        let worker = u32::try_from(busy.worker).expect("few workers");
        let bytes = [worker.to_le_bytes(), number.to_le_bytes()].concat();
        // Without credit nothing is sent now, and later nobody sends it.
        let _ = busy.responder.batch(1, bytes).now_or_never();
    }

    /// How often a query has been sent to a worker.
    fn times_sent(&self, call: usize) -> usize {
        let asked = self.workers.asked.borrow();
        asked
            .iter()
            .flatten()
            .filter(|sql| **sql == call.to_string())
            .count()
    }
}

#[test]
fn a_query_that_had_nothing_yet_is_answered_by_the_next_worker() {
    let mut play = Play::new();
    play.ask_and_run();
    play.workers.busy_with.borrow()[0]
        .responder
        .progress(Progress::default());
    play.kill_and_run();
    assert_eq!(play.workers.asked.borrow()[1], ["0"]);
    play.workers.answer_oldest();
    play.run();
    assert_eq!(
        play.calls[0].end(),
        None,
        "the first worker is not listened to any more"
    );
    play.workers.answer_oldest();
    play.run();
    assert_eq!(play.calls[0].end(), Some(Ok(())));
}

#[test]
fn what_was_open_is_open_again_before_a_query_is_repeated() {
    let mut play = Play::new();
    open_both(&play.engine);
    play.ask_and_run();
    play.kill_and_run();
    let expected = ["lake", "guessed: bytes of a https://b/?signature", "0"];
    assert_eq!(play.workers.asked.borrow()[1], expected);
}

#[test]
fn a_query_whose_rows_have_begun_to_arrive_fails_with_its_worker() {
    let mut play = Play::new();
    play.ask_and_run();
    play.send_batch(0, 0);
    play.kill_and_run();
    assert_eq!(play.calls[0].end(), Some(Err(FailureKind::WorkerLost)));
    assert_eq!(*play.calls[0].batches.borrow(), [(0, 0)]);
    assert_eq!(play.times_sent(0), 1);
}

#[test]
fn a_query_that_kills_its_worker_kills_no_third_one() {
    let mut play = Play::new();
    play.ask_and_run();
    play.kill_and_run();
    play.kill_and_run();
    assert_eq!(play.calls[0].end(), Some(Err(FailureKind::WorkerLost)));
    assert_eq!((play.times_sent(0), play.workers.inboxes.borrow().len()), (2, 3));
}

#[test]
fn a_worker_that_is_stuck_takes_only_what_was_given_up_with_it() {
    let mut play = Play::new();
    play.ask_and_run();
    give_up(&play.engine, "endless");
    let stuck = play.workers.inboxes.borrow()[0].clone();
    stuck.expect_stopped(2);
    play.run();
    assert_eq!(play.workers.asked.borrow()[1], ["0"]);
}

#[test]
fn a_worker_that_never_spoke_is_not_asked_twice() {
    let mut play = Play::new();
    play.kill_and_run();
    play.workers.is_silent.set(true);
    play.kill_and_run();
    play.ask_and_run();
    play.kill_and_run();
    assert_eq!(play.calls[0].end(), Some(Err(FailureKind::WorkerLost)));
    assert_eq!(
        play.workers.inboxes.borrow().len(),
        3,
        "nobody asks again by itself"
    );
}

#[test]
fn files_that_were_being_opened_are_opened_by_the_next_worker() {
    let workers = Workers::default();
    let (engine, _) = engine(&workers);
    let file = Source::Local {
        name: "a.parquet".to_owned(),
        file: "bytes of a",
    };
    workers.is_busy_opening.set(true);
    let mut pool = LocalPool::new();
    let opened = Rc::new(Cell::new(false));
    let (opening, ended) = (engine.clone(), Rc::clone(&opened));
    let task = async move { ended.set(opening.open_files(None, vec![file]).await.is_ok()) };
    pool.spawner().spawn_local(task).expect("spawns");
    pool.run_until_stalled();
    workers.is_busy_opening.set(false);
    workers.kill_newest();
    pool.run_until_stalled();
    assert!(opened.get());
    assert_eq!(workers.asked.borrow()[1], ["guessed: bytes of a"]);
}

#[derive(Debug, Clone)]
enum Step {
    Ask,
    /// A worker, also one that is dead, sends a batch.
    Batch(usize),
    Progress(usize),
    Finish(usize),
    GiveUp(usize),
    Kill,
    Grow,
    Run,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Ask),
        4 => (0..8_usize).prop_map(Step::Batch),
        1 => (0..8_usize).prop_map(Step::Progress),
        3 => (0..8_usize).prop_map(Step::Finish),
        1 => (0..8_usize).prop_map(Step::GiveUp),
        3 => Just(Step::Kill),
        2 => Just(Step::Grow),
        6 => Just(Step::Run),
    ]
}

fn play(steps: &[Step]) -> (Play, Vec<usize>) {
    let mut play = Play::new();
    open_both(&play.engine);
    let mut given_up = Vec::new();
    let mut numbers = std::collections::HashMap::new();
    for step in steps {
        let open = play.workers.busy_with.borrow().len();
        match step {
            Step::Ask => play.ask(),
            Step::Run => play.run(),
            Step::Kill => play.workers.kill_newest(),
            Step::Grow => play.workers.grow_newest(),
            Step::GiveUp(index) if !play.calls.is_empty() => {
                let index = index % play.calls.len();
                if play.calls[index].end().is_none() {
                    play.calls[index].abort.abort();
                    given_up.push(index);
                }
            }
            Step::Batch(index) if open > 0 => {
                let index = index % open;
                let busy = (
                    play.workers.busy_with.borrow()[index].worker,
                    play.workers.busy_with.borrow()[index].sql.clone(),
                );
                let number = numbers.entry(busy).or_insert(0_u32);
                play.send_batch(index, *number);
                *number += 1;
            }
            Step::Progress(index) if open > 0 => {
                let busy_with = play.workers.busy_with.borrow();
                busy_with[index % open].responder.progress(Progress::default());
            }
            Step::Finish(index) if open > 0 => {
                let busy = play.workers.busy_with.borrow_mut().remove(index % open);
                busy.responder.finish(Ok(summary()));
            }
            _ => {}
        }
    }
    play.run();
    while !play.workers.busy_with.borrow().is_empty() {
        play.workers.answer_oldest();
        play.run();
    }
    (play, given_up)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_call_ends_once_whenever_workers_die_or_grow(steps in vec(step(), 0..80)) {
        let (play, given_up) = play(&steps);
        for (index, call) in play.calls.iter().enumerate() {
            let ends = call.ends.borrow().clone();
            if given_up.contains(&index) {
                prop_assert!(ends.is_empty(), "{ends:?}");
                continue;
            }
            prop_assert_eq!(ends.len(), 1);
            let batches = call.batches.borrow().clone();
            let times_sent = play.times_sent(index);
            prop_assert!((1..=2).contains(&times_sent), "sent {times_sent} times");
            // Lost is only what had been given a second chance, or could not be given one.
            prop_assert!(ends[0].is_ok() || times_sent == 2 || !batches.is_empty());
            prop_assert!(batches.iter().all(|(worker, _)| *worker == batches[0].0), "{batches:?}");
            prop_assert!(batches.windows(2).all(|pair| pair[0].1 < pair[1].1), "{batches:?}");
        }
    }
}
