//! What is fetched is a contract: for each statement the exact requests.

use std::ops::Range;

use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
use protocol::CacheKind;

use crate::support::{ROWS_PER_GROUP, Store, lake, open, places, run};

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
    engine.clear(CacheKind::Results);
    engine.clear(CacheKind::Memory);
    engine.clear(CacheKind::Columns);
    let (_, summary) = run(&engine, sql, None).await.expect("runs");
    assert_eq!(summary.stats.cache_hit_bytes, footer.end - footer.start);
    assert_eq!(
        ranges(store.take_asked()),
        first[1..],
        "data is read again, the footer is not"
    );
}

#[tokio::test]
async fn the_columns_of_a_row_group_come_together_and_row_groups_that_are_ruled_out_do_not() {
    let store = lake(&[(0, 5_000)]);
    let engine = open(&store).await;
    let sql = "SELECT sum(value) FROM trips WHERE id >= 1500 AND id < 2500 AND city <> 'x'";
    run(&engine, sql, None).await.expect("runs");
    let asked: Vec<_> = store
        .take_asked()
        .into_iter()
        .filter(|(_, range)| range.is_some())
        .collect();
    // The second half of one row group and the first of the next; of the gaps between, the small ones are bridged.
    assert_eq!(
        places(&store, &asked),
        ["footer", "1.id+1.city", "1.value", "2.id", "2.city+2.value"]
    );
}

#[tokio::test]
async fn of_a_row_group_only_the_pages_in_question_are_fetched() {
    let store = lake(&[(0, 5_000)]);
    let engine = open(&store).await;
    let (_, summary) = run(
        &engine,
        "SELECT id, value FROM trips WHERE id BETWEEN 2310 AND 2390",
        None,
    )
    .await
    .expect("runs");
    assert_eq!(summary.rows, 81);
    let asked = store.take_asked();
    let value: u64 = asked
        .iter()
        .filter(|ask| places(&store, std::slice::from_ref(ask)) == ["2.value"])
        .filter_map(|(_, range)| range.clone())
        .map(|range| range.end - range.start)
        .sum();
    assert!(
        (800..900).contains(&value),
        "one page of 100 values of 8 bytes, of ten: {value} of {asked:?}"
    );
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
async fn little_more_is_fetched_than_the_pages_that_statistics_leave() {
    let store = lake(&[(0, 5_000), (5_000, 5_000)]);
    let engine = open(&store).await;
    for (first, last) in [
        (0, 9_999),
        (1_234, 1_250),
        (990, 2_010),
        (4_321, 7_654),
        (9_999, 9_999),
    ] {
        let sql = format!("SELECT sum(value) FROM trips WHERE id BETWEEN {first} AND {last}");
        run(&engine, &sql, None).await.expect("runs");
        let fetched: u64 = store
            .take_asked()
            .iter()
            .filter(|ask| places(&store, std::slice::from_ref(*ask))[0].contains('.'))
            .filter_map(|(_, range)| range.clone())
            .map(|range| range.end - range.start)
            .sum();
        let left = pages_of(&store, first, last, &["id", "value"]);
        assert!(
            left <= fetched && fetched <= left + left / 20,
            "{first} to {last}: {fetched} bytes for pages of {left}"
        );
        engine.clear(CacheKind::Memory);
        engine.clear(CacheKind::Columns);
    }
}

/// Bytes of the pages that hold rows whose `id` lies between these, counted by hand: ids ascend from file to file.
fn pages_of(store: &Store, first: i64, last: i64, columns: &[&str]) -> u64 {
    let mut bytes = 0;
    for (key, file_first) in [("tables/trips/0.parquet", 0), ("tables/trips/1.parquet", 5_000)] {
        let object = store.objects.lock().expect("lock")[key].clone();
        let metadata = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Required)
            .parse_and_finish(&object)
            .expect("parses");
        let indexes = metadata.offset_index().expect("has one");
        for (group, columns_of_group) in indexes.iter().enumerate() {
            let group_first = file_first + i64::try_from(group).expect("fits") * ROWS_PER_GROUP;
            for (column, index) in metadata.row_group(group).columns().iter().zip(columns_of_group) {
                if !columns.contains(&column.column_descr().name()) {
                    continue;
                }
                let pages = index.page_locations();
                for (number, page) in pages.iter().enumerate() {
                    let page_first = group_first + page.first_row_index;
                    let page_last = pages
                        .get(number + 1)
                        .map_or(group_first + ROWS_PER_GROUP, |next| {
                            group_first + next.first_row_index
                        })
                        - 1;
                    if page_first <= last && first <= page_last {
                        bytes += u64::try_from(page.compressed_page_size).expect("fits");
                    }
                }
            }
        }
    }
    bytes
}

#[tokio::test]
async fn a_limit_stops_reading_early() {
    let store = lake(&[(0, 10 * ROWS_PER_GROUP), (10_000, 10 * ROWS_PER_GROUP)]);
    let engine = open(&store).await;
    let footer_end = engine.describe("trips").await.expect("is there").files[0].bytes;
    let (_, summary) = run(&engine, "SELECT * FROM trips", Some(10)).await.expect("runs");
    assert_eq!(summary.rows, 10);
    assert!(summary.truncated);
    let asked = ranges(store.take_asked());
    assert!(
        asked.iter().all(|(key, _)| key == "tables/trips/0.parquet"),
        "{asked:?}"
    );
    assert!(
        asked
            .iter()
            .all(|(_, range)| range.end - range.start < 1_000 || range.end == footer_end),
        "beside the footer the first pages only: {asked:?}"
    );
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

#[tokio::test]
async fn a_top_k_of_sorted_rows_reads_the_row_group_at_that_end() {
    let store = lake(&[(0, 5 * ROWS_PER_GROUP)]);
    let engine = open(&store).await;
    for (order, end) in [("ASC", "0."), ("DESC NULLS LAST", "4.")] {
        engine.clear(CacheKind::Memory);
        engine.clear(CacheKind::Columns);
        store.take_asked();
        let sql = format!("SELECT id, value FROM trips ORDER BY id {order} LIMIT 3");
        let (_, summary) = run(&engine, &sql, None).await.expect("runs");
        assert_eq!(summary.stats.row_groups_pruned, 4, "{order}");
        let data: Vec<String> = places(&store, &store.take_asked())
            .into_iter()
            .filter(|place| place.contains("id") || place.contains("value"))
            .collect();
        assert!(
            !data.is_empty() && data.iter().all(|place| place.starts_with(end)),
            "{order}: {data:?}"
        );
    }
}
