//! What is known is not fetched again, and what is under way is not fetched twice.

use std::ops::Range;

use protocol::{CacheKind, FailureKind};
use worker::engine::Engine;
use worker::io::DiskIndex;
use worker::memory::Budgets;

use crate::support::{Store, lake, open, publish, run};

const BY_CITY: &str = "SELECT city, sum(value) AS s FROM trips GROUP BY city ORDER BY city";

fn data_ranges(store: &Store) -> Vec<(String, Range<u64>)> {
    store
        .take_asked()
        .into_iter()
        .filter_map(|(key, range)| Some((key, range?)))
        .collect()
}

#[tokio::test]
async fn an_identical_question_about_the_same_snapshot_is_answered_from_before() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    let (first, _) = run(&engine, BY_CITY, None).await.expect("runs");
    store.take_asked();
    let (second, summary) = run(&engine, BY_CITY, None).await.expect("runs");
    assert_eq!(second, first);
    assert!(summary.stats.is_cached_result);
    assert_eq!(store.take_asked(), vec![]);
    let (_, limited) = run(&engine, BY_CITY, Some(2)).await.expect("runs");
    assert!(
        !limited.stats.is_cached_result && limited.truncated,
        "with other rows wanted it is another question"
    );
}

#[tokio::test]
async fn a_new_snapshot_is_asked_anew() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    let (before, _) = run(&engine, BY_CITY, None).await.expect("runs");
    publish(&store, 2, &[(0, 2_000)]);
    engine.open_lake().await.expect("opens");
    let (after, summary) = run(&engine, BY_CITY, None).await.expect("runs");
    assert!(!summary.stats.is_cached_result);
    assert_ne!(before, after);
}

#[tokio::test]
async fn chance_and_time_are_asked_anew() {
    let engine = open(&lake(&[(0, 10)])).await;
    for sql in [
        "SELECT random() FROM trips",
        "SELECT count(*) FROM trips WHERE random() < 0.5",
        "SELECT now()",
        "SELECT id FROM trips WHERE value = (SELECT max(value * random()) FROM trips)",
    ] {
        run(&engine, sql, None).await.expect("runs");
        let (_, again) = run(&engine, sql, None).await.expect("runs");
        assert!(!again.stats.is_cached_result, "{sql}");
    }
}

#[tokio::test]
async fn another_question_about_the_same_columns_fetches_nothing() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    let (_, first) = run(&engine, BY_CITY, None).await.expect("runs");
    let fetched = data_ranges(&store);
    assert!(first.stats.bytes_fetched > 0 && first.stats.row_groups_cached == 0);
    let (_, second) = run(&engine, "SELECT count(city), max(value) FROM trips", None)
        .await
        .expect("runs");
    assert_eq!(data_ranges(&store), vec![]);
    assert_eq!(second.stats.bytes_fetched, 0);
    assert_eq!(second.stats.row_groups_cached, 3);
    assert_eq!(
        second.stats.cache_hit_bytes,
        fetched
            .iter()
            .map(|(_, range)| range.end - range.start)
            .sum::<u64>(),
        "footer and both columns"
    );
}

#[tokio::test]
async fn questions_at_the_same_time_share_their_fetches() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    let (first, second) = tokio::join!(
        run(&engine, BY_CITY, None),
        run(&engine, "SELECT max(value), min(city) FROM trips", None)
    );
    let (first, second) = (first.expect("runs").1, second.expect("runs").1);
    let mut fetched = data_ranges(&store);
    let count = fetched.len();
    fetched.sort_by_key(|(_, range)| range.start);
    fetched.dedup();
    assert_eq!(fetched.len(), count, "nothing is asked for twice: {fetched:?}");
    let bytes: u64 = fetched.iter().map(|(_, range)| range.end - range.start).sum();
    assert_eq!(first.stats.bytes_fetched + second.stats.bytes_fetched, bytes);
}

#[tokio::test]
async fn each_cache_can_be_emptied_by_itself() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    run(&engine, BY_CITY, None).await.expect("runs");
    let all = data_ranges(&store);
    let bytes = |kind| {
        let caches = engine.caches();
        caches
            .into_iter()
            .find(|report| report.cache == kind)
            .expect("is reported")
            .bytes
    };
    for (kind, fetched_after) in [
        (CacheKind::Results, &all[..0]),
        (CacheKind::Footers, &all[..0]),
        (CacheKind::Columns, &all[..0]),
        (CacheKind::Memory, &all[..0]),
        (CacheKind::Columns, &all[1..]),
    ] {
        assert!(bytes(kind) > 0, "{kind:?}");
        engine.clear(kind);
        assert_eq!(bytes(kind), 0, "{kind:?}");
        engine.clear(CacheKind::Results);
        run(&engine, BY_CITY, None).await.expect("runs");
        assert_eq!(data_ranges(&store), fetched_after, "{kind:?}");
    }
}

