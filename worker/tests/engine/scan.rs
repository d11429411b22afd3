//! The scan answers as a naive scan of the same rows would, whether it decodes or finds what it decoded before.

use datafusion::arrow::array::RecordBatch;
use datafusion::physical_plan::collect;

use crate::scan_support::{Both, three_files};

/// Filters of all kinds of columns; the numbers are drawn.
fn filters(seed: u64) -> Vec<String> {
    let mut state = seed;
    let mut draw = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut parts = vec![
        format!("id >= {}", draw(50_000)),
        format!("id BETWEEN {0} AND {0} + {1}", draw(50_000), draw(3_000)),
        format!("id % {} = 3", 5 + draw(4_000)),
        format!("city = 'a city of some length, number {}'", draw(310)),
        format!(
            "city IN ('a city of some length, number {}', 'nowhere')",
            draw(300)
        ),
        format!("city LIKE '%number {}%'", draw(30)),
        "city IS NULL".to_owned(),
        format!("city <> 'a city of some length, number {}'", draw(300)),
        format!("unique < 'row {}'", draw(99)),
        format!("value > {}", draw(7)),
        "value IS NULL".to_owned(),
        "flag".to_owned(),
        "flag IS NOT TRUE".to_owned(),
        format!("price <= {}.50", draw(99)),
        format!("items[1] = {}", draw(50_000)),
        format!("point['x'] > {}", draw(97)),
        format!("point['name'] = 'p{}'", draw(6)),
        "nothing IS NULL".to_owned(),
        "nothing = 1".to_owned(),
        format!("length(unique) + id > {}", draw(50_000)),
    ];
    for _ in 0..8 {
        let pick = |at: u64, parts: &[String]| parts[usize::try_from(at).expect("fits") % 20].clone();
        let (a, b, c) = (
            pick(draw(20), &parts),
            pick(draw(20), &parts),
            pick(draw(20), &parts),
        );
        parts.push(format!("{a} AND {b}"));
        parts.push(format!("({a} OR {b}) AND {c}"));
    }
    parts
}

#[tokio::test]
async fn filtered_rows_are_those_of_a_naive_scan() {
    for with_page_index in [true, false] {
        let both = Both::of(&three_files(), with_page_index).await;
        let step = if with_page_index { 1 } else { 3 };
        for (number, filter) in filters(7).into_iter().enumerate().step_by(step) {
            let shown = [
                "*",
                "id, city",
                "id, point['name'] AS name, items",
                "id, upper(unique) AS u, value * 2 AS v",
            ][number % 4];
            both.agree(&format!("SELECT {shown} FROM t WHERE {filter} ORDER BY id"))
                .await;
            both.agree(&format!(
                "SELECT count(*) AS n, sum(id) AS s, min(city) AS c FROM t WHERE {filter}"
            ))
            .await;
        }
    }
}

#[tokio::test]
async fn groups_windows_and_joins_are_those_of_a_naive_scan() {
    let both = Both::of(&three_files(), true).await;
    for sql in [
        "SELECT city, count(*) AS n, sum(value) AS s, count(distinct flag) AS f FROM t GROUP BY city ORDER BY city",
        "SELECT * FROM t ORDER BY id",
        "SELECT count(*) AS n, count(nothing) AS m FROM t",
        "SELECT a.id, b.city FROM t a JOIN t b ON a.id = b.id * 100 WHERE b.price < 3 ORDER BY a.id, b.city",
        "SELECT id, rank() OVER (PARTITION BY city ORDER BY price, id) AS r FROM t WHERE id < 3000 ORDER BY id",
        "SELECT id FROM t WHERE id IN (SELECT max(id) FROM t GROUP BY city) ORDER BY id",
        "SELECT sum(cardinality(items)) AS n, max(point['x']) AS x FROM t",
    ] {
        both.agree(sql).await;
    }
}

#[tokio::test]
async fn a_top_k_finds_its_rows_in_whatever_order_row_groups_come() {
    let both = Both::of(&three_files(), true).await;
    for order in [
        "id",
        "id DESC",
        "price DESC NULLS LAST, id",
        "unique, id",
        "city DESC NULLS LAST, id DESC",
        "value NULLS FIRST, id",
    ] {
        both.agree(&format!("SELECT id, city, price FROM t ORDER BY {order} LIMIT 7"))
            .await;
        both.agree(&format!("SELECT id FROM t WHERE flag ORDER BY {order} LIMIT 5"))
            .await;
    }
}

#[tokio::test]
async fn a_limit_gives_as_many_rows_and_opens_no_file_more_than_it_needs() {
    let both = Both::of(&three_files(), true).await;
    both.store.take_asked();
    for (sql, wanted) in [
        ("SELECT id, city FROM t LIMIT 10", 10),
        ("SELECT id FROM t WHERE id >= 100 LIMIT 9000", 9_000),
        ("SELECT id FROM t WHERE value > 1 LIMIT 3", 3),
    ] {
        let batches = collect(both.plan(sql).await, both.ours.task_ctx())
            .await
            .expect("runs");
        assert_eq!(
            batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
            wanted,
            "{sql}"
        );
    }
    let asked = both.store.take_asked();
    assert!(
        asked.iter().all(|(key, _)| key.ends_with("/0.parquet")),
        "{asked:?}"
    );
    let all = "SELECT id FROM t WHERE id < 49999 LIMIT 100000";
    let batches = collect(both.plan(all).await, both.ours.task_ctx())
        .await
        .expect("runs");
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 49_999);
}
