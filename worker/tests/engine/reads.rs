//! What is fetched is a contract: for each statement the exact requests.

use std::ops::Range;

use crate::support::{ROWS_PER_GROUP, lake, open, run};

/// The ranges of data files, without manifest and catalog.
fn ranges(asked: Vec<(String, Option<Range<u64>>)>) -> Vec<(String, Range<u64>)> {
    asked
        .into_iter()
        .filter_map(|(key, range)| Some((key, range?)))
        .collect()
}

#[tokio::test]
async fn opening_a_lake_reads_the_catalog_and_describing_a_table_its_manifest_and_nothing_else() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    assert_eq!(store.take_asked(), vec![("catalog.json".to_owned(), None)]);
    engine.describe("trips").await.expect("is there");
    engine.describe("trips").await.expect("is there");
    assert_eq!(
        store.take_asked(),
        vec![("manifests/trips/1.json".to_owned(), None)]
    );
}

#[tokio::test]
async fn counting_rows_reads_no_data_file() {
    let store = lake(&[(0, 3_000), (3_000, 500)]);
    let engine = open(&store).await;
    let (rows, summary) = run(&engine, "SELECT count(*) AS n, max(id) AS m FROM trips", None)
        .await
        .expect("runs");
    assert!(rows.contains("| 3500 | 3499 |"), "{rows}");
    assert_eq!(ranges(store.take_asked()), vec![]);
    assert_eq!(summary.stats.requests, 0);
}

#[tokio::test]
async fn a_file_that_statistics_rule_out_is_never_touched() {
    let store = lake(&[(0, 2_000), (2_000, 3_000)]);
    let engine = open(&store).await;
    let (rows, summary) = run(
        &engine,
        "SELECT sum(value) AS s FROM trips WHERE id >= 4500",
        None,
    )
    .await
    .expect("runs");
    let expected: i64 = (4_500..5_000).map(|id| id * 31 % 1_009).sum();
    assert!(rows.contains(&expected.to_string()), "{rows}");
    let asked = ranges(store.take_asked());
    assert!(
        asked.iter().all(|(key, _)| key == "tables/trips/1.parquet"),
        "only the second file may be read: {asked:?}"
    );
    assert_eq!(summary.stats.row_groups_total, 5);
    assert_eq!(
        summary.stats.row_groups_pruned, 4,
        "two of the first file, two of the second"
    );
}

#[tokio::test]
async fn the_footer_is_read_once_by_the_range_that_the_manifest_gives() {
    let store = lake(&[(0, 3_000)]);
    let engine = open(&store).await;
    let manifest = engine.describe("trips").await.expect("is there");
    let footer = manifest.files[0].footer.index_offset..manifest.files[0].bytes;
    store.take_asked();
    let sql = "SELECT city, count(*) FROM trips GROUP BY city";
    run(&engine, sql, None).await.expect("runs");
    let first = ranges(store.take_asked());
    assert_eq!(first[0], ("tables/trips/0.parquet".to_owned(), footer.clone()));
    let (_, summary) = run(&engine, sql, None).await.expect("runs");
    assert_eq!(summary.stats.cache_hit_bytes, footer.end - footer.start);
    let second = ranges(store.take_asked());
    assert!(second.iter().all(|(_, range)| *range != footer), "{second:?}");
    assert_eq!(second, first[1..], "data is read again, the footer is not");
}

#[tokio::test]
async fn only_the_columns_and_row_groups_in_question_are_fetched() {
    let store = lake(&[(0, 10 * ROWS_PER_GROUP)]);
    let engine = open(&store).await;
    let manifest = engine.describe("trips").await.expect("is there");
    let (_, summary) = run(
        &engine,
        "SELECT id FROM trips WHERE id BETWEEN 4200 AND 4300",
        None,
    )
    .await
    .expect("runs");
    assert_eq!(summary.rows, 101);
    assert_eq!(summary.stats.row_groups_pruned, 9);
    let data: u64 = ranges(store.take_asked())
        .iter()
        .map(|(_, range)| range.end - range.start)
        .sum();
    let footer_bytes = manifest.files[0].bytes - manifest.files[0].footer.index_offset;
    let one_column_chunk = 12 * u64::try_from(ROWS_PER_GROUP).expect("fits");
    assert!(
        data <= footer_bytes + one_column_chunk,
        "{data} bytes for one column of one row group"
    );
    assert_eq!(summary.stats.bytes_fetched, data);
}

#[tokio::test]
async fn a_limit_stops_reading_early() {
    let store = lake(&[(0, 10 * ROWS_PER_GROUP), (10_000, 10 * ROWS_PER_GROUP)]);
    let engine = open(&store).await;
    let (_, summary) = run(&engine, "SELECT * FROM trips", Some(10)).await.expect("runs");
    assert_eq!(summary.rows, 10);
    assert!(summary.truncated);
    let asked = ranges(store.take_asked());
    assert!(
        asked.iter().all(|(key, _)| key == "tables/trips/0.parquet"),
        "{asked:?}"
    );
    assert!(asked.len() <= 2, "footer and one row group: {asked:?}");
}

#[tokio::test]
async fn listing_the_tables_reads_no_manifest() {
    let store = lake(&[(0, 10)]);
    let engine = open(&store).await;
    store.take_asked();
    let (rows, _) = run(&engine, "SHOW TABLES", None).await.expect("runs");
    assert!(rows.contains("trips"), "{rows}");
    assert_eq!(store.take_asked(), vec![]);
}
