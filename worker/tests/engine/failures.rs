//! What goes wrong is told by kind, and nothing wrong is answered.

use std::sync::Arc;

use crate::support::{Store, lake, open, parquet, publish, run};
use futures::StreamExt;
use futures::channel::mpsc;
use protocol::FailureKind;
use worker::engine::Engine;
use worker::io::{DiskIndex, Origin, Span};
use worker::memory::Budgets;
use worker::query::Statement;

#[tokio::test]
async fn a_file_that_changed_under_the_reader_is_stale() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    store
        .etags
        .lock()
        .expect("lock")
        .insert("tables/trips/0.parquet".to_owned(), "\"other\"".to_owned());
    let failure = run(&engine, "SELECT sum(value) FROM trips", None)
        .await
        .expect_err("is stale");
    assert_eq!(failure.kind, FailureKind::StaleSnapshot, "{failure:?}");
}

#[tokio::test]
async fn a_query_on_an_old_snapshot_is_run_again_on_the_new_one() {
    let store = lake(&[(0, 3_000), (3_000, 100)]);
    let engine = open(&store).await;
    engine.describe("trips").await.expect("is there");
    publish(&store, 2, &[(0, 2_000)]);
    let (rows, summary) = run(&engine, "SELECT sum(value) AS s, max(id) AS m FROM trips", None)
        .await
        .expect("runs on the new snapshot");
    assert!(summary.is_of_new_snapshot, "the page has to be told");
    let sum: i64 = (0..2_000).map(|id| id * 31 % 1_009).sum();
    assert!(rows.contains(&format!("| {sum} | 1999 |")), "{rows}");
}

#[tokio::test]
async fn a_file_that_has_gone_with_its_snapshot_is_not_missed() {
    let store = lake(&[(0, 3_000), (3_000, 100)]);
    let engine = open(&store).await;
    engine.describe("trips").await.expect("is there");
    publish(&store, 2, &[(0, 3_100)]);
    store
        .objects
        .lock()
        .expect("lock")
        .remove("tables/trips/1.parquet");
    let (rows, _) = run(
        &engine,
        "SELECT sum(value) AS s FROM trips WHERE id >= 3000",
        None,
    )
    .await
    .expect("runs on the new snapshot");
    let sum: i64 = (3_000..3_100).map(|id| id * 31 % 1_009).sum();
    assert!(rows.contains(&sum.to_string()), "{rows}");
}

#[tokio::test]
async fn rows_that_are_out_are_not_followed_by_rows_of_another_snapshot() {
    let store = lake(&[(0, 3_000), (3_000, 100)]);
    let engine = open(&store).await;
    let (sink, mut batches) = mpsc::channel(0);
    let statement = Statement {
        sql: "SELECT value FROM trips".to_owned(),
        ..Statement::default()
    };
    let query = tokio::spawn(engine.query(statement, Arc::default(), sink));
    batches.next().await.expect("has rows");
    publish(&store, 2, &[(0, 2_000)]);
    engine.clear(protocol::CacheKind::Memory);
    let rest: Vec<_> = batches.collect().await;
    match query.await.expect("does not panic") {
        Err(failure) => assert_eq!(failure.kind, FailureKind::StaleSnapshot, "{failure:?}"),
        Ok(summary) => assert_eq!(summary.rows, 3_100, "what was read ahead, {} batches", rest.len()),
    }
}

#[tokio::test]
async fn every_truncation_of_a_file_is_named_as_corrupt() {
    let whole = parquet(0, 50);
    for length in 1..whole.len() {
        let store = Store::default();
        store.put("x.parquet", whole.slice(..length));
        let engine = store.engine();
        let failure = engine
            .open_files(None, vec![Origin::Url("x.parquet".to_owned())])
            .await
            .expect_err("is truncated");
        assert_eq!(
            failure.kind,
            FailureKind::CorruptFile,
            "{length} bytes: {failure:?}"
        );
    }
}

