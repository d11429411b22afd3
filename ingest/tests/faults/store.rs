//! A store that fails: each request of a run in turn is spoiled, in each way that there is.

use std::ops::Range;

use crate::bucket::Bucket;
use crate::proxy::Fault;

/// Spoils one request of a run after the other. Returns how many of these runs failed.
async fn spoil_each(fault: Fault) -> usize {
    spoil_each_of(0..usize::MAX, Bucket::start().await, fault).await
}

/// Spares the requests of other numbers.
async fn spoil_each_of(numbers: Range<usize>, mut bucket: Bucket, fault: Fault) -> usize {
    let mut failed = 0;
    for number in numbers {
        let before = bucket.version;
        bucket.proxy.spoil(number, fault);
        let outcome = bucket.publish().await;
        if bucket.proxy.seen() <= number {
            assert!(number >= 8, "a run makes more requests than {number}");
            break;
        }
        failed += usize::from(outcome.is_err());
        let spoiled = format!("request {number} {fault:?}");
        bucket.assert_survived(before, outcome, &spoiled).await;
    }
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_refused_is_made_again() {
    assert_eq!(spoil_each(Fault::Refused(500)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_too_early_is_made_again() {
    assert_eq!(spoil_each(Fault::Refused(503)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_connection_is_dropped_is_made_again() {
    assert_eq!(spoil_each(Fault::Dropped).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_answer_gets_lost_counts_once() {
    assert_eq!(spoil_each(Fault::Unanswered).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_succeeded_and_seems_to_have_failed_counts_once() {
    assert_eq!(spoil_each(Fault::Misreported(500)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_changes_nothing() {
    assert_eq!(spoil_each(Fault::Late).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_request_leaves_no_torn_object() {
    assert_eq!(spoil_each(Fault::Torn).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_large_file_survive_lost_answers() {
    let mut bucket = Bucket::empty("").await;
    bucket.is_large = true;
    bucket.publish().await.expect("published");
    let entry = bucket.lake.catalog().expect("published").tables.remove(0);
    let bytes = bucket.lake.manifest(&entry).files[0].bytes;
    assert!(bytes > 8 * 1024 * 1024, "{bytes} are no two parts");
    // The first five read what is published; the next ten are of the data files.
    assert_eq!(spoil_each_of(5..15, bucket, Fault::Unanswered).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_from_some_request_on_keeps_the_former_snapshot() {
    let mut bucket = Bucket::start().await;
    for number in 0.. {
        let before = bucket.version;
        bucket.proxy.spoil_from(number, Fault::Refused(403));
        let outcome = bucket.publish().await;
        if bucket.proxy.seen() <= number {
            outcome.expect("nothing was refused");
            break;
        }
        match &outcome {
            Err(_) => assert_eq!(bucket.lake.versions(), [before, before]),
            // After the catalog there is nothing but the report, which no run fails for.
            Ok(told) => assert!(
                told.contains("the report of this run is not written"),
                "request {number}: {told}"
            ),
        }
        let spoiled = format!("refusals from request {number} on");
        bucket.assert_survived(before, outcome, &spoiled).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_rolled_back_and_cleared_like_a_folder() {
    let mut bucket = Bucket::start().await;
    bucket.publish().await.expect("published");
    bucket.ingest(&["rollback"]).await.expect("goes back");
    assert_eq!(bucket.lake.versions(), [1, 1]);
    bucket.lake.write("tables/a/stray.parquet", b"stray");
    bucket
        .ingest(&["gc", "--older-than", "1h"])
        .await
        .expect("clears");
    assert!(
        bucket.lake.objects().contains("tables/a/stray.parquet"),
        "it is young"
    );
    bucket.lake.age();
    bucket
        .ingest(&["gc", "--older-than", "1h"])
        .await
        .expect("clears");
    assert_eq!(bucket.lake.objects(), bucket.lake.assert_whole());
    assert!(!bucket.lake.0.join("gc.lease").exists());
}
