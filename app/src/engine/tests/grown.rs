//! What becomes of a worker that has grown.

use super::*;

/// How many workers were started, and how often the page was told of a restart.
fn started(workers: &Workers, restarts: &Rc<Cell<u32>>) -> (usize, u32) {
    (workers.inboxes.borrow().len(), restarts.get())
}

#[test]
fn a_worker_that_has_grown_is_replaced_quietly_and_the_next_knows_what_it_knew() {
    let workers = Workers::default();
    let (engine, restarts) = engine(&workers);
    open_both(&engine);
    workers.grow_newest();
    assert_eq!(started(&workers, &restarts), (2, 0), "no notice of a crash");
    futures::executor::block_on(describe(&engine, "guessed")).expect("answers");
    assert_eq!(
        workers.asked.borrow()[1],
        [
            "lake",
            "guessed: bytes of a https://b/?signature",
            "describe guessed"
        ]
    );
}

#[test]
fn calls_that_are_open_end_before_their_worker_is_replaced() {
    let workers = Workers::default();
    let (engine, restarts) = engine(&workers);
    let (mut first, mut second) = (query(&engine, "first"), query(&engine, "second"));
    assert!(first.next().now_or_never().is_none() && second.next().now_or_never().is_none());
    workers.grow_newest();
    assert_eq!(started(&workers, &restarts), (1, 0));
    workers.answer_oldest();
    assert_eq!(started(&workers, &restarts), (1, 0));
    workers.answer_oldest();
    assert_eq!(started(&workers, &restarts), (2, 0));
    assert!(futures::executor::block_on(first.end()).is_ok());
    assert!(futures::executor::block_on(second.end()).is_ok());
    assert_eq!(workers.asked.borrow()[1], [""; 0], "nothing is asked twice");
}

#[test]
fn a_worker_is_replaced_when_the_last_call_that_was_given_up_has_stopped() {
    let workers = Workers::default();
    let (engine, restarts) = engine(&workers);
    give_up(&engine, "SELECT 1");
    let mut other = query(&engine, "SELECT 2");
    assert!(other.next().now_or_never().is_none());
    workers.grow_newest();
    drop(other);
    workers.answer_oldest();
    assert_eq!(started(&workers, &restarts), (2, 0));
}

#[test]
fn a_lake_whose_catalog_has_just_come_is_known_to_the_next_worker() {
    let workers = Workers::default();
    let (engine, restarts) = engine(&workers);
    workers.grows_with_lake.set(true);
    let opening = engine.open_lake(lake(), "https://page/".to_owned());
    futures::executor::block_on(opening).expect("opens");
    assert_eq!(started(&workers, &restarts), (2, 0));
    futures::executor::block_on(describe(&engine, "t")).expect("answers");
    assert_eq!(
        *workers.asked.borrow(),
        [vec!["lake"], vec!["lake", "describe t"]]
    );
}

#[test]
fn the_number_of_workers_that_was_chosen_is_told_to_each_engine() {
    let workers = Workers::default();
    let (engine, restarts) = engine(&workers);
    engine.choose_workers(2);
    engine.choose_workers(4);
    workers.grow_newest();
    workers.kill_newest();
    assert_eq!(
        *workers.asked.borrow(),
        [
            vec!["2 workers", "4 workers"],
            vec!["4 workers"],
            vec!["4 workers"]
        ]
    );
    assert_eq!(started(&workers, &restarts), (3, 1));
}
