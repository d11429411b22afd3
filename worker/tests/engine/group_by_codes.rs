//! Strings that are grouped by their codes give what grouping by the strings gives.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use futures::StreamExt;
use futures::channel::mpsc;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use protocol::CacheKind;
use worker::engine::Engine;
use worker::io::{Counters, Origin};
use worker::query::{Outgoing, Statement};

use crate::pool::pool;
use crate::support::{Store, lake, open, run, text_of};

const ROWS_PER_FILE: i64 = 70_000;
const ROWS_PER_GROUP: usize = 20_000;

/// How a file has its strings.
#[derive(Clone, Copy)]
enum Strings {
    Dictionary,
    Plain,
    /// A dictionary that is given up within a row group.
    Both,
    /// The file has no column `kind`.
    DictionaryWithoutKind,
}

/// Each file has cities that others lack, and some in common, in another order; one in nine is NULL.
fn file(index: i64, strings: Strings) -> Bytes {
    let ids: Vec<i64> = (index * ROWS_PER_FILE..(index + 1) * ROWS_PER_FILE).collect();
    let city =
        |id: &i64| (id % 9 != 4).then(|| format!("a city of some length {}", (id * 7 + index * 13) % 60));
    let kind = |id: &i64| (id % 31 != 0).then(|| ["", "b", "c"][usize::try_from(id / 5 % 3).expect("fits")]);
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(ids.clone()))),
        ("city", Arc::new(StringArray::from_iter(ids.iter().map(city)))),
        (
            "day",
            Arc::new(Date32Array::from_iter(
                ids.iter().map(|id| i32::try_from(id % 4).ok()),
            )),
        ),
        (
            "value",
            Arc::new(Int64Array::from_iter(ids.iter().map(|id| id * 31 % 1_009))),
        ),
    ];
    if !matches!(strings, Strings::DictionaryWithoutKind) {
        columns.push(("kind", Arc::new(StringArray::from_iter(ids.iter().map(kind)))));
    }
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("columns are of one length");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_data_page_row_count_limit(1_000)
        .set_write_batch_size(1_000)
        .set_dictionary_enabled(!matches!(strings, Strings::Plain));
    let properties = match strings {
        Strings::Both => properties.set_dictionary_page_size_limit(256),
        _ => properties,
    };
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).expect("starts");
    writer.write(&batch).expect("writes");
    writer.into_inner().expect("closes").into()
}

const FILES: [Strings; 4] = [
    Strings::Dictionary,
    Strings::Plain,
    Strings::Both,
    Strings::DictionaryWithoutKind,
];

fn store() -> Store {
    let store = Store::default();
    for (index, strings) in (0..).zip(FILES) {
        store.put(&format!("https://host/{index}.parquet"), file(index, strings));
    }
    store
}

/// An engine that leads so many workers and has the table `t`.
async fn engine(store: &Store, workers: u32) -> Engine {
    let engine = pool(store, workers);
    let urls = (0..FILES.len()).map(|index| Origin::Url(format!("https://host/{index}.parquet")));
    engine
        .open_files(Some("t".to_owned()), urls.collect())
        .await
        .expect("opens");
    engine
}

/// Statements that group by `{city}` and `{kind}`.
const STATEMENTS: &[&str] = &[
    "SELECT {city} AS c, count(*) AS n, sum(value) AS s FROM t GROUP BY 1 ORDER BY 1",
    "SELECT {city} AS c, {kind} AS k, day, count(*) AS n, min(id) AS i FROM t GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "SELECT {kind} AS k, {city} AS c, avg(value) AS a FROM t GROUP BY 1, 2 HAVING count(*) > 1000 ORDER BY a DESC, 1, 2 LIMIT 9",
    "SELECT {city} AS c, day + 1 AS d, max(value) FILTER (WHERE id > 100000) AS m FROM t GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT DISTINCT {city} AS c FROM t ORDER BY c",
    "SELECT DISTINCT {city} AS c, {kind} AS k FROM t ORDER BY k, c",
    "SELECT count(DISTINCT {city}) AS n FROM t",
    "SELECT {kind} AS k, count(DISTINCT value) AS n FROM t GROUP BY 1 ORDER BY 1",
    "SELECT {city} AS c, count(*) AS n FROM t WHERE id BETWEEN 19990 AND 20010 GROUP BY 1 ORDER BY 1",
    "SELECT {city} AS c, count(*) AS n FROM t WHERE value < 300 AND id % 1000 = 7 GROUP BY 1 ORDER BY 1",
    "SELECT {city} AS c, count(*) AS n FROM t WHERE city LIKE '%7' AND kind IS NOT NULL GROUP BY 1 ORDER BY 1",
    "SELECT {kind} AS k, count(*) AS n FROM t WHERE city IS NULL GROUP BY 1 ORDER BY 1",
    "SELECT {kind} AS k, count(*) AS n FROM t WHERE value % 7 > 7 GROUP BY 1 ORDER BY 1",
    "SELECT n, count(*) AS m FROM (SELECT {city} AS c, count(*) AS n FROM t GROUP BY 1) GROUP BY n ORDER BY n",
    "SELECT l.c, l.n, r.m FROM (SELECT {city} AS c, count(*) AS n FROM t GROUP BY 1) l JOIN (SELECT {city} AS c, max(id) AS m FROM t WHERE value < 20 GROUP BY 1) r ON l.c = r.c ORDER BY l.c",
];

fn by_codes(sql: &str) -> String {
    sql.replace("{city}", "city").replace("{kind}", "kind")
}

fn by_strings(sql: &str) -> String {
    sql.replace("{city}", "city || ''")
        .replace("{kind}", "kind || ''")
}

