//! A whole result, and what is told before it.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::ipc::writer::StreamWriter;
use protocol::{ResultColumn, Seen};

use super::super::answer::collect;
use super::super::{Answer, News};
use super::*;
use crate::result::Cell as Value;

fn payload(sum: i64) -> Vec<u8> {
    let sums = Arc::new(Int64Array::from(vec![sum]));
    let batch = RecordBatch::try_from_iter([("sum", sums as _)]).expect("one column");
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("writes");
    writer.write(&batch).expect("writes");
    writer.into_inner().expect("writes")
}

fn seen(rows: u64) -> Seen {
    Seen {
        rows,
        rows_total: 100,
    }
}

/// Begins a query that tells what it hears, and comes to this.
fn begin(workers: &Workers, engine: &Engine<File>) -> (LocalPool, Heard, Outcome) {
    let (heard, outcome) = (Heard::default(), Outcome::default());
    let task = {
        let (engine, heard, outcome) = (engine.clone(), Rc::clone(&heard), Rc::clone(&outcome));
        async move {
            let query = Query {
                sql: "sum".to_owned(),
                ..Query::default()
            };
            let came = collect(&engine, query, |news| {
                if let News::Partial(partial) = news {
                    heard
                        .borrow_mut()
                        .push((partial.seen.rows, partial.table.cell(0, 0)));
                }
            })
            .await;
            outcome.replace(Some(came));
        }
    };
    let mut pool = LocalPool::new();
    pool.spawner().spawn_local(task).expect("spawns");
    pool.run_until_stalled();
    assert_eq!(workers.busy_with.borrow().len(), 1);
    (pool, heard, outcome)
}

type Heard = Rc<RefCell<Vec<(u64, Value)>>>;
type Outcome = Rc<RefCell<Option<Result<Answer, Failure>>>>;

#[test]
fn intermediate_answers_are_told_and_are_no_part_of_the_answer() {
    let workers = Workers::default();
    let (engine, _) = engine(&workers);
    let (mut pool, heard, outcome) = begin(&workers, &engine);
    let busy = workers.busy_with.borrow_mut().remove(0);
    busy.responder.partial(seen(42), payload(1));
    busy.responder.partial(seen(84), payload(2));
    pool.run_until_stalled();
    assert_eq!(
        *heard.borrow(),
        [(42, Value::Integer(1)), (84, Value::Integer(2))]
    );
    futures::executor::block_on(busy.responder.batch(1, payload(3))).expect("has credit");
    let Reply::Summary(mut summary) = summary() else {
        panic!("is a summary");
    };
    summary.columns = vec![ResultColumn {
        name: "sum".to_owned(),
        column_type: "int64".to_owned(),
    }];
    busy.responder.finish(Ok(Reply::Summary(summary)));
    pool.run_until_stalled();
    let outcome = outcome.take().expect("has ended");
    let table = outcome.map(|answer| answer.table).expect("is answered");
    assert_eq!((table.row_count(), table.cell(0, 0)), (1, Value::Integer(3)));
}

#[test]
fn a_query_that_had_an_intermediate_answer_only_is_answered_by_the_next_worker() {
    let workers = Workers::default();
    let (engine, _) = engine(&workers);
    let (mut pool, heard, outcome) = begin(&workers, &engine);
    workers.busy_with.borrow()[0]
        .responder
        .partial(seen(42), payload(1));
    pool.run_until_stalled();
    workers.kill_newest();
    pool.run_until_stalled();
    assert!(outcome.borrow().is_none(), "it is asked again");
    workers.busy_with.borrow()[1]
        .responder
        .partial(seen(10), payload(1));
    workers.answer_oldest();
    workers.answer_oldest();
    pool.run_until_stalled();
    assert!(matches!(*outcome.borrow(), Some(Ok(_))));
    let rows_seen: Vec<u64> = heard.borrow().iter().map(|(rows, _)| *rows).collect();
    assert_eq!(rows_seen, [42, 10], "it begins anew");
}