#[tokio::test]
async fn a_footer_that_claims_more_than_the_file_is_refused_before_it_is_decoded() {
    let mut file = parquet(0, 50).to_vec();
    let length_at = file.len() - 8;
    file[length_at..length_at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let store = Store::default();
    store.put("x.parquet", file);
    let engine = store.engine();
    let failure = engine
        .open_files(None, vec![Origin::Url("x.parquet".to_owned())])
        .await
        .expect_err("is damaged");
    assert_eq!(failure.kind, FailureKind::CorruptFile);
    assert!(failure.message.contains("footer claims"), "{}", failure.message);
}

#[tokio::test]
async fn an_unknown_table_names_the_nearest_and_a_wrong_column_lists_the_right_ones() {
    let store = lake(&[(0, 10)]);
    let engine = open(&store).await;
    let failure = run(&engine, "SELECT * FROM trip", None)
        .await
        .expect_err("is unknown");
    assert_eq!(failure.kind, FailureKind::UnknownTable);
    assert_eq!(failure.hint.as_deref(), Some("Did you mean trips?"));
    let failure = run(&engine, "SELECT town FROM trips", None)
        .await
        .expect_err("is unknown");
    assert_eq!(failure.kind, FailureKind::InvalidQuery);
    assert_eq!(failure.hint.as_deref(), Some("Columns: id, city, value."));
}

#[tokio::test]
async fn statements_that_write_are_refused() {
    let store = lake(&[(0, 10)]);
    let engine = open(&store).await;
    for sql in [
        "DROP TABLE trips",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO trips VALUES (1, 'a', 2)",
        "COPY trips TO 'x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'x'",
    ] {
        let failure = run(&engine, sql, None).await.expect_err("is refused");
        assert_eq!(failure.kind, FailureKind::InvalidQuery, "{sql}");
        assert!(
            failure.message.contains("read-only"),
            "{sql}: {}",
            failure.message
        );
    }
}

#[tokio::test]
async fn what_would_be_answered_wrongly_is_refused_wherever_it_stands() {
    let store = lake(&[(0, 10)]);
    let engine = open(&store).await;
    for (wrong, word) in [
        ("SELECT k FROM a RIGHT JOIN b USING (k)", "USING"),
        ("SELECT k FROM a FULL JOIN b USING (k)", "USING"),
        ("SELECT k FROM (a NATURAL RIGHT JOIN b)", "USING"),
        (
            "SELECT k FROM a UNION (SELECT k FROM a INTERSECT ALL SELECT k FROM b)",
            "INTERSECT ALL",
        ),
        ("SELECT k FROM a EXCEPT ALL SELECT k FROM b", "EXCEPT ALL"),
        ("SELECT id FROM trips TABLESAMPLE (1 PERCENT)", "TABLESAMPLE"),
    ] {
        for sql in [
            format!("WITH a AS (SELECT 1 AS k), b AS (SELECT 2 AS k) {wrong}"),
            format!("WITH a AS (SELECT 1 AS k), b AS (SELECT 2 AS k) SELECT 1 IN ({wrong})"),
            format!("EXPLAIN WITH a AS (SELECT 1 AS k), b AS (SELECT 2 AS k) {wrong}"),
        ] {
            let failure = run(&engine, &sql, None).await.expect_err("is refused");
            assert_eq!(failure.kind, FailureKind::InvalidQuery, "{sql}: {failure:?}");
            assert!(failure.message.contains(word), "{sql}: {}", failure.message);
        }
    }
    let sql = "SELECT k FROM (VALUES (1)) AS a(k) LEFT JOIN (VALUES (2)) AS b(k) USING (k)";
    let (rows, _) = run(&engine, sql, None).await.expect("runs");
    assert!(rows.contains("| 1 |"), "{rows}");
}

#[tokio::test]
async fn an_instant_keeps_its_zone() {
    let engine = open(&lake(&[(0, 10)])).await;
    let sql = "SELECT TIMESTAMPTZ '2001-02-03T04:05:06+02:00' AS t";
    let (rows, summary) = run(&engine, sql, None).await.expect("runs");
    assert_eq!(summary.columns[0].column_type, "timestamptz");
    assert!(rows.contains("2001-02-03T02:05:06Z"), "{rows}");
}

#[tokio::test]
async fn dropping_a_query_gives_up_its_fetches() {
    let lake = lake(&[(0, 3_000)]);
    let (engine, mut requests) = Engine::new(DiskIndex::default(), 1, &Budgets::default()).expect("starts");
    let (sink, _batches) = mpsc::channel(1);
    let opening = tokio::spawn({
        let engine = engine.clone();
        async move { engine.open_lake().await }
    });
    let mut answer_next = async |key: &str| {
        let request = requests.io.next().await.expect("asks");
        assert_eq!(request.origin.display_name(), key);
        let bytes = lake.objects.lock().expect("lock")[key].clone();
        let chunk = worker::io::Chunk {
            total_bytes: bytes.len() as u64,
            bytes,
            etag: None,
            requests: 1,
            timing: None,
        };
        request.reply.send(Ok(chunk)).expect("waits");
    };
    answer_next("catalog.json").await;
    opening.await.expect("does not panic").expect("opens");
    let statement = Statement {
        sql: "SELECT sum(value) FROM trips".to_owned(),
        ..Statement::default()
    };
    let query = tokio::spawn(engine.query(statement, Arc::default(), sink));
    answer_next("manifests/trips/1.json").await;
    let mut pending = requests.io.next().await.expect("asks for the footer");
    assert!(matches!(pending.span, Span::Range(_)));
    query.abort();
    pending.reply.cancellation().await;
    assert!(pending.reply.is_canceled());
}
