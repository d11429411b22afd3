//! A store that fails while new files are merged into a table: each request in turn is spoiled, in each way that there is.

use crate::bucket::Bucket;
use crate::growing::{SOURCE, add_day, days_in, write_models};
use crate::proxy::Fault;

/// Spoils one request of a run after the other; none may cost a run.
async fn spoil_each(fault: Fault) {
    let bucket = Bucket::empty(SOURCE).await;
    let (project, lake) = (&bucket.project, &bucket.lake);
    write_models(project, &["latest"]);
    for day in 0..3 {
        add_day(project, day);
        bucket.ingest(&["run"]).await.expect("published");
    }
    for number in 0.. {
        let day = 3 + number as i64;
        add_day(project, day);
        bucket.proxy.spoil(number, fault);
        let outcome = bucket.ingest(&["run"]).await;
        let requests = bucket.proxy.seen();
        bucket.assert_whole().await;
        let told = outcome.unwrap_or_else(|told| panic!("request {number} {fault:?}: {told}"));
        assert!(told.contains("increment"), "request {number} {fault:?}: {told}");
        assert_eq!(days_in(lake), day + 1, "request {number} {fault:?}: {told}");
        if requests <= number {
            assert!(number >= 11, "a run makes more requests than {number}");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_survives_requests_that_are_refused() {
    spoil_each(Fault::Refused(503)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_survives_connections_that_are_dropped() {
    spoil_each(Fault::Dropped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_whose_answers_get_lost_is_taken_in_once() {
    spoil_each(Fault::Unanswered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_that_seems_to_have_failed_is_taken_in_once() {
    spoil_each(Fault::Misreported(500)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_survives_torn_requests_and_answers() {
    spoil_each(Fault::Torn).await;
}

/// A store that fails for good, from each request on: the new file is taken in as a whole or not at all, and once by the
/// next run.
#[tokio::test(flavor = "multi_thread")]
async fn an_increment_that_a_store_refuses_is_taken_in_by_the_next_run() {
    let bucket = Bucket::empty(SOURCE).await;
    let (project, lake) = (&bucket.project, &bucket.lake);
    write_models(project, &["latest"]);
    add_day(project, 0);
    bucket.ingest(&["run"]).await.expect("published");
    for number in 0.. {
        let day = 1 + number as i64;
        add_day(project, day);
        bucket.proxy.spoil_from(number, Fault::Refused(403));
        let outcome = bucket.ingest(&["run"]).await;
        let requests = bucket.proxy.seen();
        bucket.assert_whole().await;
        match outcome {
            Ok(told) => {
                assert_eq!(days_in(lake), day + 1);
                if requests <= number {
                    return;
                }
                assert!(
                    told.contains("the report of this run is not written"),
                    "request {number}: {told}"
                );
            }
            Err(told) => {
                assert!(told.contains("403 Forbidden"), "request {number}: {told}");
                assert_eq!(days_in(lake), day, "request {number}: {told}");
                bucket.proxy.mend();
                bucket.ingest(&["run"]).await.expect("published");
                assert_eq!(
                    days_in(lake),
                    day + 1,
                    "the run after refusals from request {number} on"
                );
            }
        }
    }
}