#[tokio::test]
async fn what_is_on_disk_is_read_from_there_and_only_the_rest_is_fetched() {
    let store = lake(&[(0, 2_000)]);
    let disk = DiskIndex::default();
    let engine = store.engine_with_disk(disk.clone());
    engine.open_lake().await.expect("opens");
    let (expected, _) = run(&engine, BY_CITY, None).await.expect("runs");
    let fetched = data_ranges(&store);
    let file = &engine.describe("trips").await.expect("is there").files[0];
    let name = format!("lake {} v1.0 {}", file.key, file.bytes);
    let (_, on_disk) = &fetched[1];
    disk.add(&name, on_disk.clone());

    let second = store.engine_with_disk(disk);
    second.open_lake().await.expect("opens");
    let (rows, summary) = run(&second, BY_CITY, None).await.expect("runs");
    assert_eq!(rows, expected);
    let refetched = data_ranges(&store);
    assert_eq!(refetched.len(), fetched.len() - 1);
    assert!(refetched.iter().all(|(_, range)| range != on_disk));
    assert_eq!(summary.stats.cache_hit_bytes, on_disk.end - on_disk.start);
}

#[tokio::test]
async fn a_pinned_table_answers_without_a_network() {
    let store = lake(&[(0, 2_000), (2_000, 500)]);
    let disk = DiskIndex::default();
    let engine = store.engine_with_disk(disk.clone());
    engine.open_lake().await.expect("opens");
    let (expected, _) = run(&engine, BY_CITY, None).await.expect("runs");
    let columns = Some(vec!["city".to_owned(), "value".to_owned()]);
    let counters = std::sync::Arc::default();
    let pinned = engine
        .pin("trips".to_owned(), columns, std::sync::Arc::clone(&counters))
        .await
        .expect("is fetched");
    assert_eq!(pinned.disk_names.len(), 2);
    assert_eq!(pinned.manifest_key, "manifests/trips/1.json");
    let progress = counters.progress();
    assert_eq!(progress.bytes_fetched, progress.bytes_estimated);

    store.take_asked();
    let offline = store.engine_with_disk(disk);
    offline.open_lake().await.expect("opens");
    let (rows, summary) = run(&offline, BY_CITY, None).await.expect("runs");
    assert_eq!(rows, expected);
    assert_eq!(summary.stats.requests, 0);
    assert_eq!(data_ranges(&store), vec![]);
    run(&offline, "SELECT sum(id) FROM trips", None)
        .await
        .expect("runs");
    assert!(
        !data_ranges(&store).is_empty(),
        "a column that was not chosen is fetched"
    );
}

#[tokio::test]
async fn caches_give_way_to_a_query_and_only_then_it_fails() {
    let store = lake(&[(0, 60_000)]);
    let budgets = Budgets {
        memory_bytes: 3 << 20,
        ..Budgets::default()
    };
    let engine = store.engine_with(DiskIndex::default(), &budgets);
    engine.open_lake().await.expect("opens");
    let kept = |engine: &Engine| engine.caches().iter().map(|cache| cache.bytes).sum::<u64>();
    let sql = "SELECT max(id), max(city), max(value) FROM trips";
    run(&engine, sql, None).await.expect("runs");
    let before = kept(&engine);
    assert!(before > 1_900_000, "{before}");
    let sql =
        "SELECT id, count(*) AS n FROM trips WHERE id < 30000 GROUP BY id, value ORDER BY n, id LIMIT 1";
    run(&engine, sql, None).await.expect("fits beside smaller caches");
    let sql =
        "SELECT a.city, array_agg(a.id || b.city) FROM trips a JOIN trips b ON a.id = b.id GROUP BY a.city";
    let failure = run(&engine, sql, None).await.expect_err("is more than there is");
    assert_eq!(failure.kind, FailureKind::OutOfMemory, "{failure:?}");
    assert!(failure.message.ends_with("of 3 MiB."), "{}", failure.message);
    assert!(kept(&engine) < before, "what failed had taken all it could");
}

#[tokio::test]
async fn a_column_that_is_not_there_cannot_be_pinned() {
    let engine = open(&lake(&[(0, 10)])).await;
    let columns = Some(vec!["town".to_owned()]);
    let failure = engine
        .pin("trips".to_owned(), columns, std::sync::Arc::default())
        .await
        .expect_err("there is no such column");
    assert!(failure.message.contains("town"), "{failure:?}");
    assert_eq!(failure.hint.as_deref(), Some("Columns: city, id, value."));
}