#[tokio::test]
async fn groups_are_those_of_the_strings() {
    let store = store();
    let one = engine(&store, 1).await;
    let two = engine(&store, 2).await;
    for sql in STATEMENTS {
        let (expected, _) = run(&one, &by_strings(sql), None).await.expect(sql);
        for engine in [&one, &two] {
            for round in ["cold", "warm"] {
                let (rows, summary) = run(engine, &by_codes(sql), None).await.expect(sql);
                let workers = summary.stats.workers;
                assert_eq!(rows, expected, "{workers} workers, {round}: {sql}");
                engine.clear(CacheKind::Results);
            }
        }
    }
}

#[tokio::test]
async fn portions_add_up_to_the_groups_of_the_strings() {
    let store = store();
    for workers in [1, 2] {
        let engine = engine(&store, workers).await;
        for sql in &STATEMENTS[..3] {
            let (expected, _) = run(&engine, &by_strings(sql), None).await.expect(sql);
            let statement = Statement {
                sql: by_codes(sql),
                partials_ms: Some(0),
                ..Statement::default()
            };
            let (sink, outgoing) = mpsc::channel(1);
            let query = tokio::spawn(engine.query(statement, Arc::new(Counters::default()), sink));
            let outgoing: Vec<Outgoing> = outgoing.collect().await;
            query.await.expect("does not panic").expect(sql);
            let partials = outgoing.iter().filter(|out| matches!(out, Outgoing::Partial(..)));
            assert!(partials.count() > 1, "{workers} workers: {sql}");
            let answer = outgoing.into_iter().filter_map(Outgoing::into_batch);
            let answer: Vec<_> = answer.map(|batch| batch.payload).collect();
            assert_eq!(text_of(&answer), expected, "{workers} workers: {sql}");
        }
    }
}

#[tokio::test]
async fn a_plan_says_what_is_grouped_by_codes() {
    let store = store();
    let explain = async |engine: &Engine, sql: &str| {
        let (plan, _) = run(engine, &format!("EXPLAIN {sql}"), None).await.expect(sql);
        plan
    };
    let one = engine(&store, 1).await;
    let two = engine(&store, 2).await;
    for engine in [&one, &two] {
        for sql in STATEMENTS {
            let plan = explain(engine, &by_codes(sql)).await;
            assert!(plan.contains("StringsOfCodesExec: columns=["), "{sql}: {plan}");
            assert!(plan.contains(", codes=["), "{sql}: {plan}");
            let plan = explain(engine, &by_strings(sql)).await;
            assert!(!plan.contains("codes"), "{sql}: {plan}");
        }
    }
    let plan = explain(&two, &by_codes(STATEMENTS[1])).await;
    let at = |operator: &str| {
        plan.find(operator)
            .unwrap_or_else(|| panic!("{operator} in {plan}"))
    };
    assert!(at("GatherExec") < at("StringsOfCodesExec: columns=[city, kind]"));
    assert!(at("StringsOfCodesExec") < at("mode=Partial"));
}

#[tokio::test]
async fn an_aggregate_that_runs_again_and_again_gives_the_same() {
    let store = store();
    let engine = engine(&store, 1).await;
    let sql = "WITH RECURSIVE r(i, n) AS (
        SELECT 1, CAST(0 AS BIGINT) UNION ALL
        SELECT r.i + 1, g.n FROM r CROSS JOIN (SELECT {city} AS c, count(*) AS n FROM t GROUP BY 1) g
        WHERE r.i < 4 AND g.c LIKE '% 1'
    ) SELECT i, n FROM r ORDER BY i, n";
    let (expected, _) = run(&engine, &by_strings(sql), None).await.expect("runs");
    let (rows, _) = run(&engine, &by_codes(sql), None).await.expect("runs");
    assert_eq!(rows, expected);
    let explained = format!("EXPLAIN {}", by_codes(sql));
    let (plan, _) = run(&engine, &explained, None).await.expect("runs");
    assert!(plan.contains(", codes=["), "{plan}");
    assert!(expected.contains("| 4 "), "{expected}");
}

#[tokio::test]
async fn strings_that_are_looked_at_otherwise_stay_strings() {
    let store = store();
    let engine = engine(&store, 1).await;
    for sql in [
        "SELECT city, max(city) AS m, count(*) AS n FROM t GROUP BY city ORDER BY city",
        "SELECT city, count(*) FILTER (WHERE city > 'a city of some length 3') AS n FROM t GROUP BY city ORDER BY city",
        "SELECT city, day, count(*) AS n FROM t GROUP BY ROLLUP (city, day) ORDER BY city, day",
        "SELECT DISTINCT city FROM t LIMIT 1000",
    ] {
        let (plan, _) = run(&engine, &format!("EXPLAIN {sql}"), None).await.expect(sql);
        assert!(!plan.contains("codes"), "{sql}: {plan}");
    }
}

#[tokio::test]
async fn a_column_that_is_known_to_have_many_values_is_grouped_by_its_strings() {
    let store = lake(&[(0, 3_000)]);
    let manifest = "manifests/trips/1.json";
    let json = store.objects.lock().expect("lock")[manifest].clone();
    let mut json: serde_json::Value = serde_json::from_slice(&json).expect("parses");
    for (values, is_coded) in [(7, true), (1_000_000, false)] {
        json["columns"][1]["statistics"]["distinct_count"] = values.into();
        store.put(manifest, serde_json::to_vec(&json).expect("serialises"));
        let engine = open(&store).await;
        let sql = "EXPLAIN SELECT city, count(*) AS n FROM trips GROUP BY city";
        let (plan, _) = run(&engine, sql, None).await.expect("runs");
        assert_eq!(plan.contains("codes=[city]"), is_coded, "{values} values: {plan}");
    }
}
