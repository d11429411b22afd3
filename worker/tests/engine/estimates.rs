//! What a query costs is said before it runs, and held to.

use protocol::{CacheKind, Estimate, FailureKind};
use worker::engine::Engine;
use worker::query::Statement;

use crate::support::{Store, lake, open, run};

fn statement(sql: &str) -> Statement {
    Statement {
        sql: sql.to_owned(),
        ..Statement::default()
    }
}

async fn estimate(engine: &Engine, sql: &str) -> Estimate {
    engine.estimate(statement(sql)).await.expect("can be planned")
}

fn three_files() -> Store {
    lake(&[(0, 5_000), (5_000, 5_000), (10_000, 2_500)])
}

#[tokio::test]
async fn the_estimate_is_what_is_then_fetched() {
    for sql in [
        "SELECT sum(value) FROM trips",
        "SELECT city, count(*) FROM trips GROUP BY city",
        "SELECT sum(value) FROM trips WHERE id BETWEEN 4321 AND 7654",
        "SELECT id, value FROM trips WHERE id = 11111",
        "SELECT count(*) FROM trips WHERE city = 'city 3' AND id > 9000",
        "SELECT * FROM trips LIMIT 10",
        "SELECT a.id FROM trips a JOIN trips b ON a.id = b.id WHERE a.id < 1000",
        "SELECT count(*) FROM trips",
        "SELECT 1",
    ] {
        let store = three_files();
        let engine = open(&store).await;
        let estimate = estimate(&engine, sql).await;
        store.take_asked();
        let (_, summary) = run(&engine, sql, None).await.expect("runs");
        assert_eq!(
            (estimate.bytes, estimate.requests),
            (summary.stats.bytes_fetched, summary.stats.requests),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn an_estimate_reads_footers_only_of_files_that_are_not_ruled_out() {
    let store = three_files();
    let engine = open(&store).await;
    engine.describe("trips").await.expect("is there");
    store.take_asked();
    let cost = estimate(&engine, "SELECT sum(value) FROM trips WHERE id < 1500").await;
    let asked = store.take_asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(
        (
            cost.files,
            cost.files_total,
            cost.row_groups,
            cost.row_groups_total
        ),
        (1, 3, 2, 13)
    );
}

#[tokio::test]
async fn what_is_cached_costs_nothing() {
    let engine = open(&three_files()).await;
    let sql = "SELECT sum(value) FROM trips";
    let before = estimate(&engine, sql).await;
    run(&engine, sql, None).await.expect("runs");
    let kept = estimate(&engine, sql).await;
    assert_eq!((kept.bytes, kept.requests), (0, 0));
    engine.clear(CacheKind::Results);
    let in_memory = estimate(&engine, sql).await;
    assert_eq!((in_memory.bytes, in_memory.requests), (0, 0));
    assert_eq!(in_memory.cached_bytes, before.bytes);
}

#[tokio::test]
async fn a_query_above_its_budget_is_refused_before_it_fetches_data() {
    let store = three_files();
    let engine = open(&store).await;
    let sql = "SELECT sum(value) FROM trips";
    let cost = estimate(&engine, sql).await;
    store.take_asked();
    let run_with = |max_bytes| {
        let (sink, batches) = futures::channel::mpsc::channel(100);
        let statement = Statement {
            max_bytes: Some(max_bytes),
            ..statement(sql)
        };
        let query = engine.query(statement, std::sync::Arc::default(), sink);
        async move {
            let outcome = query.await;
            drop(batches);
            outcome
        }
    };
    let failure = run_with(cost.bytes - 1).await.expect_err("is too much");
    assert_eq!(failure.kind, FailureKind::OverBudget, "{failure:?}");
    assert_eq!(store.take_asked(), vec![]);
    run_with(cost.bytes).await.expect("is allowed");
}
